/** The reason why a file cannot be restored. Its message quotes nothing of the file. */
export class BackupProblem extends Error {
  override readonly name = 'BackupProblem'
}

/** The same, where it is the secret key that does not fit. */
export class IdentityProblem extends BackupProblem {}
