import fp from 'fastify-plugin'
import type { ServiceOptions } from '../../src/app-options.js'
import { warnOfOpenSettings } from '../../src/config/open-settings.js'
import { storeSettings, warnOfOpenDatabase } from '../../src/config/store-settings.js'

/** Warns of settings that are wide open. A fixture is open to tests on purpose, and a command's service to nobody. */
export default fp<ServiceOptions>(
  async (app, { fixture, isOffline }) => {
    if (fixture !== undefined || isOffline) return
    const ofDatabase = warnOfOpenDatabase(await storeSettings(app.config))
    for (const warning of [...warnOfOpenSettings(app.config), ...ofDatabase]) app.log.warn(warning)
  },
  { name: 'open-settings', dependencies: ['config'] }
)
