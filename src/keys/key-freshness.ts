import { Refusal } from '../errors/refusals.js'
import type { KeyRing, ScheduledKey } from './key-ring.js'
import type { KeySource } from './key-source.js'

/** Keeps the keys in use as new as their storage promises, where other processes change it. */
export interface KeyFreshness {
  /**
   * Reads the keys if those in use may be too old to judge a token by; undefined if they are not.
   *
   * @throws `StoreUnavailableError` if they cannot be read.
   */
  requireCurrent(): Promise<void> | undefined
  /**
   * Looks for the key of a token that is not known here, at most once a second; undefined if there is nothing to wait for.
   *
   * @throws `StoreUnavailableError` if the keys cannot be read.
   */
  requireKnown(kid: unknown): Promise<void> | undefined
  /** Whether an answer may follow from the keys in use, at the moment of this call: a process that was frozen holds old ones. */
  isCurrent(): boolean
}

/** The dependencies of the freshness of keys. */
export interface KeyFreshnessDependencies {
  source: Pick<KeySource, 'watch' | 'readThrough'>
  ring: Pick<KeyRing, 'knows'>
  /** Brings changed keys into use. */
  adopt(keys: readonly ScheduledKey[]): void
  /** In milliseconds; the process's own unless told otherwise. */
  uptime?(): number
}

// In milliseconds: tokens of keys that nobody has made must not cost a read each.
const lookInterval = 1000

// A process that is frozen again and again has other troubles.
const maxReads = 3

/** See `KeyFreshness`. Without other processes it costs nothing. */
export function createKeyFreshness(dependencies: KeyFreshnessDependencies): KeyFreshness {
  const { source, ring, adopt, uptime = () => performance.now() } = dependencies
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined

  async function read(): Promise<void> {
    try {
      const changed = await source.readThrough()
      if (changed !== undefined) adopt(changed)
    } catch (cause) {
      const message = 'The signing keys could not be read.'
      throw new Refusal('StoreUnavailableError', { message, headers: { 'retry-after': '1' }, cause })
    }
  }

  async function readUntilCurrent(): Promise<void> {
    for (let reads = 1; reads <= maxReads; reads += 1) {
      await read()
      if (source.watch?.isCurrent()) return
    }
  }

  function look(): Promise<void> {
    lookedAt = uptime()
    looking ??= read()
      .catch((error: unknown) => {
        lookedAt = Number.NEGATIVE_INFINITY
        throw error
      })
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  return {
    requireCurrent: () => (source.watch?.mustRead() ? readUntilCurrent() : undefined),

    requireKnown(kid) {
      if (source.watch === undefined || typeof kid !== 'string' || ring.knows(kid)) return undefined
      return uptime() - lookedAt < lookInterval ? looking : look()
    },

    isCurrent: () => source.watch?.isCurrent() ?? true
  }
}
