import fp from 'fastify-plugin'
import { createHolders, type Holders } from '../../src/accounts/token-owner.js'

declare module 'fastify' {
  interface FastifyInstance {
    holders: Holders
  }
}

export default fp(
  async (app) => {
    app.decorate('holders', createHolders(app.store))
  },
  { name: 'holders', dependencies: ['store'] }
)
