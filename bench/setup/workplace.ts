import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row } from '../report/row.js'
import { type Program, postern, runProgram, type Start, startProgram } from './program.js'

/** Measures a group of related rows. */
export type Group = (workplace: Workplace) => Promise<Row[]>

/** The programs and folders of a group, which end with it. */
export class Workplace {
  readonly #folders: string[] = []
  readonly #programs: Program[] = []
  readonly #ends: (() => unknown)[] = []

  readonly #removeAtExit = () => {
    // Each begins with a signal or is synchronous: nothing else would still happen.
    for (const end of this.#ends.toReversed()) end()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
  }

  constructor() {
    process.once('exit', this.#removeAtExit)
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'))
    this.#folders.push(folder)
    return folder
  }

  /** Starts a server in a folder of its own, unless told otherwise. */
  async start(start: Omit<Start, 'folder'> & { folder?: string }): Promise<Program> {
    const program = await startProgram({ ...start, folder: start.folder ?? (await this.folder()) })
    this.#programs.push(program)
    return program
  }

  /** Starts Postern as the goals have it: one process, log level warn, on a free port. */
  async startPostern({ environment, folder, place = 'server' }: Partial<Start> = {}): Promise<Program> {
    const data = folder ?? (await this.folder())
    const settings = { POSTERN_PORT: '0', POSTERN_LOG_LEVEL: 'warn', POSTERN_DATA_DIR: data }
    return this.start({ args: postern, environment: { ...settings, ...environment }, folder: data, place })
  }

  /** Runs a program to its end, which prints one JSON value. */
  async run<Result>(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Result> {
    return runProgram<Result>({ args, environment, folder: await this.folder() })
  }

  /** Has this done at the end, after whatever is named later. The support of the tests knows it by this name. */
  teardown(end: () => unknown): void {
    this.#ends.push(end)
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()))
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end()
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true })
    process.off('exit', this.#removeAtExit)
  }
}
