import { isUtf8 } from 'node:buffer'
import { StartupError } from '../errors/startup-error.js'
import { importKey, type SigningKey } from '../keys/signing-key.js'
import type { Config } from './config.js'
import { readSettingFile } from './setting-file.js'

/** The signing key that is set; undefined if none is. @throws `StartupError` (wrong setting) for one that does not fit. */
export async function loadGivenKey({
  POSTERN_ALGORITHM: algorithm,
  POSTERN_SIGNING_KEY: key,
  POSTERN_SIGNING_KEY_FILE: file
}: Config): Promise<SigningKey | undefined> {
  if (key !== undefined) return importKey(key, algorithm, 'POSTERN_SIGNING_KEY')
  if (file === undefined) return undefined
  return importKey(await readKey('POSTERN_SIGNING_KEY_FILE', file), algorithm, 'POSTERN_SIGNING_KEY_FILE')
}

async function readKey(setting: string, path: string): Promise<string> {
  const bytes = await readSettingFile(setting, path)
  // Invalid UTF-8 would all become U+FFFD: a weaker secret, and not the one of the verifiers.
  if (!isUtf8(bytes)) {
    const message = `${setting} takes a file of text, such as \`openssl rand -base64 64\` writes`
    throw new StartupError('wrongSetting', message)
  }
  // Most editors and `echo` end a file with a line break, which is no part of a secret.
  return bytes.toString().replace(/\r?\n$/, '')
}
