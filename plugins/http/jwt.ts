import fastifyJwt, { type Secret } from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { presentedToken } from '../../src/http/presented-token.js'
import { type Lookup, whenFound } from '../../src/lookup.js'
import type { AccessClaims } from '../../src/tokens/claims.js'
import { isRefreshToken, requireCompactForm } from '../../src/tokens/compact-form.js'
import { signatureOnly, toTokenRefusal } from '../../src/tokens/tokens.js'
import { createVerifiedTokens } from '../../src/tokens/verified-tokens.js'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The claims of the access token that a request presents, or undefined if it presents none. The token is looked for once,
     * and its signature is verified once for all requests. The state of its account is for `accounts` to check.
     *
     * @throws `InvalidTokenError`, `TokenTypeError`.
     */
    presentedClaims(request: FastifyRequest): Lookup<AccessClaims | undefined>
  }
  interface FastifyRequest {
    /** The token that `presentedClaims` has found. It is not yet verified, nor known to be a token. */
    presentedToken: unknown
  }
}

/** The tokens among the arguments of a call are verified by `src/tokens/tokens.ts` in the same steps. */
export default fp(
  async (app) => {
    // The types of the package describe fast-jwt's key function, which is called without the request.
    const keyOf = async (_request: FastifyRequest, { header }: { header: unknown }) => {
      await app.keyFreshness.requireKnown(Object(header).kid)
      return app.keys.verificationKey(header).material
    }
    await app.register(fastifyJwt, {
      secret: { public: keyOf as Secret },
      decode: { complete: true },
      verify: {
        ...signatureOnly,
        algorithms: [app.config.POSTERN_ALGORITHM],
        extractToken({ presentedToken }) {
          requireCompactForm(presentedToken)
          return presentedToken
        }
      },
      // Only the signature of this one is verified.
      decoratorName: 'signedPayload'
    })

    const verifiedTokens = createVerifiedTokens<AccessClaims>(app.config.POSTERN_TOKEN_CACHE_SIZE)
    app.keys.subscribe(() => verifiedTokens.clear())

    async function verify(request: FastifyRequest, token: unknown): Promise<AccessClaims> {
      request.presentedToken = token
      // A refresh token has a key of its own. It is verified all the same: a forged one is not told from other forgeries.
      if (isRefreshToken(token)) return app.tokens.verify(token, 'access_token')
      const payload = await request.jwtVerify().catch((error: unknown) => {
        throw toTokenRefusal(error)
      })
      const claims = app.tokens.requireClaims(payload, 'access_token')
      verifiedTokens.add(token as string, claims)
      return claims
    }

    app.decorateRequest('presentedToken', undefined)
    app.decorate('presentedClaims', (request: FastifyRequest) => {
      const token = presentedToken(request.raw.rawHeaders, request.sources)
      if (token === undefined) return undefined
      return whenFound(app.keyFreshness.requireCurrent(), () => claimsOf(request, token))
    })

    function claimsOf(request: FastifyRequest, token: unknown): Lookup<AccessClaims> {
      const claims = verifiedTokens.find(token)
      if (claims === undefined) return verify(request, token)
      app.tokens.requireCurrent(claims)
      return claims
    }
  },
  { name: 'jwt', dependencies: ['config', 'keys', 'tokens', 'input'] }
)
