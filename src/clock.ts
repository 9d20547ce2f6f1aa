/** The time of day in milliseconds since the epoch; `Date.now` outside of tests. */
export type Clock = () => number

/** The time that the process has run, in milliseconds; setting the clock does not change it. */
export type Uptime = () => number

/** In milliseconds: a machine that starts with a wrong clock has it set right by then, if it can be. */
export const settlingTime = 3_600_000

/**
 * A clock for irreversible expiry. It never runs ahead of the process's uptime, so that a clock set forward by mistake erases
 * nothing; it follows one that is set back. For the first hour it stands at `passed`, a time that has certainly passed, in
 * milliseconds since the epoch, since only a clock that may be wrong tells how long the process was away.
 */
export function createCautiousClock(clock: Clock, uptime: Uptime, passed = 0): Clock {
  const startedAt = clock() - uptime()
  const settled = uptime() + settlingTime
  return () => Math.min(clock(), uptime() < settled ? passed : startedAt + uptime())
}

/** The clock's time in whole seconds, which is what JWT's NumericDate claims hold (RFC 7519 §2). */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

/** The times that a store keeps from one process to the next, in seconds since the epoch. */
export interface RecordedTime {
  /** A time that has certainly passed. */
  readonly known: number
  /** The clock's time at the start of a process, which a later one has yet to confirm. */
  readonly seen: number
}

/** The recorded time of a new store. */
export const unknownTime: RecordedTime = { known: 0, seen: 0 }

/**
 * The time to record when the clock says `now` at a start. Its time of an hour ago or earlier is certain, unless it was set
 * back since: a wrong clock is set right by then. So expired records are forgotten also where no process lives for an hour.
 */
export function resumeTime({ known, seen }: RecordedTime, now: number): RecordedTime {
  if (now < seen) return { known, seen: now }
  return now - seen < settlingTime / 1000 ? { known, seen } : { known: Math.max(known, seen), seen: now }
}
