import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal } from '../../src/errors/refusals.js'
import { type Auth, createAuth, type Identity } from '../../src/http/auth.js'
import { type Lookup, otherwise, whenFound } from '../../src/lookup.js'
import { invalidClient } from '../../src/oauth/clients.js'
import type { Freshness } from '../../src/store/store.js'
import type { AccessClaims } from '../../src/tokens/claims.js'

declare module 'fastify' {
  interface FastifyInstance {
    auth: Auth
  }
  interface FastifyRequest {
    /** The claims of the presented access token, once a hook of `auth` has accepted it. */
    claims: AccessClaims | null
    /** The same where a token is required. @throws `AuthenticationRequiredError` if no hook has accepted one. */
    readonly requiredClaims: AccessClaims
    /** The age of the records that the presented token was judged by; null where it does not matter. */
    freshness: Freshness | null
    /** The refusal of a token that the reply itself does not tell, for a fixture. */
    tokenRefusal: Refusal | null
  }
}

export default fp(
  async (app) => {
    app.decorateRequest('claims', null)
    app.decorateRequest('freshness', null)
    app.decorateRequest('tokenRefusal', null)
    app.decorateRequest('requiredClaims', {
      getter(this: FastifyRequest) {
        if (this.claims === null) throw new Refusal('AuthenticationRequiredError')
        return this.claims
      }
    })

    /** The claims of the presented token and the state of its account; undefined if none is presented. */
    function identify(request: FastifyRequest): Lookup<Identity<AccessClaims> | undefined> {
      const identity = () =>
        whenFound(app.presentedClaims(request), (claims) => {
          if (claims === undefined) return undefined
          return whenFound(app.accounts.authenticate(claims), ({ freshness, ...state }) => {
            request.freshness = freshness ?? null
            return { claims, ...state }
          })
        })
      // The address is looked for only then: it costs a part of a short call.
      return otherwise(identity, (error) => app.audit.refusing({ address: request.ip })(error))
    }

    app.decorate(
      'auth',
      createAuth<AccessClaims>({
        identify,
        accept(request, claims) {
          request.claims = claims
        },
        isFresh: ({ freshness }) =>
          freshness === null || (freshness.isCurrent() && app.keyFreshness.isCurrent()),
        ignore(request, refusal) {
          request.tokenRefusal = refusal
        },
        authenticateClient: app.authenticateClient,
        requireFeedScope: app.requireFeedScope,
        noCaller: () => invalidClient('Basic realm="postern", Bearer realm="postern"')
      })
    )
  },
  {
    name: 'auth',
    dependencies: ['keys', 'jwt', 'accounts', 'client-authentication', 'operator-authentication', 'audit']
  }
)
