import type { PendingSignIn } from '../pending-sign-ins.js'
import {
  type ApiKey,
  emailKey,
  type Invitation,
  type ReservedName,
  type Session,
  type SessionKind,
  type User
} from '../store.js'
import type { Change } from './change.js'
import { apply, emptyRecords, type Records } from './records.js'
import { unusedIdsOf } from './session-records.js'

/** An overlay of unwritten changes on the records. */
export class Draft {
  readonly #records: Records
  readonly #changed = emptyRecords()
  /** The ids of the sessions, invitations and API keys, and the digests of the sign-ins, that it has ended or removed. */
  readonly #gone = new Set<string>()
  readonly #freedNames = new Set<string>()
  #pendingSignInCount: number
  #sessionCount: number
  #browserSessionCount: number

  constructor(records: Records) {
    this.#records = records
    this.#pendingSignInCount = records.pendingSignIns.size
    this.#sessionCount = records.sessionsById.size
    this.#browserSessionCount = records.browserSessionIds.size
  }

  /** The number of sessions of a kind. */
  sessionCount(kind: SessionKind): number {
    return kind === 'browser' ? this.#browserSessionCount : this.#sessionCount - this.#browserSessionCount
  }

  userById(uid: string): User | undefined {
    if (this.#changed.purgedUids.has(uid)) return undefined
    return this.#changed.usersById.get(uid) ?? this.#records.usersById.get(uid)
  }

  userByName(name: string): User | undefined {
    const uid = this.#changed.usersByName.get(name)?.uid ?? this.#records.usersByName.get(name)?.uid
    return this.#owner(uid, (user) => user.name === name)
  }

  userByEmail(email: string): User | undefined {
    const key = emailKey(email)
    const uid = this.#changed.uidsByEmail.get(key) ?? this.#records.uidsByEmail.get(key)
    return this.#owner(uid, (user) => user.email !== undefined && emailKey(user.email) === key)
  }

  userByExternalId(id: string): User | undefined {
    const uid = this.#changed.uidsByExternalId.get(id) ?? this.#records.uidsByExternalId.get(id)
    return this.#owner(uid, (user) => user.externalId === id)
  }

  isPurged(uid: string): boolean {
    return this.#changed.purgedUids.has(uid) || this.#records.purgedUids.has(uid)
  }

  reservedName(name: string): ReservedName | undefined {
    const changed = this.#changed.reservedNames.get(name)
    if (changed !== undefined || this.#freedNames.has(name)) return changed
    return this.#records.reservedNames.get(name)
  }

  isRevoked(jti: string): boolean {
    return this.#changed.expiryByJti.has(jti) || this.#records.expiryByJti.has(jti)
  }

  sessionById(id: string): Session | undefined {
    if (this.#gone.has(id)) return undefined
    return this.#changed.sessionsById.get(id) ?? this.#records.sessionsById.get(id)
  }

  /** The ids of a user's sessions, the oldest first. */
  sessionIdsOf(uid: string): string[] {
    const ids = new Set([
      ...(this.#records.sessionIdsByUid.get(uid) ?? []),
      ...(this.#changed.sessionIdsByUid.get(uid) ?? [])
    ])
    return [...ids].filter((id) => !this.#gone.has(id))
  }

  /** The oldest session of a kind that its changes have added or replaced, and that was never used. */
  oldestOwnUnused(kind: SessionKind): Session | undefined {
    const [id] = unusedIdsOf(this.#changed, kind)
    return id === undefined ? undefined : this.sessionById(id)
  }

  invitationById(id: string): Invitation | undefined {
    if (this.#gone.has(id)) return undefined
    return this.#changed.invitationsById.get(id) ?? this.#records.invitationsById.get(id)
  }

  apiKeyById(id: string): ApiKey | undefined {
    if (this.#gone.has(id)) return undefined
    return this.#changed.apiKeysById.get(id) ?? this.#records.apiKeysById.get(id)
  }

  /** Costs a look at every key. */
  hasApiKeyOfName(name: string): boolean {
    const keys = [...this.#changed.apiKeysById.values(), ...this.#records.apiKeysById.values()]
    return keys.some((key) => key.name === name && !this.#gone.has(key.id))
  }

  get pendingSignInCount(): number {
    return this.#pendingSignInCount
  }

  pendingSignIn(digest: string): PendingSignIn | undefined {
    if (this.#gone.has(digest)) return undefined
    return this.#changed.pendingSignIns.get(digest) ?? this.#records.pendingSignIns.get(digest)
  }

  /** The digests of all sign-ins under way, the oldest first. */
  *pendingSignIns(): Iterable<string> {
    for (const { pendingSignIns } of [this.#records, this.#changed]) {
      for (const digest of pendingSignIns.keys()) if (!this.#gone.has(digest)) yield digest
    }
  }

  change(change: Change): void {
    if ('pendingSignIn' in change) this.#pendingSignInCount += 1
    if ('endedSignIn' in change) this.#pendingSignInCount -= 1
    if ('session' in change && this.sessionById(change.session.id) === undefined)
      this.#count(change.session, 1)
    if ('endedSession' in change) this.#count(this.sessionById(change.endedSession), -1)
    apply(this.#changed, change)
    if ('freedName' in change) this.#freedNames.add(change.freedName)
    const gone = goneWith(change)
    if (gone !== undefined) this.#gone.add(gone)
  }

  #count(session: Session | undefined, difference: number): void {
    if (session === undefined) return
    this.#sessionCount += difference
    if (session.kind === 'browser') this.#browserSessionCount += difference
  }

  // A key of an index may be that of a record which has changed since, or gone.
  #owner(uid: string | undefined, isStill: (user: User) => boolean): User | undefined {
    const user = uid === undefined ? undefined : this.userById(uid)
    return user !== undefined && isStill(user) ? user : undefined
  }
}

function goneWith(change: Change): string | undefined {
  if ('endedSession' in change) return change.endedSession
  if ('endedSignIn' in change) return change.endedSignIn
  if ('removedInvitation' in change) return change.removedInvitation
  return 'removedApiKey' in change ? change.removedApiKey : undefined
}
