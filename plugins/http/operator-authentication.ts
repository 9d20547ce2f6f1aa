import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Actor, requireScope } from '../../src/admin/authorization.js'
import type { OperatorAuthentication } from '../../src/admin/operator-authentication.js'
import type { AppOptions } from '../../src/app-options.js'
import { loadAdminKey } from '../../src/config/admin-key.js'
import { bearerCredential } from '../../src/http/operator-credential.js'
import type { AccessClaims } from '../../src/tokens/claims.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who presents the one Bearer credential of this request. @throws as `OperatorAuthentication.authenticate`. */
    identifyOperator(request: FastifyRequest): Promise<Actor>
    /** Who presents these claims of an access token. @throws as `OperatorAuthentication.identifyPresenter`. */
    identifyPresenter(claims: AccessClaims, address: string): Promise<Actor>
    /** Requires that he may read the revocation feed. @throws the same; `InsufficientScopeError`. */
    requireFeedScope(request: FastifyRequest): Promise<void>
  }
}

/** A service without the operator's calls knows his credentials, too: the revocation feed is there for them. */
export default fp<AppOptions>(
  async (app, { clock }) => {
    const { tokenOwners, throttle } = app
    const adminKey = await loadAdminKey(app.config)
    let authentication: Promise<OperatorAuthentication> | undefined

    function authenticationOnce(): Promise<OperatorAuthentication> {
      authentication ??= load()
      return authentication
    }

    async function load(): Promise<OperatorAuthentication> {
      const apiKeys = await app.loadApiKeys()
      const { createOperatorAuthentication } = await import('../../src/admin/operator-authentication.js')
      return createOperatorAuthentication({ adminKey, apiKeys, tokenOwners, throttle, clock })
    }

    async function claimsOf(request: FastifyRequest): Promise<AccessClaims | undefined> {
      const claims = await app.presentedClaims(request)
      if (claims !== undefined) request.freshness = (await tokenOwners.judge(claims)).freshness ?? null
      return claims
    }

    app.decorate('identifyOperator', async (request: FastifyRequest) => {
      // No argument is a credential here.
      request.sources = {}
      return await (await authenticationOnce()).authenticate({
        text: bearerCredential(request.raw.rawHeaders),
        address: request.ip,
        claims: () => claimsOf(request)
      })
    })
    app.decorate('identifyPresenter', async (claims: AccessClaims, address: string) =>
      (await authenticationOnce()).identifyPresenter(claims, address)
    )
    app.decorate('requireFeedScope', async (request: FastifyRequest) => {
      requireScope(await app.identifyOperator(request), 'revocations')
    })
  },
  { name: 'operator-authentication', dependencies: ['config', 'api-keys', 'jwt', 'token-owners', 'throttle'] }
)
