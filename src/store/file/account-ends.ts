import type { Revocation } from '../store.js'

/** The accounts with an end, and which of these ends have passed. Times are in seconds since the epoch. */
export interface AccountEnds {
  /** The latest end that has passed; 0 before the first. */
  readonly last: number
  /** Notes the end of an account, or that it has none. */
  set(uid: string, expiresAt: number | undefined): void
  /** Returns whether an end has passed since the last call. Costs a comparison, and if one has, a look at every end. */
  pass(now: number): boolean
  /** The accounts that have ended after this time. Costs nothing if there is none, else a look at every end. */
  passedSince(time: number): Revocation[]
}

/**
 * No ends yet.
 *
 * @param isOver whether all tokens of an account of this end have expired.
 */
export function createAccountEnds(isOver: (expiresAt: number) => boolean): AccountEnds {
  const ends = new Map<string, number>()
  let last = 0
  let next = Number.POSITIVE_INFINITY

  return {
    get last() {
      return last
    },

    set(uid, expiresAt) {
      if (expiresAt === undefined) ends.delete(uid)
      else ends.set(uid, expiresAt)
      // One that has passed by now is met by the next look, too.
      if (expiresAt !== undefined && expiresAt > last) next = Math.min(next, expiresAt)
    },

    pass(now) {
      if (now < next) return false
      next = Number.POSITIVE_INFINITY
      for (const [uid, end] of ends) {
        if (end > now) next = Math.min(next, end)
        else if (isOver(end)) ends.delete(uid)
        else last = Math.max(last, end)
      }
      return true
    },

    passedSince(time) {
      if (time >= last) return []
      const passed = [...ends].filter(([, end]) => end > time && end <= last && !isOver(end))
      return passed.map(([uid]) => ({ uid, ended: true }))
    }
  }
}
