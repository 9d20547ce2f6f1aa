import { type Clock, toSeconds } from '../../clock.js'
import type { Session, SessionKind, SessionLimits } from '../store.js'
import type { Draft } from './draft.js'
import { type SessionRecords, type UnusedSessionIds, unusedIdsOf } from './session-records.js'

/** The sessions that are looked through for one that makes room. */
export type SessionIndexes = UnusedSessionIds & Pick<SessionRecords, 'sessionsById' | 'browserSessionIds'>

// At so many sessions of all users it is looked, each time that one must go, whether they have expired.
const maxLooks = 100

/** Says which session, if any, makes room for a new one; see `Store.createSession`. */
export interface SessionEviction {
  /** Costs a look at the user's sessions; at the total bound of their kind at some hundred others, however many there are. */
  findEvicted(draft: Draft, newcomer: Session, limits: SessionLimits): Session | undefined
}

/**
 * See `SessionEviction`.
 *
 * @param clock need not be a cautious one: a session must go in any case, and it only says which.
 */
export function createSessionEviction(records: SessionIndexes, clock: Clock): SessionEviction {
  const { sessionsById, browserSessionIds } = records
  const ofTokens = createRounds(undefined, () => sessionsById.keys(), records)
  const ofBrowsers = createRounds('browser', () => browserSessionIds.keys(), records)

  return {
    findEvicted(draft, { uid, kind }, { perUser, total }) {
      const now = toSeconds(clock())
      const all = draft.sessionIdsOf(uid).flatMap((id) => draft.sessionById(id) ?? [])
      const own = all.filter((session) => session.kind === kind)
      if (own.length >= perUser) return own.find(({ exp }) => exp <= now) ?? leastUsed(own)
      if (draft.sessionCount(kind) < total) return undefined
      return (kind === 'browser' ? ofBrowsers : ofTokens)(draft, now)
    }
  }
}

/** Finds the one of all sessions of a kind that makes room. @param ids those of the kind, and maybe of others. */
function createRounds(kind: SessionKind, ids: () => Iterator<string>, records: UnusedSessionIds) {
  const isOfKind = (session: Session) => session.kind === kind
  const findExpired = createRound(ids, maxLooks)
  const findUnused = createRound(() => unusedIdsOf(records, kind).keys())
  const findOldest = createRound(ids)
  return (draft: Draft, now: number): Session | undefined =>
    findExpired(draft, (session) => isOfKind(session) && session.exp <= now) ??
    findUnused(draft, isUnused) ??
    draft.oldestOwnUnused(kind) ??
    findOldest(draft, isOfKind)
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
