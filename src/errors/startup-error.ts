/** The exit codes of the program, one for each cause that an operator would handle differently. */
export const exitCodes = {
  unexpected: 1,
  notReady: 1,
  wrongSetting: 2,
  damagedFile: 3,
  folderInUse: 4,
  folderNotWritable: 5,
  addressNotAvailable: 6,
  userRefused: 7,
  keyRefused: 8,
  importRefused: 9,
  databaseUnavailable: 10
} as const

/** A failure of the start or of a command: one line for the operator, without a secret, and the exit code. */
export class StartupError extends Error {
  override readonly name = 'StartupError'
  readonly exitCode: number

  constructor(reason: keyof typeof exitCodes, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCodes[reason]
  }
}
