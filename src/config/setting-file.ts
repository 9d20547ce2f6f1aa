import { isUtf8 } from 'node:buffer'
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

/**
 * The secret in the file that a setting names, without the line break at its end.
 *
 * @throws `StartupError` (wrong setting) that names the setting, if the file cannot be read, or is no text.
 */
export async function readSecretFile(setting: string, path: string): Promise<string> {
  const bytes = await readSettingFile(setting, path)
  // Invalid UTF-8 would all become U+FFFD: a weaker secret, and not the one of those who use it.
  if (!isUtf8(bytes)) {
    const message = `${setting} takes a file of text, such as \`openssl rand -base64 64\` writes`
    throw new StartupError('wrongSetting', message)
  }
  // Most editors and `echo` end a file with a line break, which is no part of a secret.
  return bytes.toString().replace(/\r?\n$/, '')
}

/** The same as `readSettingFile`, synchronously. @throws as `readSettingFile`. */
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
