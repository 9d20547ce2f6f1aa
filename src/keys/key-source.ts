import { type Clock, createCautiousClock, toSeconds, type Uptime } from '../clock.js'
import type { Algorithm } from './algorithms.js'
import { isOf, isSameSchedule, type ScheduledKey } from './key-ring.js'
import { dropExpiredKeys, rotateKeys } from './key-rotation.js'
import type { KeyStorage, KeyWatch, MemoryKeyStorage } from './key-storage.js'
import { generateKey, type SigningKey } from './signing-key.js'

/** The source of the keys. */
export interface KeySource {
  /** The keys of the configured algorithm at the start. */
  readonly keys: readonly ScheduledKey[]
  /**
   * Makes a new key if one is due, and drops those whose last token has expired. Returns the current keys, if they have
   * changed since the last call, by this or by another process; else undefined. It mostly costs a look at the file's time.
   *
   * @throws as `KeyStorage.read`, once for each change that cannot be read: each call tries it again. As `KeyStorage.change`
   *   for a change of its own that cannot be kept: it is tried again after a minute.
   */
  refresh(): Promise<readonly ScheduledKey[] | undefined>
  /** Reads the keys at once. Returns them if they are others than before. @throws as `KeyStorage.read`. */
  readThrough(): Promise<readonly ScheduledKey[] | undefined>
  /** The age of the current keys; undefined where nothing is promised of it. */
  readonly watch: KeyWatch | undefined
  /** Continues with these keys, as after a reset of a fixture. Stored or given keys stay unchanged. */
  replace(keys: readonly ScheduledKey[]): void
}

/** The schedule of key rotation. */
export interface KeySourceOptions {
  algorithm: Algorithm
  /** The lead time between publishing a new key and signing with it, in seconds. */
  publishAhead: number
  /** The age in seconds at which a new key is due; 0: never. */
  rotationPeriod: number
  /** The longest lifetime of a token, in seconds. */
  tokenTtl: number
  /** Called when the first key of the algorithm was made. */
  made?(key: SigningKey): void
}

/** A given key, which never changes. */
export function createFixedSource(key: SigningKey): KeySource {
  const unchanged = async () => undefined
  return {
    keys: [{ key, signsFrom: 0 }],
    refresh: unchanged,
    readThrough: unchanged,
    watch: undefined,
    replace: () => {}
  }
}

/**
 * The generated keys of a storage. The first one of the algorithm is made if there is none.
 *
 * @throws as `KeyStorage.open`.
 */
export async function openKeySource(
  options: KeySourceOptions,
  storage: KeyStorage,
  clock: Clock,
  uptime: Uptime = () => performance.now()
): Promise<KeySource> {
  const now = toSeconds(clock())
  const watch = storage.watch?.()
  const keys = await openGeneratedKeys(storage, options.algorithm, now, options.made)
  return createRotatingSource(options, clock, createCautiousClock(clock, uptime), { keys, watch }, storage)
}

/**
 * The keys of this algorithm in a storage; the first one is made and kept there.
 *
 * @throws as `KeyStorage.open`.
 */
export async function openGeneratedKeys(
  storage: KeyStorage,
  algorithm: Algorithm,
  now: number,
  made: (key: SigningKey) => void = () => {}
): Promise<readonly ScheduledKey[]> {
  let first: SigningKey | undefined
  const keys = await storage.open(async (keys) => {
    // Set anew: the change may be run again.
    first = keys.some(isOf(algorithm)) ? undefined : await generateKey(algorithm)
    return first === undefined ? keys : [...keys, { key: first, signsFrom: 0, madeAt: now }]
  })
  if (first !== undefined) made(first)
  return keys.filter(isOf(algorithm))
}

const pauseAfterFailure = 60_000

function createRotatingSource(
  options: KeySourceOptions,
  clock: Clock,
  cautiousClock: Clock,
  first: Pick<KeySource, 'keys' | 'watch'>,
  storage: KeyStorage | MemoryKeyStorage
): KeySource {
  const { algorithm } = options
  const { isDue, renewed } = createRenewal(options, clock, cautiousClock)
  let { keys, watch } = first
  let takes = 0
  // Fingerprint of the keys in use; unset, since they may have changed after the first read.
  let taken: string | undefined
  let unreadable: string | undefined
  let pausedUntil = 0

  /** Uses the keys of the algorithm that this gives. Returns them if they are others than before. */
  async function take(
    give: () => Promise<readonly ScheduledKey[]>
  ): Promise<readonly ScheduledKey[] | undefined> {
    const [before, given] = [takes, storage.watch?.()]
    const own = (await give()).filter(isOf(algorithm))
    if (own.length === 0) throw new Error(`keys.json holds no key for ${algorithm}`)
    // Of two answers that cross, the older one must not undo the newer one: a new key would count as retired.
    if (takes !== before) return await take(storage.read)
    watch = given
    if (isSameSchedule(own, keys)) return undefined
    takes += 1
    keys = own
    return own
  }

  /** Takes up what another process has changed. A retired key would go on being accepted if one failure ended the attempts. */
  async function takeUp(seen: string): Promise<readonly ScheduledKey[] | undefined> {
    try {
      const changed = await take(storage.read)
      taken = seen
      unreadable = undefined
      return changed
    } catch (error) {
      if (seen === unreadable) return undefined
      unreadable = seen
      throw error
    }
  }

  async function renew(): Promise<readonly ScheduledKey[] | undefined> {
    if (performance.now() < pausedUntil) return undefined
    if (!isDue(keys)) return undefined
    pausedUntil = performance.now() + pauseAfterFailure
    const changed = await take(() => storage.change(renewed))
    pausedUntil = 0
    return changed
  }

  return {
    keys,

    get watch() {
      return watch
    },

    readThrough: () => take(storage.read),

    async refresh() {
      const seen = await storage.fingerprint()
      if (seen !== taken) {
        const changed = await takeUp(seen)
        if (changed !== undefined || taken !== seen) return changed
      }
      return await renew()
    },

    replace(replacement) {
      if (!('replace' in storage)) return
      storage.replace(replacement)
      keys = replacement
    }
  }
}

/** The change that is due by itself: a new key, or the end of old ones. */
function createRenewal(
  { algorithm, publishAhead, rotationPeriod, tokenTtl }: KeySourceOptions,
  clock: Clock,
  cautiousClock: Clock
) {
  const now = () => toSeconds(clock())

  function isRotationDue(scheduled: readonly ScheduledKey[]): boolean {
    // No key means that the file is not the one it was: a new key must not replace those in use.
    if (rotationPeriod === 0 || scheduled.length === 0) return false
    // A key from the future was made while the clock was ahead.
    const times = scheduled
      .map(({ madeAt, signsFrom }) => madeAt ?? signsFrom)
      .filter((time) => time <= now())
    return Math.max(0, ...times) + rotationPeriod <= now()
  }

  // A dropped key is gone for good, even if the clock is then set back.
  function withoutExpired(scheduled: readonly ScheduledKey[]): readonly ScheduledKey[] {
    return dropExpiredKeys(scheduled, { algorithm, now: toSeconds(cautiousClock()), tokenTtl })
  }

  async function renewed(all: readonly ScheduledKey[]): Promise<readonly ScheduledKey[]> {
    const living = withoutExpired(all)
    return isRotationDue(living.filter(isOf(algorithm)))
      ? await rotateKeys(living, { algorithm, now: now(), publishAhead })
      : living
  }

  return {
    isDue: (keys: readonly ScheduledKey[]) => withoutExpired(keys) !== keys || isRotationDue(keys),
    renewed
  }
}
