import { resolve } from 'node:path'
import { loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { StartupError } from '../errors/startup-error.js'
import { acceptData } from '../store/accept-data.js'

const outcomes = {
  missing: 'there is none',
  intact: 'as it was written',
  accepted: 'taken as it is, with a new checksum'
}

/**
 * Takes the documents in the data folder of these settings as they were edited; gives a line for each.
 *
 * @throws `StartupError` (wrong setting) where nothing is kept; and as `acceptData`.
 */
export async function acceptEdits(environment: Environment): Promise<string> {
  const { POSTERN_STORE, POSTERN_DATA_DIR } = loadConfig(environment)
  if (POSTERN_STORE === 'memory') {
    throw new StartupError('wrongSetting', 'POSTERN_STORE=memory keeps no data')
  }
  const acceptances = await acceptData(resolve(POSTERN_DATA_DIR))
  return Object.entries(acceptances)
    .map(([file, acceptance]) => `${file}: ${outcomes[acceptance]}\n`)
    .join('')
}
