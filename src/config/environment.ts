import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { StartupError } from '../errors/startup-error.js'

/** Settings as they come: environment variables by name. */
export type Environment = Record<string, string | undefined>

/**
 * The environment of this process over the settings of a `.env` file in the working folder. Variables of others, such as
 * `UV_THREADPOOL_SIZE`, are not taken from there: who else reads them would not see them.
 *
 * @throws `StartupError` (wrong setting) for a `.env` that cannot be read.
 */
export function readEnvironment(): Environment {
  try {
    const settings = Object.entries(parseEnv(readFileSync('.env', 'utf8'))).filter(([name]) =>
      name.startsWith('POSTERN_')
    )
    return { ...Object.fromEntries(settings), ...process.env }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return process.env
    throw new StartupError('wrongSetting', `.env cannot be read (${code})`, { cause: error })
  }
}
