import { settlingTime } from '../../clock.js'

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
