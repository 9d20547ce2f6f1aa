import fp from 'fastify-plugin'
import type { ApiKeys } from '../../src/admin/api-keys.js'
import type { AppOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The API keys, which are loaded with the first call that is about one. */
    loadApiKeys(): Promise<ApiKeys>
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    let apiKeys: Promise<ApiKeys> | undefined

    async function load(): Promise<ApiKeys> {
      const { createApiKeys } = await import('../../src/admin/api-keys.js')
      return createApiKeys({ store: app.store, audit: app.audit, clock })
    }

    app.decorate('loadApiKeys', () => {
      apiKeys ??= load()
      return apiKeys
    })
  },
  { name: 'api-keys', dependencies: ['store', 'audit'] }
)
