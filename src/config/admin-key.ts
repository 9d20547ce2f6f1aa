import { StartupError } from '../errors/startup-error.js'
import type { Config } from './config.js'
import { adminKeyPattern, minAdminKeyLength } from './operator-settings.js'
import { readSecretFile } from './setting-file.js'

const pattern = new RegExp(adminKeyPattern)

type AdminKeySettings = {
  [Name in 'POSTERN_ADMIN_KEY' | 'POSTERN_ADMIN_KEY_FILE']?: Config[Name] | undefined
}

/**
 * The key of the operator that is set, or that is in the file that is set; undefined if neither is.
 *
 * @throws `StartupError` (wrong setting) if both are set, if the file cannot be read, and if its key does not fit.
 */
export async function loadAdminKey({
  POSTERN_ADMIN_KEY: key,
  POSTERN_ADMIN_KEY_FILE: file
}: AdminKeySettings): Promise<string | undefined> {
  if (file === undefined) return key
  if (key !== undefined) {
    throw new StartupError(
      'wrongSetting',
      'POSTERN_ADMIN_KEY and POSTERN_ADMIN_KEY_FILE are both set: set one of them'
    )
  }
  const read = await readSecretFile('POSTERN_ADMIN_KEY_FILE', file)
  if (!pattern.test(read)) {
    throw new StartupError(
      'wrongSetting',
      `POSTERN_ADMIN_KEY_FILE takes a file with a key of at least ${minAdminKeyLength} characters, all of them visible ASCII`
    )
  }
  return read
}
