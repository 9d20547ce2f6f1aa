import fp from 'fastify-plugin'
import { createTokenOwners, type TokenOwners } from '../../src/accounts/token-owner.js'
import type { AppOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyInstance {
    tokenOwners: TokenOwners
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    app.decorate(
      'tokenOwners',
      createTokenOwners({ store: app.store, clock, requiresFactor: app.requiresFactor })
    )
  },
  { name: 'token-owners', dependencies: ['store', 'factor-policy'] }
)
