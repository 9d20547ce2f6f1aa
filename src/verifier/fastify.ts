import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal, toErrorBody } from '../errors/refusals.js'
import { challenge } from '../http/challenge.js'
import type { AccessClaims } from '../tokens/claims.js'
import { authenticateRequest, requireFactor, requirePasswordMethod } from './authenticate.js'
import { createVerifier, type VerifierOptions } from './verifier.js'

export { claimsOf } from './authenticate.js'

/** A hook of Fastify that lets a request through, or answers it. */
export type AuthenticationHook = (
  request: FastifyRequest,
  reply: FastifyReply
) => Promise<FastifyReply | undefined>

declare module 'fastify' {
  interface FastifyInstance {
    /** Passes requests with a valid access token: 401 for others, 503 when validity cannot be decided. */
    authenticate: AuthenticationHook
    /** The same, but 403 unless the token was obtained with the password. */
    requirePassword: AuthenticationHook
    /** The same, but 403 unless the user was authenticated by a second factor, too. */
    requireSecondFactor: AuthenticationHook
  }
  interface FastifyRequest {
    /** The claims of the access token. Null on a route without one of the hooks. */
    postern: AccessClaims
  }
}

/** The plugin for a Fastify application whose users have their tokens from Postern. */
export const posternAuth = fp<VerifierOptions>(
  async (app, options) => {
    const verifier = createVerifier(options)
    app.addHook('onClose', async () => verifier.close())
    app.decorateRequest('postern', null as unknown as AccessClaims)

    async function authenticate(request: FastifyRequest): Promise<AccessClaims> {
      const claims = await authenticateRequest(verifier, request.raw.rawHeaders)
      request.postern = claims
      return claims
    }

    app.decorate('authenticate', answered(authenticate))
    app.decorate(
      'requirePassword',
      answered(async (request) => requirePasswordMethod(await authenticate(request)))
    )
    app.decorate(
      'requireSecondFactor',
      answered(async (request) => requireFactor(await authenticate(request)))
    )
  },
  { name: 'postern-auth', fastify: '5.x' }
)

// Answered here, not by the application's error handler, which may know nothing of challenges.
function answered(hook: (request: FastifyRequest) => Promise<unknown>): AuthenticationHook {
  return async (request, reply) => {
    try {
      await hook(request)
      return undefined
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.cause !== undefined) request.log.warn({ err: error.cause }, error.message)
      const authenticate = challenge(error)
      if (authenticate !== undefined) reply.header('www-authenticate', authenticate)
      return reply.code(error.statusCode).headers(error.headers).send(toErrorBody(error))
    }
  }
}
