import { loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { storeSettings } from '../config/store-settings.js'
import { migrateStore } from '../store/open-store.js'

/**
 * Brings the schema of the database of these settings up to date; gives a line for each migration.
 *
 * @param isCheck whether to tell only what would be done.
 * @throws `StartupError` (wrong setting), and as `migrateStore`.
 */
export async function migrateDatabase(environment: Environment, isCheck: boolean): Promise<string> {
  const settings = await storeSettings(loadConfig(environment))
  const migrations = await migrateStore(settings, !isCheck)
  if (migrations.length === 0) return `${settings.place} is up to date\n`
  const verb = isCheck ? 'would be applied' : 'applied'
  return migrations.map((name) => `migration ${name}: ${verb}\n`).join('')
}
