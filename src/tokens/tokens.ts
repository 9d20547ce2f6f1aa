import { createVerifier } from 'fast-jwt'
import { type Clock, toSeconds } from '../clock.js'
import { invalidArgument, invalidToken, Refusal } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { KeyFreshness } from '../keys/key-freshness.js'
import type { KeyRing, VerificationKey } from '../keys/key-ring.js'
import { type ClaimsOf, createClaimValidation, type TokenType } from './claim-validation.js'
import {
  type AuthenticationMethod,
  acrOf,
  type Claims,
  type CommonClaims,
  refreshAudience
} from './claims.js'
import { headerOf, requireCompactForm } from './compact-form.js'
import { ownClaims } from './own-claims.js'
import { remembered, signerOf, type TokenKey } from './token-signer.js'

/** The owner of a token. */
export interface TokenOwner {
  uid: string
  name: string
  gen: number
  email?: string
  /** A sorted set, never empty. */
  groups?: readonly string[]
  /** The user's own claims; Postern's claims win over any of the same name. */
  claims?: Readonly<Record<string, unknown>>
  /** In seconds; no token expires later. */
  expiresAt?: number
}

/** The members of an account that its claims are made of, and that may be long. */
export interface ClaimSources {
  name: string
  groups?: TokenOwner['groups'] | undefined
  claims?: TokenOwner['claims'] | undefined
}

/** The claims that differ between the tokens of one owner. */
export type TokenIdentity = Pick<CommonClaims, 'jti' | 'iat' | 'exp' | 'sid' | 'auth_time' | 'amr'>

/** The authentication and the session behind an access token. */
export type AccessContext = Pick<CommonClaims, 'sid' | 'auth_time' | 'amr'>

/** The dependencies of tokens; the lifetime of access tokens is in seconds. */
export interface TokenOptions {
  keys: KeyRing
  /** Absent where no other process changes the keys. */
  keyFreshness?: KeyFreshness
  clock: Clock
  accessTtl: number
  issuer?: string | undefined
  audience?: string | undefined
  /** Whether its tokens are marked as a fixture's; only such a service accepts them. */
  isFixture?: boolean
}

/** Makes and verifies tokens. `Accounts` judges them by the state of the account. */
export interface Tokens {
  /**
   * A signed access token, which ends with the session `sid` if there is one, and with the account. Costs one signature: 26 µs with
   * ES256, some 2 ms with RSA of 3072 bits.
   */
  issueAccessToken(owner: TokenOwner, method: AuthenticationMethod, context?: AccessContext): string
  /** The lifetime of an access token that the owner gets now, in seconds. */
  accessLifetime(owner: Pick<TokenOwner, 'expiresAt'>): number
  /**
   * A refresh token signed by a key that is not published: no other service can take it for an access token. Refresh tokens
   * of release 0.1.0, signed by the published key, are accepted until they expire.
   */
  issueRefreshToken(owner: TokenOwner, identity: TokenIdentity): string
  /**
   * Requires that an account's own claims and groups leave its access tokens within 6,000 characters, so that they fit into the
   * headers of most servers. Costs a signature if they are long. Longer ones of older accounts go on being accepted.
   *
   * @throws `InvalidArgumentError` that names the longer one of the two.
   */
  requireShortClaims(owner: ClaimSources): void
  /**
   * The claims of a token of this type, or of either, its signature verified by keys that are current.
   *
   * @throws `InvalidTokenError` or `TokenTypeError` for every defect; `StoreUnavailableError` if the keys cannot be read.
   */
  verify<Type extends TokenType>(token: unknown, type?: Type): Promise<ClaimsOf<Type>>
  /**
   * The claims in the payload of a token with a verified signature, judged by this clock: `exp` and `nbf` without
   * leeway, `iss` and `aud` if they are configured.
   *
   * @throws `InvalidTokenError` that says which claim, or `TokenTypeError`.
   */
  requireClaims<Type extends TokenType>(payload: unknown, type?: Type): ClaimsOf<Type>
  /** Requires the claims that depend on the time: `exp`, `nbf` and `iat`. @throws `InvalidTokenError` that names the claim. */
  requireCurrent(claims: Claims): void
}

// In characters.
const maxIssuedLength = 6000

// In bytes: claims and groups of this length never make a token too long, whatever its other content.
const alwaysShort = 1000

