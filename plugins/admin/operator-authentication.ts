import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Actor, requireScope } from '../../src/admin/authorization.js'
import {
  createOperatorAuthentication,
  type OperatorAuthentication
} from '../../src/admin/operator-authentication.js'
import type { AppOptions } from '../../src/app-options.js'
import { loadAdminKey } from '../../src/config/admin-key.js'
import { bearerCredential } from '../../src/http/operator-credential.js'
import type { AccessClaims } from '../../src/tokens/claims.js'

declare module 'fastify' {
  interface FastifyInstance {
    operatorAuthentication: OperatorAuthentication
    /** Who presents the one Bearer credential of this request. @throws as `OperatorAuthentication.authenticate`. */
    identifyOperator(request: FastifyRequest): Promise<Actor>
    /** Requires that he may read the revocation feed. @throws the same; `InsufficientScopeError`. */
    requireFeedScope(request: FastifyRequest): Promise<void>
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { apiKeys, tokenOwners, throttle } = app
    const adminKey = await loadAdminKey(app.config)
    const authentication = createOperatorAuthentication({ adminKey, apiKeys, tokenOwners, throttle, clock })
    app.decorate('operatorAuthentication', authentication)
    async function claimsOf(request: FastifyRequest): Promise<AccessClaims | undefined> {
      const claims = await app.presentedClaims(request)
      if (claims !== undefined) request.freshness = (await tokenOwners.judge(claims)).freshness ?? null
      return claims
    }

    app.decorate('identifyOperator', async (request: FastifyRequest) => {
      // No argument is a credential here.
      request.sources = {}
      return await authentication.authenticate({
        text: bearerCredential(request.raw.rawHeaders),
        address: request.ip,
        claims: () => claimsOf(request)
      })
    })
    app.decorate('requireFeedScope', async (request: FastifyRequest) => {
      requireScope(await app.identifyOperator(request), 'revocations')
    })
  },
  { name: 'operator-authentication', dependencies: ['config', 'api-keys', 'token-owners', 'throttle'] }
)
