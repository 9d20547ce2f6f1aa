import { Type } from 'typebox'
import { StartupError } from '../errors/startup-error.js'
import { readSecretFile } from './setting-file.js'

const form = '32 bytes in base64, as `openssl rand -base64 32` prints them; or two such keys, comma-separated'

/** The settings of the storage key; see `ConfigSchema`. */
export const storageKeySettings = {
  POSTERN_STORAGE_KEY: Type.Optional(
    Type.Refine(
      Type.String({
        title:
          'the key that encrypts signing keys in a database, and second factors in any store; while it is changed two, of which the first encrypts',
        writeOnly: true,
        description: form
      }),
      (text) => parseStorageKeys(String(text)) !== undefined
    )
  ),
  POSTERN_STORAGE_KEY_FILE: Type.Optional(
    Type.String({
      title: 'a file with the storage key, whose last line break is left out',
      description: `the path of a file with ${form}`
    })
  )
}

interface StorageKeySettings {
  POSTERN_STORAGE_KEY?: string | undefined
  POSTERN_STORAGE_KEY_FILE?: string | undefined
}

/**
 * The storage keys that are set, or that are in the file that is set; none if neither is.
 *
 * @throws `StartupError` (wrong setting) if the file cannot be read, and if it holds something else.
 */
export async function loadStorageKeys(settings: StorageKeySettings): Promise<readonly Buffer[]> {
  const { POSTERN_STORAGE_KEY: text, POSTERN_STORAGE_KEY_FILE: file } = settings
  if (file === undefined) return text === undefined ? [] : (parseStorageKeys(text) ?? [])
  const keys = parseStorageKeys(await readSecretFile('POSTERN_STORAGE_KEY_FILE', file))
  if (keys !== undefined) return keys
  throw new StartupError('wrongSetting', `POSTERN_STORAGE_KEY_FILE takes a file with ${form}`)
}

/** The storage keys of this setting, one or two; undefined if it holds anything else. */
function parseStorageKeys(setting: string): Buffer[] | undefined {
  const keys = setting.split(',').map((key) => key.trim())
  const isRight = keys.length <= 2 && keys.every((key) => /^[\w+/-]{43}=?$/.test(key))
  return isRight ? keys.map((key) => Buffer.from(key, 'base64')) : undefined
}
