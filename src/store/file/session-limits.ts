import { type Clock, toSeconds } from '../../clock.js'
import type { Session, SessionLimits } from '../store.js'
import type { Draft } from './draft.js'
import type { Records } from './records.js'

// At so many sessions of all users it is looked, each time that one must go, whether they have expired.
const maxLooks = 100

/** Says which session, if any, makes room for a new one; see `Store.createSession`. */
export interface SessionEviction {
  /** Costs a look at the user's sessions; at the total bound at some hundred others, however many there are. */
  findEvicted(draft: Draft, newcomer: Session, limits: SessionLimits): Session | undefined
}

/**
 * See `SessionEviction`.
 *
 * @param clock need not be a cautious one: a session must go in any case, and it only says which.
 */
export function createSessionEviction(
  { sessionsById, unusedSessionIds }: Pick<Records, 'sessionsById' | 'unusedSessionIds'>,
  clock: Clock
): SessionEviction {
  const findExpired = createRound(() => sessionsById.keys(), maxLooks)
  const findUnused = createRound(() => unusedSessionIds.keys())
  const findOldest = createRound(() => sessionsById.keys())

  function findOfAll(draft: Draft, now: number): Session | undefined {
    return (
      findExpired(draft, ({ exp }) => exp <= now) ??
      findUnused(draft, isUnused) ??
      draft.oldestOwnUnused() ??
      findOldest(draft, () => true)
    )
  }

  return {
    findEvicted(draft, { uid }, { perUser, total }) {
      const now = toSeconds(clock())
      const own = draft.sessionIdsOf(uid).flatMap((id) => draft.sessionById(id) ?? [])
      if (own.length >= perUser) return own.find(({ exp }) => exp <= now) ?? leastUsed(own)
      return draft.sessionCount >= total ? findOfAll(draft, now) : undefined
    }
  }
}

/**
 * Finds sessions by going on from the last one that it found, since those that it has passed over stay wrong: mostly they have
 * ended. Only after a batch that could not be written they are there again, so that it begins anew once it is through.
 */
function createRound(begin: () => Iterator<string>, maxLooks = Number.POSITIVE_INFINITY) {
  let ids = begin()
  return (draft: Draft, isWanted: (session: Session) => boolean): Session | undefined => {
    let hasBegunAnew = false
    for (let looks = 0; looks < maxLooks; looks += 1) {
      const { value, done } = ids.next()
      if (done) {
        if (hasBegunAnew) return undefined
        hasBegunAnew = true
        ids = begin()
        continue
      }
      const session = draft.sessionById(value)
      if (session !== undefined && isWanted(session)) return session
    }
    return undefined
  }
}

function isUnused({ lastUsedAt }: Session): boolean {
  return lastUsedAt === undefined
}

/** The oldest session that was never used, else the least recently used one. */
function leastUsed(sessions: readonly Session[]): Session | undefined {
  return (
    sessions.find(isUnused) ?? sessions.reduce((a, b) => ((b.lastUsedAt ?? 0) < (a.lastUsedAt ?? 0) ? b : a))
  )
}
