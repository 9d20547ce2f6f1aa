import fp from 'fastify-plugin'
import { parseOAuthClients } from '../../src/config/config.js'
import { createOAuthClients, type OAuthClients } from '../../src/oauth/clients.js'

declare module 'fastify' {
  interface FastifyInstance {
    oauthClients: OAuthClients
  }
}

export default fp(
  async (app) => {
    app.decorate('oauthClients', createOAuthClients(parseOAuthClients(app.config.POSTERN_OAUTH_CLIENTS)))
  },
  { name: 'oauth-clients', dependencies: ['config'] }
)
