import type { Change, RevokedToken, Session, User, Versioned } from '../store.js'
import type { StoreDocument } from './store-document.js'

/** The records of a store, indexed for lookups. */
export interface Records {
  readonly usersById: Map<string, User>
  readonly usersByName: Map<string, User>
  readonly expiryByJti: Map<string, number>
  readonly sessionsById: Map<string, Session>
  /** The oldest first. */
  readonly sessionIdsByUid: Map<string, Set<string>>
  /** The oldest first. */
  readonly unusedSessionIds: Set<string>
}

type Contents = Pick<StoreDocument, 'users' | 'revokedTokens' | 'sessions'>

/** No records yet. */
export function emptyRecords(): Records {
  return {
    usersById: new Map(),
    usersByName: new Map(),
    expiryByJti: new Map(),
    sessionsById: new Map(),
    sessionIdsByUid: new Map(),
    unusedSessionIds: new Set()
  }
}

/** Applies a change. Idempotent. */
export function apply(records: Records, change: Change): void {
  if ('user' in change) {
    records.usersById.set(change.user.uid, change.user)
    records.usersByName.set(change.user.name, change.user)
  } else if ('revokedToken' in change) {
    records.expiryByJti.set(change.revokedToken.jti, change.revokedToken.exp)
  } else if ('session' in change) {
    addSession(records, change.session)
  } else {
    removeSession(records, change.endedSession)
  }
}

/** Adds all of these. */
export function fill(records: Records, { users, revokedTokens, sessions }: Contents): void {
  for (const user of users) apply(records, { user })
  for (const revokedToken of revokedTokens) apply(records, { revokedToken })
  for (const session of sessions) apply(records, { session })
}

/** Puts these in the place of all that there are. */
export function refill(records: Records, contents: Contents): void {
  for (const collection of Object.values(records)) collection.clear()
  fill(records, contents)
}

/** The sessions of a user, the oldest first. */
export function sessionsOf({ sessionsById, sessionIdsByUid }: Records, uid: string): Session[] {
  const sessions: Session[] = []
  for (const id of sessionIdsByUid.get(uid) ?? []) {
    const session = sessionsById.get(id)
    if (session !== undefined) sessions.push(session)
  }
  return sessions
}

/** Forgets a session, if it is there. */
export function removeSession(
  { sessionsById, sessionIdsByUid, unusedSessionIds }: Records,
  id: string
): void {
  const session = sessionsById.get(id)
  if (session === undefined) return
  sessionsById.delete(id)
  unusedSessionIds.delete(id)
  const ids = sessionIdsByUid.get(session.uid)
  ids?.delete(id)
  if (ids?.size === 0) sessionIdsByUid.delete(session.uid)
}

/** Notes the use of a session, if it is there. */
export function touchSession(
  { sessionsById, unusedSessionIds }: Records,
  id: string,
  lastUsedAt: number
): void {
  const session = sessionsById.get(id)
  if (session === undefined || session.lastUsedAt === lastUsedAt) return
  sessionsById.set(id, { ...session, lastUsedAt })
  unusedSessionIds.delete(id)
}

function addSession({ sessionsById, sessionIdsByUid, unusedSessionIds }: Records, session: Session): void {
  sessionsById.set(session.id, session)
  if (session.lastUsedAt === undefined) unusedSessionIds.add(session.id)
  else unusedSessionIds.delete(session.id)
  const ids = sessionIdsByUid.get(session.uid)
  if (ids === undefined) sessionIdsByUid.set(session.uid, new Set([session.id]))
  else ids.add(session.id)
}

/** An overlay of unwritten changes on the records. */
export class Draft {
  readonly #records: Records
  readonly #changed = emptyRecords()
  readonly #endedSessions = new Set<string>()
  #sessionCount: number

  constructor(records: Records) {
    this.#records = records
    this.#sessionCount = records.sessionsById.size
  }

  get sessionCount(): number {
    return this.#sessionCount
  }

  userById(uid: string): User | undefined {
    return this.#changed.usersById.get(uid) ?? this.#records.usersById.get(uid)
  }

  userByName(name: string): User | undefined {
    return this.#changed.usersByName.get(name) ?? this.#records.usersByName.get(name)
  }

  isRevoked(jti: string): boolean {
    return this.#changed.expiryByJti.has(jti) || this.#records.expiryByJti.has(jti)
  }

  sessionById(id: string): Session | undefined {
    if (this.#endedSessions.has(id)) return undefined
    return this.#changed.sessionsById.get(id) ?? this.#records.sessionsById.get(id)
  }

  /** The ids of a user's sessions, the oldest first. */
  sessionIdsOf(uid: string): string[] {
    const ids = new Set([
      ...(this.#records.sessionIdsByUid.get(uid) ?? []),
      ...(this.#changed.sessionIdsByUid.get(uid) ?? [])
    ])
    return [...ids].filter((id) => !this.#endedSessions.has(id))
  }

  /** The oldest of the sessions that its changes have added or replaced, and that was never used. */
  oldestOwnUnused(): Session | undefined {
    const [id] = this.#changed.unusedSessionIds
    return id === undefined ? undefined : this.sessionById(id)
  }

  change(change: Change): void {
    if ('session' in change && this.sessionById(change.session.id) === undefined) this.#sessionCount += 1
    if ('endedSession' in change && this.sessionById(change.endedSession) !== undefined)
      this.#sessionCount -= 1
    apply(this.#changed, change)
    if ('endedSession' in change) this.#endedSessions.add(change.endedSession)
  }
}

/** The revoked tokens. */
export function* revocationsOf({ expiryByJti }: Records): Iterable<RevokedToken> {
  for (const [jti, exp] of expiryByJti) yield { jti, exp }
}

/** Whether a record is there, and of the same version as this one. */
export function isSameVersion(some: Versioned | undefined, other: Versioned): boolean {
  return some !== undefined && some.version === other.version
}

/** The record that takes the place of this one. */
export function nextVersion<Record extends Versioned>({ version = 0 }: Versioned, after: Record): Record {
  return { ...after, version: version + 1 }
}
