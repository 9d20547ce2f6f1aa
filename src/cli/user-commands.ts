import type { AppOptions } from '../app-options.js'
import { loadConfig, storeSettings } from '../config/config.js'
import { Refusal } from '../errors/refusals.js'
import { StartupError } from '../errors/startup-error.js'
import { createCore } from '../server/server.js'
import { requireKeptUsers } from '../store/open-store.js'

/**
 * Makes a user in the data folder, whether or not registration is open to others.
 *
 * @throws `StartupError` when the service cannot start on the folder, most likely because it is running; when the store
 *   keeps nothing (wrong setting), the disk fails (folder not writable), or the name or password is refused (user
 *   refused).
 */
export async function addUser(options: AppOptions, name: string, password: string): Promise<void> {
  const environment = { ...options.environment, POSTERN_REGISTRATION: 'open' }
  const config = loadConfig(environment)
  requireKeptUsers(storeSettings(config))
  const app = await createCore({ ...options, environment, config })
  try {
    await app.ready()
    await app.accounts.register(name, password)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const reason = error.name === 'StoreUnavailableError' ? 'folderNotWritable' : 'userRefused'
    throw new StartupError(reason, error.message, { cause: error })
  } finally {
    await app.close()
  }
}
