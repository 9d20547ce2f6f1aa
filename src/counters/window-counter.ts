import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../clock.js'

/** The limits of a counter. */
export interface CounterOptions {
  /** The maximum that is allowed. */
  points: number
  /** In seconds, from the first one. */
  duration: number
  clock: Clock
}

/**
 * A counter with a fixed window: rate-limiter-flexible's limiter in memory, with a given clock and a bound. Its own storage has a
 * timer for each key, and no bound. Beyond the bound of 100,000 keys the counter evicts the oldest ones.
 */
export class WindowCounter extends RateLimiterMemory {
  constructor({ clock, ...options }: CounterOptions) {
    super(options)
    // The library has no option for it.
    Object.assign(this, { _memoryStorage: new BoundedStorage(clock) })
  }
}

// Each takes some 200 bytes. Evicting an entry takes 100,000 failed logins; hashing makes that longer than most windows.
// Expired entries go first.
const maxKeys = 100_000

interface Entry {
  points: number
  /** In milliseconds since the epoch. */
  since: number
  /** In milliseconds. */
  duration: number
}

class BoundedStorage {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  incrby(key: string, points: number, seconds: number): RateLimiterRes {
    const entry = this.#current(key)
    if (entry === undefined) return this.set(key, points, seconds)
    entry.points += points
    return this.#toResult(entry)
  }

  set(key: string, points: number, seconds: number): RateLimiterRes {
    const entry = { points, since: this.#clock(), duration: seconds * 1000 }
    this.#entries.delete(key)
    this.#forgetExpired()
    this.#entries.set(key, entry)
    if (this.#entries.size > maxKeys) {
      const [oldest = ''] = this.#entries.keys()
      this.#entries.delete(oldest)
    }
    return this.#toResult(entry)
  }

  get(key: string): RateLimiterRes | null {
    const entry = this.#current(key)
    return entry === undefined ? null : this.#toResult(entry)
  }

  delete(key: string): boolean {
    return this.#entries.delete(key)
  }

  // They stand in the order in which they began.
  #forgetExpired(): void {
    for (const key of this.#entries.keys()) {
      if (this.#current(key) !== undefined) return
      this.#entries.delete(key)
    }
  }

  // An entry from the future was made before the clock was set back, and would last as much longer.
  #current(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    const age = this.#clock() - entry.since
    return age >= 0 && age < entry.duration ? entry : undefined
  }

  #toResult({ points, since, duration }: Entry): RateLimiterRes {
    return new RateLimiterRes(0, since + duration - this.#clock(), points, false)
  }
}
