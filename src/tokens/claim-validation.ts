import { type Clock, toSeconds } from '../clock.js'
import { invalidToken, Refusal } from '../errors/refusals.js'
import { isId } from '../ids.js'
import { type Claims, findMalformedClaim, hasMethod } from './claims.js'

/** How far the clocks of machines that share their tokens and sessions may differ, in seconds. */
export const maxClockSkew = 30

/** The two kinds of tokens. */
export type TokenType = Claims['token_type']

/** The claims of a token of this type. */
export type ClaimsOf<Type extends TokenType> = Extract<Claims, { token_type: Type }>

/** The required values of claims. */
export interface ClaimRequirements {
  clock: Clock
  issuer?: string | undefined
  audience?: string | undefined
  /** Whether a fixture's tokens are accepted. */
  isFixture: boolean
}

/** Judges the claims of a token with a verified signature. */
export interface ClaimValidation {
  /** See `Tokens.requireClaims`. @param expectedAudience the one that is configured unless told otherwise. */
  requireClaims<Type extends TokenType>(
    payload: unknown,
    type?: Type,
    expectedAudience?: string
  ): ClaimsOf<Type>
  /** See `Tokens.requireCurrent`. */
  requireCurrent(claims: Claims): void
}

const types = new Set<string>(['access_token', 'refresh_token'] satisfies TokenType[])

/** See `ClaimValidation`. */
export function createClaimValidation({
  clock,
  issuer,
  audience,
  isFixture
}: ClaimRequirements): ClaimValidation {
  function requireClaims<Type extends TokenType>(
    payload: unknown,
    type?: Type,
    expectedAudience = audience
  ): ClaimsOf<Type> {
    const claims = Object(payload) as Claims
    const malformed = findMalformedClaim(claims)
    if (malformed !== undefined) throw malformedClaim(malformed)
    if (!types.has(claims.token_type) || (type !== undefined && claims.token_type !== type)) {
      throw new Refusal('TokenTypeError')
    }
    if (claims.token_type === 'access_token' && !hasMethod(claims)) {
      throw malformedClaim('authentication_method')
    }
    if (claims.sub !== claims.uid) throw invalidToken('The claim sub of the token is not its uid.')
    if (Object.hasOwn(claims, 'sid') && !isId(claims.sid)) throw malformedClaim('sid')
    if (!isFixture && Object.hasOwn(claims, 'fixture'))
      throw invalidToken('The token is one of a test fixture.')
    requireIntendedUse(claims, 'iss', issuer, isFixture)
    requireIntendedUse(claims, 'aud', expectedAudience, isFixture)
    requireCurrent(claims)
    return claims as ClaimsOf<Type>
  }

  // RFC 7519 §4.1.4: a token is expired "on or after" its exp.
  function requireCurrent({ iat, nbf, exp }: Claims): void {
    const now = toSeconds(clock())
    if (exp <= now) throw invalidToken('The token has expired.', `expired ${now - exp} s ago`)
    if (nbf > now)
      throw invalidToken('The token is not valid yet.', `not valid before ${nbf - now} s from now`)
    if (iat > now + maxClockSkew) throw invalidToken('The claim iat of the token is in the future.')
  }

  return { requireClaims, requireCurrent }
}

const claimNames = { iss: 'issuer', aud: 'audience' }

function requireIntendedUse(
  claims: Claims,
  claim: 'iss' | 'aud',
  expected: string | undefined,
  isStrict: boolean
): void {
  // A test that asks for a token with the wrong audience expects a refusal, even if no audience is set.
  if (expected === undefined && !(isStrict && Object.hasOwn(claims, claim))) return
  if (!Object.hasOwn(claims, claim) || claims[claim] !== expected) {
    const message = `The claim ${claim} of the token is not the expected one.`
    const [got, want] = [claims[claim], expected].map(describeValue)
    throw invalidToken(message, `wrong ${claimNames[claim]}: got ${got}, want ${want}`)
  }
}

// Any JSON may stand in a claim.
function describeValue(value: unknown): string {
  if (value === undefined) return 'none'
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200)
}

function malformedClaim(claim: string): Refusal {
  return invalidToken(`The claim ${claim} of the token is missing or malformed.`)
}
