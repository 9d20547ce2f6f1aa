import type { Clock } from '../clock.js'
import { type RefusalName, retryLater } from '../errors/refusals.js'
import { createLazyCounter } from '../sign-in/lazy-counter.js'

const minute = 60

/** Bounds how many sessions a user begins in a minute, and how many access tokens it revokes. */
export interface SessionRate {
  /** Counts a session that is about to begin. @throws `TooManySessionsError` with `Retry-After` beyond the bound. */
  admit(uid: string): Promise<void>
  /**
   * Counts the revocation of an access token, which the store keeps until the token expires. @throws `TooManyRevocationsError`
   *   with `Retry-After` beyond the bound.
   */
  admitRevocation(uid: string): Promise<void>
}

/** See `SessionRate`. @param maxPerMinute of one user, of either; 0: no bound. */
export function createSessionRate(maxPerMinute: number, clock: Clock): SessionRate {
  const createBound = (refusal: RefusalName) => {
    const counter = createLazyCounter({ points: maxPerMinute, duration: minute, clock })
    return async (uid: string) => {
      if (maxPerMinute === 0) return
      const { consumedPoints, msBeforeNext } = await (await counter.load()).penalty(uid)
      if (consumedPoints > maxPerMinute) throw retryLater(refusal, msBeforeNext)
    }
  }

  return {
    admit: createBound('TooManySessionsError'),
    admitRevocation: createBound('TooManyRevocationsError')
  }
}
