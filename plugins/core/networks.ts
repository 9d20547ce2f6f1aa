import fp from 'fastify-plugin'
import { parseLoginBackends } from '../../src/config/config.js'
import { createNetworks, type Networks } from '../../src/networks.js'

declare module 'fastify' {
  interface FastifyInstance {
    networks: Networks
  }
}

export default fp(
  async (app) => {
    app.decorate('networks', createNetworks(parseLoginBackends(app.config.POSTERN_LOGIN_BACKENDS)))
  },
  { name: 'networks', dependencies: ['config'] }
)
