import type { Revocation } from '../store.js'
import type { LoggedRevocation } from './store-document.js'

/** Revocations in order of their positions, the newest alone of each user, session, token and key. */
export interface RevocationEntries {
  /** The greatest position of any so far; 0 without one. */
  readonly last: number
  /** The newest of the subject of this one. */
  find(subject: Revocation): Revocation | undefined
  /**
   * Adds one, unless one of the same subject and of this position or a later one is there: the journal may be replayed over a
   * snapshot that has it. Now and then it costs a look at each one, which forgets those whose time is over at `now`, in seconds.
   */
  add(one: LoggedRevocation, now: number): void
  /** Those after this position. Costs a binary search, and a look at each of them. */
  since(position: number): LoggedRevocation[]
}

/** None yet. At most about half of them have expired. */
export function createRevocationEntries(): RevocationEntries {
  const newest = new Map<string, LoggedRevocation>()
  let inOrder: LoggedRevocation[] = []
  let sweepAt = 1024
  let last = 0

  const isNewest = (one: LoggedRevocation) => newest.get(subjectOf(one.revocation)) === one

  /** The index of the first one after this position. */
  function indexAfter(position: number): number {
    let [low, high] = [0, inOrder.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((inOrder[middle] as LoggedRevocation).position > position) high = middle
      else low = middle + 1
    }
    return low
  }

  function sweep(now: number): void {
    inOrder = inOrder.filter((one) => {
      if (!isNewest(one)) return false
      if (one.until <= now) newest.delete(subjectOf(one.revocation))
      return one.until > now
    })
    sweepAt = Math.max(1024, 2 * inOrder.length)
  }

  return {
    get last() {
      return last
    },

    find: (subject) => newest.get(subjectOf(subject))?.revocation,

    add(one, now) {
      const subject = subjectOf(one.revocation)
      if (Number(newest.get(subject)?.position) >= one.position) return
      newest.set(subject, one)
      last = Math.max(last, one.position)
      inOrder.splice(indexAfter(one.position), 0, one)
      if (inOrder.length >= sweepAt) sweep(now)
    },

    since: (position) => inOrder.slice(indexAfter(position)).filter(isNewest)
  }
}

function subjectOf(revocation: Revocation): string {
  if ('uid' in revocation) return `uid ${revocation.uid}`
  if ('sid' in revocation) return `sid ${revocation.sid}`
  return 'jti' in revocation ? `jti ${revocation.jti}` : `kid ${revocation.kid}`
}
