import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal, toErrorBody } from '../errors/refusals.js'
import { challenge } from '../http/challenge.js'
import type { AccessClaims, AssertionClaims } from '../tokens/claims.js'
import {
  type Authenticated,
  createAuthentication,
  requireFactor,
  requirePasswordMethod
} from './authenticate.js'
import type { AssertionVerifierOptions, VerifierOptions } from './verifier.js'

export { claimsOf } from './authenticate.js'

/** A hook of Fastify that lets a request through, or answers it. */
export type AuthenticationHook = (
  request: FastifyRequest,
  reply: FastifyReply
) => Promise<FastifyReply | undefined>

declare module 'fastify' {
  interface FastifyInstance {
    /** Passes requests with a valid access token, or assertion: 401 for others, 503 when validity cannot be decided. */
    authenticate: AuthenticationHook
    /** The same, but 403 unless the token was obtained with the password. */
    requirePassword: AuthenticationHook
    /** The same, but 403 unless the user was authenticated by a second factor, too. */
    requireSecondFactor: AuthenticationHook
  }
  interface FastifyRequest {
    /** The claims of the access token. Null on a route without one of the hooks, and in the mode `assertion`. */
    postern: AccessClaims
    /** The claims of the assertion. Null on a route without one of the hooks, and in the other modes. */
    posternAssertion: AssertionClaims
  }
}

/** The plugin for a Fastify application whose users have their tokens, or their assertions, from Postern. */
export const posternAuth = fp<VerifierOptions | AssertionVerifierOptions>(
  async (app, options) => {
    const authentication = createAuthentication(options)
    app.addHook('onClose', async () => authentication.close())
    app.decorateRequest('postern', null as unknown as AccessClaims)
    app.decorateRequest('posternAssertion', null as unknown as AssertionClaims)

    async function authenticate(request: FastifyRequest): Promise<Authenticated> {
      const authenticated = await authentication.authenticate(request.raw.rawHeaders)
      Object.assign(request, authenticated)
      return authenticated
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
