import type { IncomingMessage, ServerResponse } from 'node:http'
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

declare global {
  namespace Express {
    interface Request {
      /** The claims of the access token. Undefined on a route without one of the handlers, and in the mode `assertion`. */
      postern: AccessClaims
      /** The claims of the assertion. Undefined on a route without one of the handlers, and in the other modes. */
      posternAssertion: AssertionClaims
    }
  }
}

/** A handler of Express, of any version, and of what is like it. */
export type AuthenticationHandler = (
  request: IncomingMessage & { postern?: AccessClaims; posternAssertion?: AssertionClaims },
  response: ServerResponse,
  next: (error?: unknown) => void
) => void

/** The handlers for an Express application whose users have their tokens, or their assertions, from Postern. */
export interface PosternAuth {
  /** Passes requests with a valid access token, or assertion: 401 for others, 503 when validity cannot be decided. */
  authenticate: AuthenticationHandler
  /** The same, but 403 unless the token was obtained with the password. */
  requirePassword: AuthenticationHandler
  /** The same, but 403 unless the user was authenticated by a second factor, too. */
  requireSecondFactor: AuthenticationHandler
  /** See `Verifier.close`. */
  close(): void
}

/** See `PosternAuth`. */
export function posternAuth(options: VerifierOptions | AssertionVerifierOptions): PosternAuth {
  const authentication = createAuthentication(options)

  const handler =
    (judge: (authenticated: Authenticated) => void): AuthenticationHandler =>
    (request, response, next) => {
      authentication
        .authenticate(request.rawHeaders)
        .then((authenticated) => {
          judge(authenticated)
          Object.assign(request, authenticated)
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
    close: authentication.close
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
