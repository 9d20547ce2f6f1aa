import type { Session } from '../store/store.js'

/**
 * Records of sessions that were read a short while ago, so that a page with many parts costs one read. Whether a session has ended is not
 * told by its record: who takes one from here has it judged.
 */
export interface RecentSessions {
  /** The record of an id, at most a minute old at this time in seconds; undefined for none. */
  find(id: string, now: number): Session | undefined
  /** Keeps a record. The minute of one that is kept already goes on. */
  keep(session: Session, now: number): void
}

interface KeptSession {
  readonly session: Session
  /** In seconds. */
  readonly readAt: number
}

// In seconds.
const lifetime = 60

/** Keeps at most so many records; the one that was read longest ago makes room. */
export function createRecentSessions(limit: number): RecentSessions {
  const kept = new Map<string, KeptSession>()

  // A clock that was set back makes nothing last longer.
  const isRecent = ({ readAt }: KeptSession, now: number) => readAt <= now && now - readAt < lifetime

  return {
    find(id, now) {
      const found = kept.get(id)
      if (found === undefined) return undefined
      if (isRecent(found, now)) return found.session
      kept.delete(id)
      return undefined
    },

    keep(session, now) {
      const former = kept.get(session.id)
      if (former !== undefined && isRecent(former, now)) {
        kept.set(session.id, { session, readAt: former.readAt })
        return
      }
      kept.delete(session.id)
      const [oldest] = kept.keys()
      if (kept.size >= limit && oldest !== undefined) kept.delete(oldest)
      kept.set(session.id, { session, readAt: now })
    }
  }
}
