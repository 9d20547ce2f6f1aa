import fp from 'fastify-plugin'
import { createNetworks, type Networks } from '../../src/networks.js'

declare module 'fastify' {
  interface FastifyInstance {
    networks: Networks
  }
}

export default fp(
  async (app) => {
    app.decorate('networks', createNetworks(app.config.POSTERN_LOGIN_BACKENDS))
  },
  { name: 'networks', dependencies: ['config'] }
)
