import type { Clock } from '../clock.js'
import { createLazyCounter } from '../counters/lazy-counter.js'
import { retryLater } from '../errors/refusals.js'
import type { Networks } from '../networks.js'
import { networkKey } from './failure-keys.js'

/** The limits of sign-ups; the window is in seconds. */
export interface SignUpLimitOptions {
  /** Of a network (`Networks`) in a window. 0: no limit. */
  maxSignUps: number
  window: number
  clock: Clock
  networks: Networks
}

/** Limits the sign-ups of a network. */
export interface SignUpLimit {
  /**
   * The outcome of a sign-up, which counts unless it fails.
   *
   * @throws `TooManySignUpsError` with `Retry-After`, without signing up; and what the sign-up throws.
   */
  admitSignUp<Result>(address: string, signUp: () => Promise<Result>): Promise<Result>
  /** Forgets all sign-ups. */
  forget(): void
}

/** See `SignUpLimit`. */
export function createSignUpLimit({ maxSignUps, window, clock, networks }: SignUpLimitOptions): SignUpLimit {
  const counter = createLazyCounter({ points: maxSignUps, duration: window, clock })

  return {
    async admitSignUp(address, signUp) {
      const network = networkKey(address, networks)
      if (maxSignUps === 0 || network === undefined) return await signUp()
      const signUps = await counter.load()
      // Counted before its outcome is known: otherwise any number of concurrent sign-ups would pass.
      const { consumedPoints, msBeforeNext } = await signUps.penalty(network)
      const end = clock() + msBeforeNext
      try {
        if (consumedPoints > maxSignUps) throw retryLater('TooManySignUpsError', msBeforeNext)
        return await signUp()
      } catch (error) {
        // The next window has not counted it, nor has any once the clock was set.
        if (clock() < end && (await signUps.get(network)) !== null) await signUps.reward(network)
        throw error
      }
    },

    forget: counter.forget
  }
}
