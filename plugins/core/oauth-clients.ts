import fp from 'fastify-plugin'
import { createOAuthClients, type OAuthClients } from '../../src/oauth/clients.js'

declare module 'fastify' {
  interface FastifyInstance {
    oauthClients: OAuthClients
  }
}

export default fp(
  async (app) => {
    app.decorate('oauthClients', createOAuthClients(app.config.POSTERN_OAUTH_CLIENTS))
  },
  { name: 'oauth-clients', dependencies: ['config'] }
)
