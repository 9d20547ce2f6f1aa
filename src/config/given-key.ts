import { importKey, type SigningKey } from '../keys/signing-key.js'
import type { Config } from './config.js'
import { readSecretFile } from './setting-file.js'

/** The signing key that is set; undefined if none is. @throws `StartupError` (wrong setting) for one that does not fit. */
export async function loadGivenKey({
  POSTERN_ALGORITHM: algorithm,
  POSTERN_SIGNING_KEY: key,
  POSTERN_SIGNING_KEY_FILE: file
}: Config): Promise<SigningKey | undefined> {
  if (key !== undefined) return importKey(key, algorithm, 'POSTERN_SIGNING_KEY')
  if (file === undefined) return undefined
  return importKey(
    await readSecretFile('POSTERN_SIGNING_KEY_FILE', file),
    algorithm,
    'POSTERN_SIGNING_KEY_FILE'
  )
}

/** Whether the signing key is one of the settings. */
export function hasGivenKey({ POSTERN_SIGNING_KEY: key, POSTERN_SIGNING_KEY_FILE: file }: Config): boolean {
  return key !== undefined || file !== undefined
}
