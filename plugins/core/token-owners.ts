import fp from 'fastify-plugin'
import { createTokenOwners, type TokenOwners } from '../../src/accounts/token-owner.js'

declare module 'fastify' {
  interface FastifyInstance {
    tokenOwners: TokenOwners
  }
}

export default fp(
  async (app) => {
    app.decorate('tokenOwners', createTokenOwners(app.store))
  },
  { name: 'token-owners', dependencies: ['store'] }
)
