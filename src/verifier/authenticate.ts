import { invalidToken, Refusal, toUnauthorized } from '../errors/refusals.js'
import { presentedToken } from '../http/presented-token.js'
import { type AccessClaims, type AssertionClaims, isMultiFactor, twoFactors } from '../tokens/claims.js'
import {
  type AssertionVerifierOptions,
  createVerifier,
  PosternUnreachableError,
  TokenRefusedError,
  type VerifierOptions
} from './verifier.js'

/** The claims by which a request is let through, where they are put: those of an access token, or of an assertion. */
export type Authenticated = { postern: AccessClaims } | { posternAssertion: AssertionClaims }

/** Authenticates the requests to an application. */
export interface Authentication {
  /**
   * The claims of the access token in the `Authorization` header of a request, or in the mode `assertion` those of the assertion in
   * `X-Postern-Assertion`. No request is judged by both.
   *
   * @param rawHeaders names and values in turn, as Node has them.
   * @throws `AuthenticationRequiredError`, `InvalidTokenError` as a 401, `NotReadyError`.
   */
  authenticate(rawHeaders: readonly string[]): Promise<Authenticated>
  /** See `Verifier.close`. */
  close(): void
}

/** See `Authentication`. @throws as `createVerifier`. */
export function createAuthentication(options: VerifierOptions | AssertionVerifierOptions): Authentication {
  return options.mode === 'assertion' ? byAssertion(options) : byToken(options)
}

function byToken(options: VerifierOptions): Authentication {
  const verifier = createVerifier(options)
  return {
    authenticate: refused(async (rawHeaders) => {
      const token = presentedToken(rawHeaders, {})
      if (token === undefined) throw new Refusal('AuthenticationRequiredError')
      return { postern: await verifier.verify(String(token)) }
    }),
    close: verifier.close
  }
}

function byAssertion(options: AssertionVerifierOptions): Authentication {
  const verifier = createVerifier(options)
  return {
    authenticate: refused(async (rawHeaders) => {
      const [assertion, ...others] = assertionsIn(rawHeaders)
      // Empty for nobody, on a site that is open.
      if (!assertion && others.length === 0) {
        const message = 'The request has no assertion: it came past the proxy, or nobody is signed in.'
        throw new Refusal('AuthenticationRequiredError', { message })
      }
      // One of them is the client's own.
      if (!assertion || others.length > 0) throw invalidToken('The request has more than one assertion.')
      return { posternAssertion: await verifier.verify(assertion) }
    }),
    close: verifier.close
  }
}

function assertionsIn(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'x-postern-assertion'
  )
}

function refused(authenticate: Authentication['authenticate']): Authentication['authenticate'] {
  return async (rawHeaders) => {
    try {
      return await authenticate(rawHeaders)
    } catch (error) {
      throw toRefusal(error)
    }
  }
}

/**
 * Requires that a token was obtained with the password. An assertion does not tell.
 *
 * @throws `PasswordAuthenticationRequiredError`.
 */
export function requirePasswordMethod(authenticated: Authenticated): void {
  if ('postern' in authenticated && authenticated.postern.authentication_method === 'password') return
  throw new Refusal('PasswordAuthenticationRequiredError')
}

/** Requires that the user was authenticated by a second factor, too. @throws `SecondFactorRequiredError` with a challenge (RFC 9470 §3). */
export function requireFactor(authenticated: Authenticated): void {
  if (isMultiFactor('postern' in authenticated ? authenticated.postern : authenticated.posternAssertion))
    return
  const challenge = `Bearer realm="postern", error="insufficient_user_authentication", acr_values="${twoFactors}"`
  throw new Refusal('SecondFactorRequiredError', {
    message: 'This call needs a user who was authenticated by a second factor.',
    headers: { 'www-authenticate': challenge }
  })
}

function toRefusal(error: unknown): unknown {
  if (error instanceof TokenRefusedError) return toUnauthorized(invalidToken(error.message))
  if (error instanceof PosternUnreachableError) {
    return new Refusal('NotReadyError', {
      message: 'Whether the token is good cannot be told now; try again soon.',
      cause: error,
      headers: { 'retry-after': '1' }
    })
  }
  return toUnauthorized(error)
}

/**
 * The claims of the access token of a request that a handler or a hook has let through, with the users' own.
 *
 * @throws `Error` for any other request, which is a mistake in the program: its route has no such handler.
 */
export function claimsOf<Claims extends object = object>(request: {
  postern?: AccessClaims | null
}): AccessClaims & Claims {
  if (request.postern == null) throw new Error('The route of this request does not authenticate it.')
  return request.postern as AccessClaims & Claims
}
