import type { RefreshClaims } from './tokens.js'

// Shared by Postern and by those who verify its tokens elsewhere, who must not load the rest of it.

/** No token has more characters. */
export const maxTokenLength = 8192

const isText = (value: unknown) => typeof value === 'string'
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

/** Whether this is an id as Postern makes them. */
export const isId = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)

type RequiredClaim = Exclude<keyof RefreshClaims, 'sid' | 'iss' | 'aud' | 'fixture'>

const rules: Record<RequiredClaim, (value: unknown) => boolean> = {
  token_type: isText,
  user: isText,
  uid: isId,
  sub: isId,
  jti: isId,
  gen: isCount,
  iat: isCount,
  nbf: isCount,
  exp: isCount
}

/** The first of the claims that every token has which is missing or malformed in these. */
export function findMalformedClaim(claims: object): string | undefined {
  for (const [claim, isWellFormed] of Object.entries(rules)) {
    if (!isWellFormed(ownClaim(claims, claim))) return claim
  }
  return undefined
}

/** Whether the claims say how an access token was obtained. */
export function hasMethod(claims: object): boolean {
  const method = ownClaim(claims, 'authentication_method')
  return method === 'password' || method === 'refresh_token'
}

// Own members only: `__proto__` in a payload must not lend it any.
function ownClaim(claims: object, claim: string): unknown {
  return Object.hasOwn(claims, claim) ? (claims as Record<string, unknown>)[claim] : undefined
}