/** See `Tokens`. */
export function createTokens(options: TokenOptions): Tokens {
  const { keys, keyFreshness, clock, accessTtl, issuer, audience, isFixture = false } = options
  const { requireClaims, requireCurrent } = createClaimValidation({ clock, issuer, audience, isFixture })
  const verifierOf = remembered(({ algorithm, material }: VerificationKey) =>
    createVerifier({ key: material, algorithms: [algorithm], ...signatureOnly })
  )

  function issue(
    key: TokenKey,
    owner: TokenOwner,
    typeClaims: Partial<Claims>,
    { iat, exp, jti, sid, auth_time, amr }: TokenIdentity
  ): string {
    const { aud = audience, ...others } = typeClaims
    return signerOf(key)({
      ...ownClaims(owner),
      ...(owner.groups !== undefined && { groups: owner.groups }),
      user: owner.name,
      uid: owner.uid,
      sub: owner.uid,
      ...others,
      iat,
      nbf: iat,
      exp: Math.min(exp, owner.expiresAt ?? exp),
      jti,
      gen: owner.gen,
      ...(auth_time !== undefined && { auth_time }),
      ...(amr !== undefined && { amr, acr: acrOf(amr) }),
      ...(sid !== undefined && { sid }),
      ...(issuer !== undefined && { iss: issuer }),
      ...(aud !== undefined && { aud }),
      ...(isFixture && { fixture: true })
    })
  }

  function issueAccessToken(
    owner: TokenOwner,
    method: AuthenticationMethod,
    context: AccessContext = {}
  ): string {
    const iat = toSeconds(clock())
    const identity = { ...context, iat, exp: iat + accessTtl, jti: createId() }
    const typeClaims = { token_type: 'access_token', authentication_method: method } as const
    return issue(keys.signing, owner, typeClaims, identity)
  }

  async function verify<Type extends TokenType>(token: unknown, type?: Type): Promise<ClaimsOf<Type>> {
    requireCompactForm(token)
    const header = refuseFailures(() => headerOf(token))
    await keyFreshness?.requireCurrent()
    await keyFreshness?.requireKnown(Object(header).kid)
    const { payload, key } = refuseFailures(() => {
      const key = keys.verificationKey(header)
      return { payload: verifierOf(key)(token), key }
    })
    if (key.typ === 'JWT') return requireClaims(payload, type)
    const claims = requireClaims(payload, 'refresh_token', refreshAudience)
    if (type === 'access_token') throw new Refusal('TokenTypeError')
    return claims as Claims as ClaimsOf<Type>
  }

  return {
    issueAccessToken,

    accessLifetime({ expiresAt = Number.POSITIVE_INFINITY }) {
      return Math.min(accessTtl, expiresAt - toSeconds(clock()))
    },

    requireShortClaims({ name, claims = {}, groups = [] }) {
      const [ofClaims, ofGroups] = [bytesOf(claims), bytesOf(groups)]
      if (ofClaims + ofGroups < alwaysShort) return
      const [uid, gen] = ['f'.repeat(32), Number.MAX_SAFE_INTEGER]
      const owner = { uid, name, gen, claims, ...(groups.length > 0 && { groups }) }
      const token = issueAccessToken(owner, 'refresh_token', {
        sid: uid,
        auth_time: gen,
        amr: ['pwd', 'otp', 'mfa']
      })
      if (token.length <= maxIssuedLength) return
      throw invalidArgument(
        ofClaims < ofGroups ? 'groups' : 'claims',
        `must leave an access token of at most ${maxIssuedLength} characters`
      )
    },

    issueRefreshToken(owner, identity) {
      const typeClaims = { token_type: 'refresh_token', aud: refreshAudience } as const
      return issue(keys.refreshSigning, owner, typeClaims, identity)
    },

    verify,
    requireClaims,
    requireCurrent
  }
}

function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/**
 * The options under which fast-jwt judges only the signature. Time is judged by `requireClaims`, whose clock is ours;
 * fast-jwt's cache is off, because it would answer for a token that has been revoked since.
 */
export const signatureOnly = { cache: false, ignoreExpiration: true, ignoreNotBefore: true } as const

/**
 * The refusal for an error of the token libraries: a hostile token makes them throw errors of many kinds. A refusal of
 * Postern passes unchanged.
 */
export function toTokenRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : invalidToken('The signature of the token is not valid.')
}

function refuseFailures<T>(verification: () => T): T {
  try {
    return verification()
  } catch (error) {
    throw toTokenRefusal(error)
  }
}
