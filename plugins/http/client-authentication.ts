import fp from 'fastify-plugin'
import type { ClientRules } from '../../src/oauth/clients.js'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Authenticates the OAuth client of a request, and keeps its id as `request.oauthClient`; null if the request names none.
     *
     * @throws `InvalidClientError`; `TooManyFailuresError` for an address that has guessed too often.
     */
    authenticateClient(request: FastifyRequest, rules?: ClientRules): Promise<string | null>
  }
  interface FastifyRequest {
    /** The id of the OAuth client that has authenticated, if there was one. */
    oauthClient: string | null
  }
}

export default fp(
  async (app) => {
    app.decorateRequest('oauthClient', null)
    app.decorate('authenticateClient', async (request, rules) => {
      const { ip, headers, sources } = request
      const authenticate = () =>
        app.oauthClients.authenticate(headers.authorization, sources.form ?? {}, rules)
      const client = await app.throttle
        .judgeClient(ip, authenticate)
        .catch(app.audit.refusing({ address: ip }))
      request.oauthClient = client ?? null
      return request.oauthClient
    })
  },
  { name: 'client-authentication', dependencies: ['input', 'oauth-clients', 'throttle', 'audit'] }
)
