import type { Session, SessionKind } from '../store.js'

/** The sessions of a store, indexed for lookups. */
export interface SessionRecords {
  readonly sessionsById: Map<string, Session>
  /** The oldest first. */
  readonly sessionIdsByUid: Map<string, Set<string>>
  /** Those of refresh tokens; the oldest first. */
  readonly unusedSessionIds: Set<string>
  /** The oldest first. */
  readonly browserSessionIds: Set<string>
  /** The oldest first. */
  readonly unusedBrowserSessionIds: Set<string>
}

/** The sessions that were never used, by their kinds. */
export type UnusedSessionIds = Pick<SessionRecords, 'unusedSessionIds' | 'unusedBrowserSessionIds'>

/** No sessions yet. */
export function emptySessionRecords(): SessionRecords {
  return {
    sessionsById: new Map(),
    sessionIdsByUid: new Map(),
    unusedSessionIds: new Set(),
    browserSessionIds: new Set(),
    unusedBrowserSessionIds: new Set()
  }
}

/** The sessions of a user, the oldest first. */
export function sessionsOf({ sessionsById, sessionIdsByUid }: SessionRecords, uid: string): Session[] {
  const sessions: Session[] = []
  for (const id of sessionIdsByUid.get(uid) ?? []) {
    const session = sessionsById.get(id)
    if (session !== undefined) sessions.push(session)
  }
  return sessions
}

/** The ids of the sessions of a kind that were never used, the oldest first. */
export function unusedIdsOf(
  { unusedSessionIds, unusedBrowserSessionIds }: UnusedSessionIds,
  kind: SessionKind
): Set<string> {
  return kind === 'browser' ? unusedBrowserSessionIds : unusedSessionIds
}

/** Forgets a session, if it is there. */
export function removeSession(records: SessionRecords, id: string): void {
  const { sessionsById, sessionIdsByUid, browserSessionIds } = records
  const session = sessionsById.get(id)
  if (session === undefined) return
  sessionsById.delete(id)
  browserSessionIds.delete(id)
  unusedIdsOf(records, session.kind).delete(id)
  const ids = sessionIdsByUid.get(session.uid)
  ids?.delete(id)
  if (ids?.size === 0) sessionIdsByUid.delete(session.uid)
}

/** Notes the use of a session, if it is there. */
export function touchSession(records: SessionRecords, id: string, lastUsedAt: number): void {
  const session = records.sessionsById.get(id)
  if (session === undefined || session.lastUsedAt === lastUsedAt) return
  records.sessionsById.set(id, { ...session, lastUsedAt })
  unusedIdsOf(records, session.kind).delete(id)
}

/** Adds a session, or replaces the one of its id. */
export function addSession(records: SessionRecords, session: Session): void {
  const { sessionsById, sessionIdsByUid, browserSessionIds } = records
  const { id, uid, kind, lastUsedAt } = session
  const unusedIds = unusedIdsOf(records, kind)
  sessionsById.set(id, session)
  if (kind === 'browser') browserSessionIds.add(id)
  if (lastUsedAt === undefined) unusedIds.add(id)
  else unusedIds.delete(id)
  const ids = sessionIdsByUid.get(uid)
  if (ids === undefined) sessionIdsByUid.set(uid, new Set([id]))
  else ids.add(id)
}
