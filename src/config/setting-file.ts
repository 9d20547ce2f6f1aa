import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { StartupError } from '../errors/startup-error.js'

/**
 * The bytes of the file that a setting names. It may be a pipe, whose end the call awaits.
 *
 * @throws `StartupError` (wrong setting) that names the setting, if the file cannot be read.
 */
export async function readSettingFile(setting: string, path: string): Promise<Buffer> {
  return await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(setting, cause)
  })
}

/** The same, synchronously. @throws as `readSettingFile`. */
export function readSettingFileSync(setting: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw unreadable(setting, cause as NodeJS.ErrnoException)
  }
}

function unreadable(setting: string, cause: NodeJS.ErrnoException): StartupError {
  return new StartupError('wrongSetting', `${setting} cannot be read (${cause.code})`, { cause })
}
