import { type Clock, toSeconds } from '../../clock.js'
import { createId } from '../../ids.js'
import type { Change, FeedState } from './change.js'

/** The state of the feed, and how long its revocations are kept. */
export interface StoredFeedState {
  readonly current: FeedState
  /** Whether it has to be stored. */
  readonly mustStore: boolean
  /** When the last access token that was issued up to a time has expired. Both in seconds. */
  untilOf(time: number): number
  /** Follows a change that is stored. */
  follow(change: Change): void
  /** Goes on with this lifetime of access tokens, in seconds. Returns the state, if it has to be stored. */
  resume(accessTokenTtl: number): FeedState | undefined
  /** These changes, with the state before them as long as it has to be stored. */
  withState(changes: Change[]): Change[]
  /** Makes it that of another store. */
  renew(): void
}

/**
 * The state that is stored, or a new one.
 *
 * @param accessTokenTtl of a new one, in seconds.
 */
export function createFeedState(
  stored: FeedState | undefined,
  accessTokenTtl: number,
  clock: Clock
): StoredFeedState {
  let current = stored ?? { storeId: createId(), accessTokenTtl, earlierUntil: 0 }
  let isStored = stored !== undefined
  let mustStore = false

  function untilOf(time: number): number {
    return Math.max(current.earlierUntil, time + current.accessTokenTtl)
  }

  return {
    get current() {
      return current
    },

    get mustStore() {
      return mustStore
    },

    untilOf,

    follow(change) {
      if (!('feed' in change)) return
      current = change.feed
      isStored = true
      mustStore = false
    },

    resume(accessTokenTtl) {
      if (isStored && current.accessTokenTtl === accessTokenTtl) return undefined
      // The tokens that were issued so far live as long as was set then.
      const earlierUntil = isStored ? untilOf(toSeconds(clock())) : 0
      current = { ...current, accessTokenTtl, earlierUntil }
      mustStore = true
      return current
    },

    withState: (changes) => (mustStore && changes.length > 0 ? [{ feed: current }, ...changes] : changes),

    renew() {
      current = { ...current, storeId: createId() }
    }
  }
}
