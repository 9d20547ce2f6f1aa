import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../clock.js'
import { ServiceError } from '../errors/refusals.js'

/** Who tries to log in. */
export interface Attempt {
  /** In NFC, whether or not there is such a user. */
  name: string
  /** The client's IP address. */
  address: string
}

/** How many failures are borne; the window is in seconds. */
export interface ThrottleOptions {
  /** 0 turns the throttle off. */
  maxFailures: number
  window: number
  clock: Clock
}

/**
 * Slows down guessing, without letting a stranger lock anybody out.
 *
 * So many failures for a name from one address, and that address must wait for the end of the window. After twice as many
 * for a name, which takes three addresses, each further one has all addresses wait, twice as long each time, up to a
 * minute; but not those from which that user has logged in before.
 */
export interface Throttle {
  /** Requires that the attempt may be made. @throws `TooManyFailuresError` with `Retry-After`. */
  requireAllowed(attempt: Attempt): Promise<void>
  /**
   * The outcome of a verification, which it counts: a failure for the name and the address, a success by forgetting the
   * failures for both. Of verifications at the same time no more begin than there are failures left, and the others wait
   * for one of them to end.
   *
   * @throws as `requireAllowed`, without verifying; and what the verification throws, which counts as neither.
   */
  judge(attempt: Attempt, verification: () => Promise<boolean>): Promise<boolean>
  /** Counts a failure that was not due to a password. @throws `TooManyFailuresError` if there were too many already. */
  countFailure(attempt: Attempt): Promise<void>
  /** Forgets all failures. */
  forget(): void
}

const maxDelay = 60
const maxKnown = 100_000

/** See `Throttle`. */
export function createThrottle({ maxFailures, window, clock }: ThrottleOptions): Throttle {
  if (maxFailures === 0) return off
  let counters: ReturnType<typeof createCounters> | undefined
  const known = new Set<string>()
  const ongoing = new Map<string, Set<Promise<unknown>>>()

  function load() {
    counters ??= createCounters(maxFailures, window, clock)
    return counters
  }

  async function requireNoDelay({ name, address }: Attempt): Promise<void> {
    if (known.has(keyOf(name, address))) return
    const { delays } = await load()
    const delay = await delays.get(keyOf(name))
    if (delay !== null) throw tooManyFailures(delay)
  }

  /** Takes one of the failures left, before it is known whether it will be one. */
  async function takeFailure(key: string): Promise<void> {
    const { byAddress } = await load()
    for (;;) {
      const refusal = await byAddress.consume(key).then(() => null, toRefusal)
      if (refusal === null) return
      await byAddress.reward(key)
      const others = ongoing.get(key)
      if (others === undefined) throw tooManyFailures(refusal)
      await Promise.race(others)
    }
  }

  async function delayOthers(name: string): Promise<void> {
    const { byName, delays } = await load()
    const { consumedPoints } = await byName.penalty(keyOf(name))
    const surplus = consumedPoints - 2 * maxFailures
    if (surplus > 0) await delays.block(keyOf(name), Math.min(2 ** (surplus - 1), maxDelay))
  }

  async function verify(key: string, name: string, verification: () => Promise<boolean>): Promise<boolean> {
    const { byAddress } = await load()
    try {
      const isRight = await verification()
      if (isRight) {
        await byAddress.delete(key)
        remember(known, key)
      } else {
        await delayOthers(name)
      }
      return isRight
    } catch (error) {
      await byAddress.reward(key)
      throw error
    }
  }

  return {
    async requireAllowed(attempt) {
      await requireNoDelay(attempt)
      const key = keyOf(attempt.name, attempt.address)
      const { byAddress } = await load()
      const failures = await byAddress.get(key)
      // While others are being verified some of these may yet turn out to be none.
      if (failures !== null && failures.remainingPoints === 0 && !ongoing.has(key))
        throw tooManyFailures(failures)
    },

    async judge(attempt, verification) {
      await requireNoDelay(attempt)
      const key = keyOf(attempt.name, attempt.address)
      await takeFailure(key)
      const outcome = verify(key, attempt.name, verification)
      const all = ongoing.get(key) ?? new Set()
      const ended = outcome.then(
        () => {},
        () => {}
      )
      ongoing.set(key, all.add(ended))
      try {
        return await outcome
      } finally {
        all.delete(ended)
        if (all.size === 0) ongoing.delete(key)
      }
    },

    async countFailure({ name, address }) {
      await takeFailure(keyOf(name, address))
      await delayOthers(name)
    },

    forget() {
      counters = undefined
      known.clear()
    }
  }
}

// Loaded with the first login: it comes with all its back ends.
async function createCounters(maxFailures: number, window: number, clock: Clock) {
  const { FailureCounter } = await import('./failure-counter.js')
  return {
    byAddress: new FailureCounter({ points: maxFailures, duration: window, clock }),
    byName: new FailureCounter({ points: maxFailures, duration: window, clock }),
    delays: new FailureCounter({ points: 0, duration: maxDelay, clock })
  }
}

const off: Throttle = {
  async requireAllowed() {},
  judge: (_attempt, verification) => verification(),
  async countFailure() {},
  forget() {}
}

// A digest: names need not be kept in memory for this, and are of any length.
function keyOf(name: string, address?: string): string {
  const from = address === undefined ? '' : `\0${networkOf(address)}`
  return createHash('sha256').update(`${name}${from}`).digest('base64url')
}

// Whoever has one IPv6 address has all of its /64 (RFC 6177).
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join()
}

function toRefusal(error: unknown): RateLimiterRes {
  // A refusal of the limiter is no error.
  if (!(error instanceof Error)) return error as RateLimiterRes
  throw error
}

function tooManyFailures({ msBeforeNext }: RateLimiterRes): ServiceError {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return new ServiceError('TooManyFailuresError', { headers: { 'retry-after': String(seconds) } })
}

function remember(known: Set<string>, key: string): void {
  known.delete(key)
  known.add(key)
  if (known.size <= maxKnown) return
  const [oldest = ''] = known
  known.delete(oldest)
}
