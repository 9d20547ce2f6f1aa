import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { hasOperatorCalls, type ServiceOptions } from './app-options.js'
import { registerFolders } from './autoload.js'

/** The service as a Fastify plugin: the plugins, then the routes. It rejects with `StartupError` when it cannot start. */
export default fp(
  async (app: FastifyInstance, options: ServiceOptions) =>
    registerFolders(app, options, hasOperatorCalls(options) ? [] : ['admin']),
  {
    name: 'postern',
    fastify: '5.x'
  }
)
