import type { Session, SessionLimits } from '../store.js'
import type { Draft, Records } from './records.js'

/** Says which session, if any, makes room for a new one; see `Store.createSession`. */
export interface SessionEviction {
  /** Costs a look at the user's sessions; at the total bound also at those that were used since the last call. */
  findEvicted(draft: Draft, newcomer: Session, limits: SessionLimits): Session | undefined
}

/** See `SessionEviction`. */
export function createSessionEviction({ sessionsById }: Pick<Records, 'sessionsById'>): SessionEviction {
  // A session that was passed over has been used, and stays so: the next look goes on from there.
  let ids = sessionsById.keys()

  function nextUnused(draft: Draft): Session | undefined {
    for (const id of ids) {
      const session = draft.sessionById(id)
      if (session !== undefined && session.lastUsedAt === undefined) return session
    }
    return undefined
  }

  function oldestUnused(draft: Draft): Session | undefined {
    const found = nextUnused(draft)
    if (found !== undefined) return found
    // Of a batch that could not be written, the evicted ones are still there.
    ids = sessionsById.keys()
    return nextUnused(draft) ?? oldest(draft)
  }

  function oldest(draft: Draft): Session | undefined {
    for (const id of sessionsById.keys()) {
      const session = draft.sessionById(id)
      if (session !== undefined) return session
    }
    return undefined
  }

  return {
    findEvicted(draft, { uid }, { perUser, total }) {
      const own = draft.sessionIdsOf(uid).flatMap((id) => draft.sessionById(id) ?? [])
      if (own.length >= perUser) return leastUsed(own)
      return draft.sessionCount >= total ? oldestUnused(draft) : undefined
    }
  }
}

/** The oldest of these that was never used, else the one whose last use is longest ago. */
function leastUsed(sessions: readonly Session[]): Session | undefined {
  const unused = sessions.find(({ lastUsedAt }) => lastUsedAt === undefined)
  if (unused !== undefined) return unused
  return sessions.reduce((a, b) => ((b.lastUsedAt ?? 0) < (a.lastUsedAt ?? 0) ? b : a))
}
