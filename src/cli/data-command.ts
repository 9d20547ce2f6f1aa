import { loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { storeSettings } from '../config/store-settings.js'
import { acceptEdits } from '../store/open-store.js'

const outcomes = {
  missing: 'there is none',
  intact: 'as it was written',
  accepted: 'taken as it is, with a new checksum'
}

/**
 * Takes the documents of the store of these settings as they were edited; gives a line for each.
 *
 * @throws `StartupError` (wrong setting) where no files are kept; and as `acceptEdits`.
 */
export async function acceptData(environment: Environment): Promise<string> {
  const acceptances = await acceptEdits(await storeSettings(loadConfig(environment)))
  return Object.entries(acceptances)
    .map(([file, acceptance]) => `${file}: ${outcomes[acceptance]}\n`)
    .join('')
}
