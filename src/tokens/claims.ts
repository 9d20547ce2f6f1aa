// Shared by Postern and by the verifiers of its tokens elsewhere, who must not load the rest of Postern.
import { isId } from '../ids.js'

/** How an access token was obtained. */
export type AuthenticationMethod = 'password' | 'refresh_token'

/** The claims of a token of either type. */
export interface CommonClaims {
  /** User name. */
  user: string
  /** The account's id, 32 hex digits, never reused; `sub` repeats it for readers of RFC 7519. */
  uid: string
  sub: string
  /** Seconds since the epoch, like `nbf` and `exp`. */
  iat: number
  nbf: number
  exp: number
  /** Unique, 128 random bits in hex. */
  jti: string
  /** The account's token generation at the time of issue. */
  gen: number
  /** When the password was given, in seconds since the epoch; not in tokens of a session of a release before 0.5.0. */
  auth_time?: number
  /** How the user was authenticated (RFC 8176): `pwd`, with a second factor also `otp` and `mfa`. It comes with `auth_time`. */
  amr?: string[]
  /** `oneFactor` or `twoFactors`. It comes with `amr`. */
  acr?: string
  /** The groups of the account, a sorted set; not there when there are none. Rights at Postern go by the account itself. */
  groups?: string[]
  /** The session that the token ends with. */
  sid?: string
  iss?: string
  aud?: string
  fixture?: boolean
}

/** The payload of an access token. */
export interface AccessClaims extends CommonClaims {
  token_type: 'access_token'
  authentication_method: AuthenticationMethod
}

/** The payload of a refresh token. */
export interface RefreshClaims extends CommonClaims {
  token_type: 'refresh_token'
}

/** The payload of a token of either type. */
export type Claims = AccessClaims | RefreshClaims

/** The payload of an assertion, which tells the application behind a proxy who its visitor is. It is no token: it opens nothing here. */
export interface AssertionClaims {
  token_type: 'assertion'
  /** User name. */
  user: string
  /** The account's id, 32 hex digits, never reused. */
  sub: string
  /** The groups of the account, a sorted set. */
  groups: string[]
  /** Only a verified one. */
  email?: string
  /** The origin (RFC 6454 §6.2) of the site that it is for. */
  aud: string
  iss?: string
  /** Seconds since the epoch, like `nbf` and `exp`. */
  iat: number
  nbf: number
  exp: number
  /** Unique, 128 random bits in hex. */
  jti: string
  /** As in `CommonClaims`. */
  auth_time?: number
  amr?: string[]
  fixture?: boolean
}

/** The `aud` of refresh tokens. They are for Postern alone, whatever the `aud` of access tokens. */
export const refreshAudience = 'urn:postern:refresh'

/** The maximum length of a token, in characters. */
export const maxTokenLength = 8192

const isText = (value: unknown) => typeof value === 'string'
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

interface ClaimRule {
  /** Whether tokens of both types must have it. */
  isRequired: boolean
  isWellFormed(value: unknown): boolean
}

const required = (isWellFormed: (value: unknown) => boolean): ClaimRule => ({
  isRequired: true,
  isWellFormed
})

// Judged by a setting, or by the type of the token.
const elsewhere: ClaimRule = { isRequired: false, isWellFormed: () => true }

const rules: Record<keyof AccessClaims, ClaimRule> = {
  token_type: required(isText),
  user: required(isText),
  uid: required(isId),
  sub: required(isId),
  jti: required(isId),
  gen: required(isCount),
  iat: required(isCount),
  nbf: required(isCount),
  exp: required(isCount),
  authentication_method: elsewhere,
  auth_time: elsewhere,
  amr: elsewhere,
  acr: elsewhere,
  groups: elsewhere,
  sid: elsewhere,
  iss: elsewhere,
  aud: elsewhere,
  fixture: elsewhere
}

/**
 * The claims that Postern makes since release 0.5.0. An older account may have them among its own: they go on being issued where
 * the account has no such member, but for `authenticationClaims`.
 */
export const newlyReservedClaims: ReadonlySet<string> = new Set([
  'groups',
  'email',
  'amr',
  'acr',
  'auth_time',
  'scope',
  'client_id',
  'active',
  'username'
])

/** The claims on how the user was authenticated, on which rights depend: those of an account of its own are not issued. */
export const authenticationClaims: ReadonlySet<string> = new Set(['amr', 'acr', 'auth_time'])

/** The `acr` of an authentication by the password alone. */
export const oneFactor = 'urn:postern:1fa'

/** The `acr` of an authentication by the password and a second factor. */
export const twoFactors = 'urn:postern:2fa'

/** The reserved claims, which Postern makes or judges: no account can be given one of its own of the same name. */
export const reservedClaims: ReadonlySet<string> = new Set([...Object.keys(rules), ...newlyReservedClaims])

const requiredRules = Object.entries(rules).filter(([, { isRequired }]) => isRequired)

/** The first required claim that is missing or malformed in these claims. */
export function findMalformedClaim(claims: object): string | undefined {
  for (const [claim, { isWellFormed }] of requiredRules) {
    if (!isWellFormed(ownClaim(claims, claim))) return claim
  }
  return undefined
}

/** Whether the claims say how an access token was obtained. */
export function hasMethod(claims: object): boolean {
  const method = ownClaim(claims, 'authentication_method')
  return method === 'password' || method === 'refresh_token'
}

/** The `amr` of an authentication by the password alone (RFC 8176). */
export const byPasswordAlone: readonly string[] = ['pwd']

/** The `acr` of an authentication in these ways. */
export function acrOf(amr: readonly string[]): string {
  return isMultiFactor({ amr }) ? twoFactors : oneFactor
}

/** When the password was given, in seconds; undefined if the claims do not say it. */
export function authTimeOf({ auth_time }: Pick<CommonClaims, 'auth_time'>): number | undefined {
  return isCount(auth_time) ? auth_time : undefined
}

/** Whether the user was authenticated by a second factor, too. */
export function isMultiFactor({ amr }: { readonly amr?: readonly string[] | undefined }): boolean {
  return Array.isArray(amr) && amr.includes('mfa')
}

const assertionRules: [keyof AssertionClaims, (value: unknown) => boolean][] = [
  ['user', isText],
  ['sub', isId],
  ['groups', (value) => Array.isArray(value) && value.every(isText)],
  ['aud', isText],
  ['iat', isCount],
  ['exp', isCount],
  ['jti', isId]
]

/** The first claim of an assertion that is missing or malformed in these claims. */
export function findMalformedAssertionClaim(claims: object): string | undefined {
  return assertionRules.find(([claim, isWellFormed]) => !isWellFormed(ownClaim(claims, claim)))?.[0]
}

// Own members only: `__proto__` in a payload must not lend it any.
function ownClaim(claims: object, claim: string): unknown {
  return Object.hasOwn(claims, claim) ? (claims as Record<string, unknown>)[claim] : undefined
}
