import type { Clock } from '../clock.js'
import { ServiceError } from '../errors/refusals.js'
import type { Networks } from '../passwords/networks.js'
import type { FailureCounter } from './failure-counter.js'
import { networkKey } from './failure-keys.js'

/** How many sign-ups are taken; the window is in seconds. */
export interface SignUpLimitOptions {
  /** Of a network (`Networks`) in a window. 0: no limit. */
  maxSignUps: number
  window: number
  clock: Clock
  networks: Networks
}

/** Bounds how many users a network makes. */
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
  let counter: Promise<FailureCounter> | undefined

  // Loaded with the first sign-up, as the throttle is with the first login.
  function load(): Promise<FailureCounter> {
    counter ??= import('./failure-counter.js').then(
      ({ FailureCounter }) => new FailureCounter({ points: maxSignUps, duration: window, clock })
    )
    return counter
  }

  return {
    async admitSignUp(address, signUp) {
      const network = networkKey(address, networks)
      if (maxSignUps === 0 || network === undefined) return await signUp()
      const signUps = await load()
      // Counted before it is known whether it succeeds: otherwise as many as come at the same time would be let in.
      const { consumedPoints, msBeforeNext } = await signUps.penalty(network)
      try {
        if (consumedPoints > maxSignUps) throw tooManySignUps(msBeforeNext)
        return await signUp()
      } catch (error) {
        await signUps.reward(network)
        throw error
      }
    },

    forget() {
      counter = undefined
    }
  }
}

function tooManySignUps(milliseconds: number): ServiceError {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000))
  return new ServiceError('TooManySignUpsError', { headers: { 'retry-after': String(seconds) } })
}
