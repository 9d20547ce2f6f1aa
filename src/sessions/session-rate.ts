import type { Clock } from '../clock.js'
import { ServiceError } from '../errors/refusals.js'
import type { FailureCounter } from '../sign-in/failure-counter.js'

const minute = 60

/** Bounds how many sessions a user begins in a minute. */
export interface SessionRate {
  /** Counts a session that is about to begin. @throws `TooManySessionsError` with `Retry-After` beyond the bound. */
  admit(uid: string): Promise<void>
}

/** See `SessionRate`. @param maxPerMinute of one user; 0: no bound. */
export function createSessionRate(maxPerMinute: number, clock: Clock): SessionRate {
  let counter: Promise<FailureCounter> | undefined

  // Loaded with the first session, as the throttle is with the first login.
  function load(): Promise<FailureCounter> {
    counter ??= import('../sign-in/failure-counter.js').then(
      ({ FailureCounter }) => new FailureCounter({ points: maxPerMinute, duration: minute, clock })
    )
    return counter
  }

  return {
    async admit(uid) {
      if (maxPerMinute === 0) return
      const { consumedPoints, msBeforeNext } = await (await load()).penalty(uid)
      if (consumedPoints <= maxPerMinute) return
      const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
      throw new ServiceError('TooManySessionsError', { headers: { 'retry-after': String(seconds) } })
    }
  }
}
