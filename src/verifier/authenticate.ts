import { invalidToken, Refusal, toUnauthorized } from '../errors/refusals.js'
import { presentedToken } from '../http/presented-token.js'
import { type AccessClaims, isMultiFactor, twoFactors } from '../tokens/claims.js'
import { PosternUnreachableError, TokenRefusedError, type Verifier } from './verifier.js'

/**
 * The claims of the access token in the `Authorization` header of a request.
 *
 * @param rawHeaders names and values in turn, as Node has them.
 * @throws `AuthenticationRequiredError`, `InvalidTokenError` as a 401, `NotReadyError`.
 */
export async function authenticateRequest(
  verifier: Verifier,
  rawHeaders: readonly string[]
): Promise<AccessClaims> {
  try {
    const token = presentedToken(rawHeaders, {})
    if (token === undefined) throw new Refusal('AuthenticationRequiredError')
    return await verifier.verify(String(token))
  } catch (error) {
    throw toRefusal(error)
  }
}

/** Requires that a token was obtained with the password. @throws `PasswordAuthenticationRequiredError`. */
export function requirePasswordMethod({ authentication_method }: AccessClaims): void {
  if (authentication_method !== 'password') throw new Refusal('PasswordAuthenticationRequiredError')
}

/** Requires that the user was authenticated by a second factor, too. @throws `SecondFactorRequiredError` with a challenge (RFC 9470 §3). */
export function requireFactor(claims: AccessClaims): void {
  if (isMultiFactor(claims)) return
  const challenge = `Bearer realm="postern", error="insufficient_user_authentication", acr_values="${twoFactors}"`
  throw new Refusal('SecondFactorRequiredError', {
    message: 'This call needs an access token that was obtained with a second factor.',
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
