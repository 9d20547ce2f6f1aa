import type { Clock } from '../clock.js'
import { retryLater } from '../errors/refusals.js'
import { createLazyCounter } from '../sign-in/lazy-counter.js'

const minute = 60

/** Bounds how many sessions a user begins in a minute. */
export interface SessionRate {
  /** Counts a session that is about to begin. @throws `TooManySessionsError` with `Retry-After` beyond the bound. */
  admit(uid: string): Promise<void>
}

/** See `SessionRate`. @param maxPerMinute of one user; 0: no bound. */
export function createSessionRate(maxPerMinute: number, clock: Clock): SessionRate {
  const begun = createLazyCounter({ points: maxPerMinute, duration: minute, clock })

  return {
    async admit(uid) {
      if (maxPerMinute === 0) return
      const { consumedPoints, msBeforeNext } = await (await begun.load()).penalty(uid)
      if (consumedPoints > maxPerMinute) throw retryLater('TooManySessionsError', msBeforeNext)
    }
  }
}
