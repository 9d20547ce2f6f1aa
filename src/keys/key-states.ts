import type { Algorithm } from './algorithms.js'
import { endsOf, type ScheduledKey, signingAt } from './key-ring.js'

/** The use of a key at a time; times are in seconds since the epoch. */
export interface KeyState {
  readonly kid: string
  readonly algorithm: Algorithm
  /** One `waits` until it signs, one `signs`, and the others verify the tokens that they have signed. */
  readonly state: 'signs' | 'waits' | 'verifies'
  /** Of one that waits. */
  readonly signsFrom?: number
  /** Of one that verifies: when its last token has expired. */
  readonly verifiesUntil?: number
}

/**
 * The use of each of these keys now.
 *
 * @param keys of one algorithm, in order.
 * @param tokenTtl the longest lifetime of a token, in seconds.
 */
export function keyStates(keys: readonly ScheduledKey[], now: number, tokenTtl: number): KeyState[] {
  const ends = endsOf(keys, tokenTtl)
  const signing = signingAt(keys, now)
  return keys.map((scheduled, index) => {
    const { key, signsFrom } = scheduled
    const named = { kid: key.kid, algorithm: key.algorithm }
    if (scheduled === signing) return { ...named, state: 'signs' }
    if (signsFrom > now) return { ...named, state: 'waits', signsFrom }
    return { ...named, state: 'verifies', verifiesUntil: Number(ends[index]) }
  })
}
