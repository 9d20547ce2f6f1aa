import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { warnOfOpenSettings } from '../../src/config/open-settings.js'

/** Warns of settings that are wide open. A fixture is open to tests on purpose. */
export default fp<AppOptions>(
  async (app, { fixture }) => {
    if (fixture !== undefined) return
    for (const warning of warnOfOpenSettings(app.config)) app.log.warn(warning)
  },
  { name: 'open-settings', dependencies: ['config'] }
)
