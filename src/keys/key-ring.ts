import { type Clock, toSeconds } from '../clock.js'
import { invalidToken, Refusal } from '../errors/refusals.js'
import type { Algorithm } from './algorithms.js'
import { type RefreshKey, refreshKeyOf, refreshTokenType } from './refresh-key.js'
import { type PublicJwk, type SigningKey, toPublicJwk } from './signing-key.js'

/** A key with its time, in seconds since the epoch. */
export interface ScheduledKey {
  readonly key: SigningKey
  /** From then on it signs, until the next one does. 0 for the first. */
  readonly signsFrom: number
  /** When it was made, if that is known. */
  readonly madeAt?: number
}

/** A key as verifiers take it: `material` is the PEM SPKI, or the secret for HMAC. */
export interface VerificationKey {
  readonly kid: string
  readonly algorithm: SigningKey['algorithm']
  readonly material: string | Buffer
  /** The `typ` of the tokens that it is for. */
  readonly typ: 'JWT' | typeof refreshTokenType
}

/** Which key signs, which ones verify, and what is public. */
export interface KeyRing {
  /** The key that signs now. */
  readonly signing: SigningKey
  /** The key that signs refresh tokens now. */
  readonly refreshSigning: RefreshKey
  /** All keys, the oldest first, but for those whose last token has expired. */
  readonly scheduled: readonly ScheduledKey[]
  /** The JSON text of a JWK Set (RFC 7517 §5) of all keys that verify now or sign soon; of HMAC keys none. */
  readonly publicSet: string
  /**
   * The key for a token with this JOSE header.
   *
   * @throws `InvalidTokenError` unless the header holds `alg`, `kid` and `typ` as Postern writes them and nothing
   *   else: `alg` and `typ` must be those that the key was made for (RFC 8725 §3.1, §3.11), and what is not understood (`crit`,
   *   `b64`) or would bring a key along (`jwk`, `jku`, `x5c`) is not looked at.
   */
  verificationKey(header: unknown): VerificationKey
  /** The PEM SPKI of the key that signs now. @throws `NoPublicKeyError` when it is an HMAC key. */
  publicKey(): string
  /** Goes on with these keys, of which there is at least one. */
  replace(keys: readonly ScheduledKey[]): void
  /**
   * Is told after each `replace`, with the keys that it was given: tokens of keys that are gone must not be accepted any more.
   * Unlike `scheduled` they hold those whose last token has expired by a clock that may be wrong.
   */
  subscribe(listener: (keys: readonly ScheduledKey[]) => void): void
}

/** The keys between two moments at which they change. */
interface Phase {
  from: number
  until: number
  signing: SigningKey
  scheduled: readonly ScheduledKey[]
  byId: ReadonlyMap<string, VerificationKey>
  /** Of refresh tokens; made at the first of them. */
  refreshById: () => ReadonlyMap<string, VerificationKey>
  publicSet: string
}

/**
 * A ring of these keys, of which there is at least one.
 *
 * @param tokenTtl the longest lifetime of a token, in seconds: for so long a key verifies after it has signed its last.
 */
export function createKeyRing(keys: readonly ScheduledKey[], tokenTtl: number, clock: Clock): KeyRing {
  const listeners: ((keys: readonly ScheduledKey[]) => void)[] = []
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

    get scheduled() {
      return current().scheduled
    },

    get publicSet() {
      return current().publicSet
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

    publicKey() {
      const { publicKey } = current().signing
      if (publicKey === null) throw new Refusal('NoPublicKeyError')
      return publicKey
    },

    replace(keys) {
      all = inOrder(keys)
      phase = phaseAt(all, tokenTtl, toSeconds(clock()))
      for (const listener of listeners) listener(keys)
    },

    subscribe(listener) {
      listeners.push(listener)
    }
  }
}

/** Whether a key is one of this algorithm. */
export function isOf(algorithm: Algorithm): (scheduled: ScheduledKey) => boolean {
  return ({ key }) => key.algorithm === algorithm
}

// In seconds. A process that looks at the file once a second signs by the old key for as long after the next one is due.
const takeUpTime = 2

/**
 * For each key, when its last token expires, in seconds since the epoch. A key stops signing when the next one starts, which
 * each process takes up within 2 seconds.
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

/** Which of these keys, in order, signs then: before the time of the first, as after a clock went back, that one. */
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
    publicSet: toKeySet(keys)
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
