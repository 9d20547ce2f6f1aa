import { type Clock, toSeconds } from '../clock.js'
import { invalidToken, Refusal } from '../errors/refusals.js'
import type { Algorithm } from './algorithms.js'
import { type AssertionKey, assertionKeyOf } from './assertion-key.js'
import { type RefreshKey, refreshKeyOf, refreshTokenType } from './refresh-key.js'
import { type PublicJwk, type SigningKey, toPublicJwk } from './signing-key.js'

/** A key with its time, in seconds since the epoch. */
export interface ScheduledKey {
  readonly key: SigningKey
  /** The time from which it signs, until the next key does. 0 for the first. */
  readonly signsFrom: number
  /** The time of its creation, if known. */
  readonly madeAt?: number
}

/** A key as verifiers take it: `material` is the PEM SPKI, or the secret for HMAC. */
export interface VerificationKey {
  readonly kid: string
  readonly algorithm: SigningKey['algorithm']
  readonly material: string | Buffer
  /** The `typ` of its tokens. */
  readonly typ: 'JWT' | typeof refreshTokenType
}

/** The signing key, the verification keys and the public keys. */
export interface KeyRing {
  /** The key that signs now. */
  readonly signing: SigningKey
  /** The key that signs refresh tokens now. */
  readonly refreshSigning: RefreshKey
  /** The key that signs assertions now; undefined with an HMAC key, of which nothing is published. It verifies nothing here. */
  readonly assertionSigning: AssertionKey | undefined
  /** All keys, the oldest first, except those whose last token has expired. */
  readonly scheduled: readonly ScheduledKey[]
  /** The JSON text of a JWK Set (RFC 7517 §5) of all keys that verify now or sign soon; it has no HMAC keys. */
  readonly publicSet: string
  /** The same of their assertion keys, which `publicSet` does not have. */
  readonly assertionSet: string
  /**
   * The key for a token with this JOSE header.
   *
   * @throws `InvalidTokenError` unless the header holds `alg`, `kid` and `typ`, and nothing else. `alg` and `typ` must be those of
   *   the key (RFC 8725 §3.1, §3.11). A header parameter that Postern does not implement (`crit`, `b64`), or that brings a key
   *   along (`jwk`, `jku`, `x5c`), is refused unread.
   */
  verificationKey(header: unknown): VerificationKey
  /** Whether a token with this `kid` can be verified. */
  knows(kid: string): boolean
  /** The PEM SPKI of the key that signs now. @throws `NoPublicKeyError` when it is an HMAC key. */
  publicKey(): string
  /** Replaces the keys by these, at least one. */
  replace(keys: readonly ScheduledKey[]): void
  /**
   * Calls the listener with the keys of each `replace`: tokens of removed keys must no longer be accepted. The keys include
   * those that `scheduled` leaves out since their last token has expired, because the clock may be wrong. `retired` are the ids of
   * those that were scheduled, and are not among the keys any more.
   */
  subscribe(listener: (keys: readonly ScheduledKey[], retired: readonly string[]) => void): void
}

/** The state between two changes. */
interface Phase {
  from: number
  until: number
  signing: SigningKey
  scheduled: readonly ScheduledKey[]
  byId: ReadonlyMap<string, VerificationKey>
  /** Of refresh tokens; made at the first of them. */
  refreshById: () => ReadonlyMap<string, VerificationKey>
  /** Made at the first call: a verifier asks for it, and most starts of a fixture have none. */
  publicSet: () => string
  assertionSet: () => string
}

/**
 * A ring of these keys, at least one.
 *
 * @param tokenTtl the longest lifetime of a token, in seconds: a key verifies for that long after its last signature.
 */
