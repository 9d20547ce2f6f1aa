import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from './clock.js'
import type { Environment } from './config.js'
import { registerFolders } from './folders.js'

/** What the service is built from; every plugin gets it as its options. */
export interface AppOptions {
  environment: Environment
  clock: Clock
}

/** The service as a Fastify plugin: the plugins, then the routes. It rejects with `StartupError` when it cannot start. */
export default fp(async (app: FastifyInstance, options: AppOptions) => registerFolders(app, options), {
  name: 'postern',
  fastify: '5.x'
})
