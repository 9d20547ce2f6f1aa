import { settlingTime } from '../../clock.js'

/** What a store remembers of the time from one process to the next, in seconds since the epoch. */
export interface RecordedTime {
  /** A time that has certainly passed. */
  readonly known: number
  /** What the clock said when a process started, which a later one has yet to confirm. */
  readonly seen: number
}

/** Before anything is known of it. */
export const unknownTime: RecordedTime = { known: 0, seen: 0 }

/**
 * What to remember once the clock says `now` at a start. What it said an hour ago or earlier is certain, unless it was set back
 * since: a wrong clock is set right by then. So expired records are forgotten also where no process lives for an hour.
 */
export function resumeTime({ known, seen }: RecordedTime, now: number): RecordedTime {
  if (now < seen) return { known, seen: now }
  return now - seen < settlingTime / 1000 ? { known, seen } : { known: Math.max(known, seen), seen: now }
}