export function createKeyRing(keys: readonly ScheduledKey[], tokenTtl: number, clock: Clock): KeyRing {
  const listeners: ((keys: readonly ScheduledKey[], retired: readonly string[]) => void)[] = []
  let all = inOrder(keys)
  let phase = phaseAt(all, tokenTtl, toSeconds(clock()))

  function current(): Phase {
    const now = toSeconds(clock())
    if (now < phase.from || now >= phase.until) phase = phaseAt(all, tokenTtl, now)
    return phase
  }

  return {
    get signing() {
      return current().signing
    },

    get refreshSigning() {
      return refreshKeyOf(current().signing)
    },

    get assertionSigning() {
      return assertionKeyOf(current().signing)
    },

    get scheduled() {
      return current().scheduled
    },

    get publicSet() {
      return current().publicSet()
    },

    get assertionSet() {
      return current().assertionSet()
    },

    verificationKey(header) {
      const { alg, kid, typ, ...others } = Object(header) as Record<string, unknown>
      if ((typ !== 'JWT' && typ !== refreshTokenType) || Object.keys(others).length > 0) {
        throw invalidToken('The header of the token is not one that this service writes.')
      }
      const { byId, refreshById } = current()
      const key = typeof kid === 'string' ? (typ === 'JWT' ? byId : refreshById()).get(kid) : undefined
      if (key === undefined) throw invalidToken('The key of the token (kid) is not known here.')
      if (alg !== key.algorithm)
        throw invalidToken('The algorithm of the token (alg) is not that of its key.')
      return key
    },

    knows(kid) {
      const { byId, refreshById } = current()
      return byId.has(kid) || refreshById().has(kid)
    },

    publicKey() {
      const { publicKey } = current().signing
      if (publicKey === null) throw new Refusal('NoPublicKeyError')
      return publicKey
    },

    replace(keys) {
      const kept = new Set(keys.map(({ key }) => key.kid))
      const retired = current().scheduled.flatMap(({ key }) => (kept.has(key.kid) ? [] : [key.kid]))
      all = inOrder(keys)
      phase = phaseAt(all, tokenTtl, toSeconds(clock()))
      for (const listener of listeners) listener(keys, retired)
    },

    subscribe(listener) {
      listeners.push(listener)
    }
  }
}

/** Whether a key has this algorithm. */
export function isOf(algorithm: Algorithm): (scheduled: ScheduledKey) => boolean {
  return ({ key }) => key.algorithm === algorithm
}

/** Whether these are the same keys with the same times, in the same order. */
export function isSameSchedule(some: readonly ScheduledKey[], others: readonly ScheduledKey[]): boolean {
  const describe = (keys: readonly ScheduledKey[]) =>
    keys.map(({ key, signsFrom }) => `${key.kid} ${signsFrom}`)
  return describe(some).join() === describe(others).join()
}

// In seconds. A process polls the file once a second, so it signs with the old key that long after the next one is due.
const takeUpTime = 2

/**
 * For each key, when its last token expires, in seconds since the epoch. A key stops signing when the next one starts, which
 * each process adopts within 2 seconds.
 *
 * @param keys of one algorithm, in order.
 * @param tokenTtl as for `createKeyRing`.
 */
export function endsOf(keys: readonly ScheduledKey[], tokenTtl: number): number[] {
  return keys.map(
    (_, index) => (keys[index + 1]?.signsFrom ?? Number.POSITIVE_INFINITY) + takeUpTime + tokenTtl
  )
}

/** The keys by the time from which they sign. */
export function inOrder(keys: readonly ScheduledKey[]): ScheduledKey[] {
  return [...keys].sort((a, b) => a.signsFrom - b.signsFrom)
}

/** The key of these, in order, that signs at a time. Before the first one's time (a clock set back) it is the first. */
export function signingAt(keys: readonly ScheduledKey[], now: number): ScheduledKey | undefined {
  return keys.findLast(({ signsFrom }) => signsFrom <= now) ?? keys[0]
}

function phaseAt(all: readonly ScheduledKey[], tokenTtl: number, now: number): Phase {
  const ends = endsOf(all, tokenTtl)
  const scheduled = all.filter((_, index) => Number(ends[index]) > now)
  const moments = [...ends, ...all.map(({ signsFrom }) => signsFrom)]
  const signing = signingAt(scheduled, now)
  if (signing === undefined) throw new Error('a key ring needs a key')
  const keys = scheduled.map(({ key }) => key)
  let refreshKeys: ReadonlyMap<string, VerificationKey> | undefined
  let publicSet: string | undefined
  let assertionSet: string | undefined
  return {
    from: Math.max(0, ...moments.filter((moment) => moment <= now)),
    until: Math.min(...moments.filter((moment) => moment > now)),
    signing: signing.key,
    scheduled,
    byId: new Map(keys.map((key) => [key.kid, toVerificationKey(key)])),
    refreshById() {
      refreshKeys ??= new Map(
        keys.map(refreshKeyOf).map((key) => [key.kid, { ...key, material: key.secret }])
      )
      return refreshKeys
    },
    publicSet() {
      publicSet ??= toKeySet(keys)
      return publicSet
    },
    assertionSet() {
      assertionSet ??= toKeySet(keys.flatMap((key) => assertionKeyOf(key) ?? []))
      return assertionSet
    }
  }
}

function toVerificationKey({ kid, algorithm, publicKey, secret }: SigningKey): VerificationKey {
  return { kid, algorithm, material: publicKey ?? secret, typ: 'JWT' }
}

/** The JSON text of a JWK Set of the public members of keys. */
export function toKeySet(keys: readonly SigningKey[]): string {
  const jwks: PublicJwk[] = keys.flatMap((key) => toPublicJwk(key) ?? [])
  return JSON.stringify({ keys: jwks })
}
