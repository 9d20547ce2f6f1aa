import fastifyEnv from '@fastify/env'
import { Ajv } from 'ajv'
import fp from 'fastify-plugin'
import type { ServiceOptions } from '../../src/app-options.js'
import { type Config, warnOfUnknownSettings } from '../../src/config/config.js'
import { weakHashWarning } from '../../src/config/open-settings.js'
import { ConfigSchema } from '../../src/config/schema.js'
import { isBelowOwaspFloors } from '../../src/passwords/passwords.js'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
  }
}

// `loadConfig` has checked the settings, and its errors name what each takes. For an Ajv to do it once more would take a tenth
// of the start.
const ajv: Ajv = Object.assign(Object.create(Ajv.prototype), { validate: () => true })

export default fp<ServiceOptions>(
  async (app, { config, environment, fromDotenv = [], fixture }) => {
    await app.register(fastifyEnv, { schema: ConfigSchema, data: { ...config }, env: false, ajv })
    if (fromDotenv.length > 0) app.log.info(`.env sets ${fromDotenv.join(', ')}`)
    for (const warning of warnOfUnknownSettings(environment)) app.log.warn(warning)
    const isWeak = isBelowOwaspFloors(app.config.POSTERN_HASH_MEMORY_KIB, app.config.POSTERN_HASH_ITERATIONS)
    if (isWeak && fixture === undefined) {
      app.log.warn(weakHashWarning)
    }
  },
  { name: 'config' }
)
