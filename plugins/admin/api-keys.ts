import fp from 'fastify-plugin'
import { type ApiKeys, createApiKeys } from '../../src/admin/api-keys.js'
import type { AppOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyInstance {
    apiKeys: ApiKeys
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    app.decorate('apiKeys', createApiKeys({ store: app.store, audit: app.audit, clock }))
  },
  { name: 'api-keys', dependencies: ['store', 'audit'] }
)
