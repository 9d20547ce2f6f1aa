import type { Clock } from '../clock.js'
import { createLazyCounter, type LazyCounter } from '../counters/lazy-counter.js'
import { type RefusalName, retryLater } from '../errors/refusals.js'

const minute = 60

/** Limits the sessions that a user begins in a minute, those that go on to a site, and the access tokens that it revokes. */
export interface SessionRate {
  /** Counts a session that is about to begin. @throws `TooManySessionsError` with `Retry-After` beyond the bound. */
  admit(uid: string): Promise<void>
  /**
   * Counts the revocation of an access token, which the store keeps until the token expires. @throws `TooManyRevocationsError`
   *   with `Retry-After` beyond the bound.
   */
  admitRevocation(uid: string): Promise<void>
  /**
   * Counts a code that carries a session to a site, which the store keeps for a while. @throws `TooManySessionsError` with `Retry-After`
   *   beyond the bound.
   */
  admitSiteCode(uid: string): Promise<void>
  /** Forgets all counts. */
  forget(): void
}

/** See `SessionRate`. @param maxPerMinute of one user, of each kind; 0: no bound. */
export function createSessionRate(maxPerMinute: number, clock: Clock): SessionRate {
  const createCounter = () => createLazyCounter({ points: maxPerMinute, duration: minute, clock })
  const [sessions, revocations, siteCodes] = [createCounter(), createCounter(), createCounter()]

  async function admit(counter: LazyCounter, uid: string, refusal: RefusalName): Promise<void> {
    if (maxPerMinute === 0) return
    const { consumedPoints, msBeforeNext } = await (await counter.load()).penalty(uid)
    if (consumedPoints > maxPerMinute) throw retryLater(refusal, msBeforeNext)
  }

  return {
    admit: (uid) => admit(sessions, uid, 'TooManySessionsError'),
    admitRevocation: (uid) => admit(revocations, uid, 'TooManyRevocationsError'),
    admitSiteCode: (uid) => admit(siteCodes, uid, 'TooManySessionsError'),

    forget() {
      sessions.forget()
      revocations.forget()
      siteCodes.forget()
    }
  }
}
