import fastifyJwt, { type Secret } from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { presentedToken } from '../../src/http/presented-token.js'
import { requireCompactForm } from '../../src/tokens/compact-form.js'
import { signatureOnly } from '../../src/tokens/tokens.js'

interface DecodedToken {
  header: unknown
}

/**
 * Verifies the signature of the access token that a request presents. The tokens among the arguments of a call are
 * verified by `src/tokens/tokens.ts` in the same steps: form, key, signature, and then the claims.
 */
export default fp(
  async (app) => {
    // The types of the package describe fast-jwt's key function, which is called without the request.
    const keyOf = async (_request: FastifyRequest, { header }: DecodedToken) =>
      app.keys.verificationKey(header).material

    await app.register(fastifyJwt, {
      secret: { public: keyOf as Secret },
      decode: { complete: true },
      verify: {
        ...signatureOnly,
        algorithms: [app.config.POSTERN_ALGORITHM],
        extractToken(request) {
          const token = presentedToken(request.raw.rawHeaders, request.sources)
          requireCompactForm(token)
          return token
        }
      },
      // What is verified here is only the signature; `request.claims` is set once the claims are, too.
      decoratorName: 'signedPayload'
    })
  },
  { name: 'jwt', dependencies: ['config', 'keys', 'input'] }
)
