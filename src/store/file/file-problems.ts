import { StartupError } from '../../errors/startup-error.js'

/** The reason not to start when something in the folder could not be written. */
export function notWritable(path: string, error: unknown): StartupError {
  const { code } = error as NodeJS.ErrnoException
  return new StartupError(
    'folderNotWritable',
    `the data folder ${path} cannot be written to (${code}): check its owner and its free space, or choose another POSTERN_DATA_DIR`,
    { cause: error }
  )
}

/** The reason not to start when others could have written, or be led by, what is in the folder; `why` is a predicate. */
export function notTrusted(path: string, why: string): StartupError {
  return new StartupError(
    'folderNotWritable',
    `${path} ${why}: see to it that it is this user's alone (chown, chmod), or choose another POSTERN_DATA_DIR`
  )
}

/** The reason not to start when a file in the folder cannot be read. */
export function unreadable(path: string, error: unknown): StartupError {
  const { code } = error as NodeJS.ErrnoException
  return new StartupError('damagedFile', `${path} cannot be read (${code}): check its owner and the disk`, {
    cause: error
  })
}

/** The reason not to start when a file in the folder is not what was written; `where` must not quote it. */
export function damaged(path: string, where: string): StartupError {
  return new StartupError(
    'damagedFile',
    `${path} is damaged: ${where}. It was left as it is: restore the folder from a backup, or move the file away to give up what is in it`
  )
}
