import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { StartupError } from '../errors/startup-error.js'

/** Raw settings: environment variables by name. */
export type Environment = Record<string, string | undefined>

/** An environment, and the names of its settings from a file. */
export interface ReadEnvironment {
  environment: Environment
  /** The names of the settings from `.env`. */
  fromDotenv: readonly string[]
}

/**
 * The environment of this process over the settings of a `.env` file in the working folder. Variables of others, such as
 * `UV_THREADPOOL_SIZE`, are not taken from there: their other readers would not see them.
 *
 * @throws `StartupError` (wrong setting) for a `.env` that cannot be read, that belongs to a user who is neither root nor the
 *   process's, or that everybody may write.
 */
export function readEnvironment(): ReadEnvironment {
  try {
    const settings = Object.entries(parseEnv(readOwnFile('.env'))).filter(
      ([name]) => name.startsWith('POSTERN_') && process.env[name] === undefined
    )
    return {
      environment: { ...Object.fromEntries(settings), ...process.env },
      fromDotenv: settings.map(([name]) => name)
    }
  } catch (error) {
    if (error instanceof StartupError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { environment: process.env, fromDotenv: [] }
    throw new StartupError('wrongSetting', `.env cannot be read (${code})`, { cause: error })
  }
}

// Settings name the key file and the data folder: their writer decides whom the service believes.
function readOwnFile(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { uid, mode } = fstatSync(file)
    const user = process.geteuid?.()
    if (user !== undefined && uid !== 0 && uid !== user) {
      throw new StartupError(
        'wrongSetting',
        `${path} belongs to another user (${uid}): chown it, or remove it`
      )
    }
    if (user !== undefined && (mode & 0o002) !== 0) {
      throw new StartupError('wrongSetting', `${path} may be written by everybody: chmod o-w it`)
    }
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
