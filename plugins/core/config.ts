import fastifyEnv from '@fastify/env'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { type Config, configSource, loadConfig, unknownSettings } from '../../src/config/config.js'
import { isBelowOwaspFloors } from '../../src/passwords/passwords.js'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
  }
}

export default fp<AppOptions>(
  async (app, { environment, fixture }) => {
    // First ours, whose error names the variable and what it takes.
    loadConfig(environment)
    await app.register(fastifyEnv, configSource(environment))
    for (const name of unknownSettings(environment)) {
      app.log.warn(`${name} is not a setting of this version of Postern, and does nothing`)
    }
    const isWeak = isBelowOwaspFloors(app.config.POSTERN_HASH_MEMORY_KIB, app.config.POSTERN_HASH_ITERATIONS)
    if (isWeak && fixture === undefined) {
      app.log.warn('POSTERN_HASH_MEMORY_KIB and POSTERN_HASH_ITERATIONS are below what OWASP recommends')
    }
  },
  { name: 'config' }
)
