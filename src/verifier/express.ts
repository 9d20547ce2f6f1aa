import type { IncomingMessage, ServerResponse } from 'node:http'
import { Refusal, toErrorBody } from '../errors/refusals.js'
import { challenge } from '../http/challenge.js'
import type { AccessClaims } from '../tokens/claims.js'
import { authenticateRequest, requireFactor, requirePasswordMethod } from './authenticate.js'
import { createVerifier, type VerifierOptions } from './verifier.js'

export { claimsOf } from './authenticate.js'

declare global {
  namespace Express {
    interface Request {
      /** The claims of the access token. Undefined on a route without one of the handlers. */
      postern: AccessClaims
    }
  }
}

/** A handler of Express, of any version, and of what is like it. */
export type AuthenticationHandler = (
  request: IncomingMessage & { postern?: AccessClaims },
  response: ServerResponse,
  next: (error?: unknown) => void
) => void

/** The handlers for an Express application whose users have their tokens from Postern. */
export interface PosternAuth {
  /** Passes requests with a valid access token: 401 for others, 503 when validity cannot be decided. */
  authenticate: AuthenticationHandler
  /** The same, but 403 unless the token was obtained with the password. */
  requirePassword: AuthenticationHandler
  /** The same, but 403 unless the user was authenticated by a second factor, too. */
  requireSecondFactor: AuthenticationHandler
  /** See `Verifier.close`. */
  close(): void
}

/** See `PosternAuth`. */
export function posternAuth(options: VerifierOptions): PosternAuth {
  const verifier = createVerifier(options)

  const handler =
    (judge: (claims: AccessClaims) => void): AuthenticationHandler =>
    (request, response, next) => {
      authenticateRequest(verifier, request.rawHeaders)
        .then((claims) => {
          judge(claims)
          request.postern = claims
        })
        .then(
          () => next(),
          // Another handler may have answered meanwhile, such as one for requests that take too long.
          (error: unknown) =>
            error instanceof Refusal && !response.headersSent ? answer(response, error) : next(error)
        )
    }

  return {
    authenticate: handler(() => {}),
    requirePassword: handler(requirePasswordMethod),
    requireSecondFactor: handler(requireFactor),
    close: verifier.close
  }
}

function answer(response: ServerResponse, error: Refusal): void {
  const authenticate = challenge(error)
  if (authenticate !== undefined) response.setHeader('www-authenticate', authenticate)
  response.writeHead(error.statusCode, {
    'content-type': 'application/json; charset=utf-8',
    ...error.headers
  })
  response.end(JSON.stringify(toErrorBody(error)))
}
