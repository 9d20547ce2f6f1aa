import { createSigner, createVerifier } from 'fast-jwt'
import { type Clock, toSeconds } from '../clock.js'
import { invalidArgument, invalidToken, Refusal } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { KeyRing, VerificationKey } from '../keys/key-ring.js'
import type { SigningKey } from '../keys/signing-key.js'
import { type ClaimsOf, createClaimValidation, type TokenType } from './claim-validation.js'
import {
  type AuthenticationMethod,
  type Claims,
  type CommonClaims,
  maxTokenLength,
  refreshAudience
} from './claims.js'
import { headerOf, requireCompactForm } from './compact-form.js'

/** The key that signs a token; without a `typ` it is `JWT`. */
type TokenKey = Pick<SigningKey, 'kid' | 'algorithm'> & { secret: string | Buffer; typ?: string }

/** The owner of a token. */
export interface TokenOwner {
  uid: string
  name: string
  gen: number
  /** The user's own claims; Postern's claims win over any of the same name. */
  claims?: Readonly<Record<string, unknown>>
}

/** The claims that differ between the tokens of one owner. */
export type TokenIdentity = Pick<CommonClaims, 'jti' | 'iat' | 'exp' | 'sid'>

/** The dependencies of tokens; the lifetime of access tokens is in seconds. */
export interface TokenOptions {
  keys: KeyRing
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
   * A signed access token, which ends with the session `sid` if there is one. Costs one signature: 26 µs with ES256, some
   * 2 ms with RSA of 3072 bits.
   */
  issueAccessToken(owner: TokenOwner, method: AuthenticationMethod, sid?: string): string
  /**
   * A refresh token signed by a key that is not published: no other service can take it for an access token. Refresh tokens
   * of release 0.1.0, signed by the published key, are accepted until they expire.
   */
  issueRefreshToken(owner: TokenOwner, identity: TokenIdentity): string
  /**
   * Requires that a user's own claims leave its tokens within the maximum length. Costs a signature if they are long.
   *
   * @throws `InvalidArgumentError`.
   */
  requireShortClaims(claims: TokenOwner['claims']): void
  /**
   * The claims of a token of this type, or of either, its signature verified.
   *
   * @throws `InvalidTokenError` or `TokenTypeError` for every defect.
   */
  verify<Type extends TokenType>(token: unknown, type?: Type): ClaimsOf<Type>
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

// In characters: claims of this length never make a token too long, whatever its other content.
const alwaysShort = 1000

/** See `Tokens`. */
export function createTokens({
  keys,
  clock,
  accessTtl,
  issuer,
  audience,
  isFixture = false
}: TokenOptions): Tokens {
  const { requireClaims, requireCurrent } = createClaimValidation({ clock, issuer, audience, isFixture })
  const signerOf = remembered(({ kid, algorithm, secret, typ = 'JWT' }: TokenKey) =>
    // Without `notBefore` fast-jwt omits an nbf of 0, the value at the epoch. It means: as iat.
    createSigner({ key: secret, algorithm, kid, header: { alg: algorithm, typ }, notBefore: 0 })
  )
  const verifierOf = remembered(({ algorithm, material }: VerificationKey) =>
    createVerifier({ key: material, algorithms: [algorithm], ...signatureOnly })
  )

  function issue(
    key: TokenKey,
    owner: TokenOwner,
    typeClaims: Partial<Claims>,
    { iat, exp, jti, sid }: TokenIdentity
  ): string {
    const { aud = audience, ...others } = typeClaims
    return signerOf(key)({
      ...owner.claims,
      user: owner.name,
      uid: owner.uid,
      sub: owner.uid,
      ...others,
      iat,
      nbf: iat,
      exp,
      jti,
      gen: owner.gen,
      ...(sid !== undefined && { sid }),
      ...(issuer !== undefined && { iss: issuer }),
      ...(aud !== undefined && { aud }),
      ...(isFixture && { fixture: true })
    })
  }

  function issueAccessToken(owner: TokenOwner, method: AuthenticationMethod, sid?: string): string {
    const iat = toSeconds(clock())
    const identity = {
      iat,
      exp: iat + accessTtl,
      jti: createId(),
      ...(sid !== undefined && { sid })
    }
    const typeClaims = { token_type: 'access_token', authentication_method: method } as const
    return issue(keys.signing, owner, typeClaims, identity)
  }

  function verify<Type extends TokenType>(token: unknown, type?: Type): ClaimsOf<Type> {
    requireCompactForm(token)
    const { payload, key } = refuseFailures(() => {
      const key = keys.verificationKey(headerOf(token))
      return { payload: verifierOf(key)(token), key }
    })
    if (key.typ === 'JWT') return requireClaims(payload, type)
    const claims = requireClaims(payload, 'refresh_token', refreshAudience)
    if (type === 'access_token') throw new Refusal('TokenTypeError')
    return claims as Claims as ClaimsOf<Type>
  }

  return {
    issueAccessToken,

    requireShortClaims(claims) {
      if (JSON.stringify(claims ?? {}).length < alwaysShort) return
      const id = 'f'.repeat(32)
      // The longest name as base64url, at six characters for each that JSON escapes.
      const longest = {
        uid: id,
        name: '\u0001'.repeat(255),
        gen: Number.MAX_SAFE_INTEGER,
        ...(claims && { claims })
      }
      if (issueAccessToken(longest, 'refresh_token', id).length > maxTokenLength) {
        throw invalidArgument('claims', `must leave a token of at most ${maxTokenLength} characters`)
      }
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

/** The function, memoised for each key: reading a PEM costs more than a signature. */
function remembered<Key extends object, Result>(make: (key: Key) => Result): (key: Key) => Result {
  const results = new WeakMap<Key, Result>()
  return (key) => {
    const known = results.get(key)
    if (known !== undefined) return known
    const result = make(key)
    results.set(key, result)
    return result
  }
}
