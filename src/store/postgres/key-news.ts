import type { KeyWatch } from '../../keys/key-storage.js'
import type { Moment, Moments } from './moments.js'
import { maxAgeOf } from './token-states.js'

/** The changes of keys that this instance has heard of. */
export interface KeyNews {
  /** A number that has risen by the time that this instance has heard of a change. */
  revision(): number
  /** See `KeyStorage.watch`. */
  watch(): KeyWatch
}

/** The dependencies of the news. */
export interface KeyNewsDependencies {
  moments: Moments
  /** How old an answer may be, in milliseconds; 0: each call reads. */
  maxStale: number
  /** The moment as of which all events were applied; undefined before the first. */
  seenUntil(): Moment | undefined
}

/** See `KeyNews`. Call `heard` when the keys have changed, or may have, before `seenUntil` passes that change. */
export function createKeyNews(dependencies: KeyNewsDependencies): KeyNews & { heard(): void } {
  const { moments, maxStale, seenUntil } = dependencies
  const maxAge = maxAgeOf(maxStale)
  let revision = 0

  function watch(): KeyWatch {
    const [since, known] = [moments.now(), revision]

    function isCurrent(): boolean {
      if (moments.age(since) < maxAge) return true
      const seen = seenUntil()
      return revision === known && seen !== undefined && moments.age(seen) < maxAge
    }

    return { isCurrent, mustRead: () => maxStale === 0 || !isCurrent() }
  }

  return {
    revision: () => revision,
    watch,
    heard() {
      revision += 1
    }
  }
}
