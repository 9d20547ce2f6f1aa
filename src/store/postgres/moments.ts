import type { Clock, Uptime } from '../../clock.js'

/** A moment by both clocks, in milliseconds: each of them may stand still or jump where the other one does not. */
export interface Moment {
  readonly time: number
  readonly uptime: number
}

/** Tells moments and their ages. */
export interface Moments {
  now(): Moment
  /** The time since a moment in milliseconds, by the clock that says more. */
  age(moment: Moment): number
}

/** See `Moments`. */
export function createMoments(clock: Clock, uptime: Uptime): Moments {
  return {
    now: () => ({ time: clock(), uptime: uptime() }),
    age: (moment) => Math.max(clock() - moment.time, uptime() - moment.uptime)
  }
}
