import type { Lookup } from '../lookup.js'
import type {
  ApiKey,
  Invitation,
  ReservedName,
  RevocationPage,
  RevokedToken,
  Session,
  StoreContent,
  StoreDump,
  User
} from './entities.js'

export type * from './entities.js'

/** The limits on the number of sessions of one kind. */
export interface SessionLimits {
  /** Of one user. */
  readonly perUser: number
  /** Of all users together. */
  readonly total: number
}

/** One page of users: by the beginning of the name or of the display name, sorted by it; or a group, sorted by name. */
export interface UserQuery {
  readonly by: 'name' | 'displayName' | 'group'
  /** The beginning, case-sensitive; or the group. */
  readonly text: string
  /** The `next` of the page before. */
  readonly after?: string
  /** The most users of the page. */
  readonly limit: number
}

/** Users, and where the next page begins, unless this is the last one. */
export interface UserPage {
  readonly users: readonly User[]
  /** Opaque; a text of this form that no page has given is a position, too. */
  readonly next?: string
}

/** The decisions that a change of an account needs. */
export interface NameChange {
  /** The reservation that the name was found to have, and that does not stand in the way. */
  readonly takes?: ReservedName
  /** Whether it is judged alone, by the same rules: nothing is changed. */
  readonly isDryRun?: boolean
}

/** The members of a token by which its state is looked up. */
export interface TokenReference {
  readonly uid: string
  readonly gen: number
  readonly jti: string
  /** The session that the token ends with; undefined for a token without one. */
  readonly sessionId: string | undefined
}

/** The records that decide whether a token is good. */
export interface TokenState {
  /** Its account, in whatever state. */
  readonly user: User | undefined
  readonly isRevoked: boolean
  /** Whether its session has not ended; true for a token without one. */
  readonly isSessionLiving: boolean
  /** How old the answer is; undefined where answers are of the moment, since every change is made here. */
  readonly freshness?: Freshness
}

/** The age of an answer. */
export interface Freshness {
  /** Whether the answer is young enough to act on, at the moment of this call: a process that was frozen holds old ones. */
  isCurrent(): boolean
}

/**
 * Accounts, sessions, revoked tokens and the operator's keys, kept for good.
 *
 * The guarantees of every driver:
 * - Each method is atomic: concurrent calls have the result of some order of them.
 * - A change is on disk, or wherever the driver keeps it, when its promise resolves; readers see it no earlier.
 * - A change that could not be stored rejects with `StoreUnavailableError`, and nothing of it is seen then or later.
 *   The store goes on working and recovers with the disk.
 * - Revoked tokens, sessions and invitations are forgotten some time after they have expired.
 */
export interface Store {
  /** The user of this name, in whatever state. */
  findUserByName(name: string): Lookup<User | undefined>
  /** The user of this id, in whatever state. */
  findUserById(uid: string): Lookup<User | undefined>
  /** The user of this e-mail address, ASCII letters in either case. */
  findUserByEmail(email: string): Lookup<User | undefined>
  /** The user of this id in the system that it was imported from. */
  findUserByExternalId(id: string): Lookup<User | undefined>
  /** Whether the user of this id was purged. */
  isUidPurged(uid: string): Lookup<boolean>
  /** The user whose password link has this digest; it may have expired. */
  findUserByLink(digest: string): Lookup<User | undefined>
  /**
   * A page of users. It costs the same however many users there are, but for the first one of each `by` after a start: that
   * orders them, in pieces, about a second for 1,000,000 names and more for longer texts.
   */
  listUsers(query: UserQuery): Promise<UserPage>
  /** The first users, at most `limit`, who have one of these among their own claims. Costs a look at every user. */
  findUsersWithClaims(names: ReadonlySet<string>, limit: number): Lookup<readonly User[]>
  /** The users who have a second factor, or are about to set one up. Costs a look at every user. */
  findUsersWithFactor(): Lookup<readonly User[]>
  /** The users whom the users file manages. Costs a look at every user. */
  findManagedUsers(): Lookup<readonly User[]>
  /** The number of users, disabled and deleted ones included. */
  countUsers(): Lookup<number>
  /** The reservation of a name. */
  findReservedName(name: string): Lookup<ReservedName | undefined>
  /** Whether a user has the name, or it is reserved: a new user would be refused. */
  isNameTaken(name: string): Lookup<boolean>
  /** A reservation of a name that a purged user had: it may have been renamed before. */
  findReservedNameOf(uid: string): Lookup<ReservedName | undefined>
  /**
   * Adds a user, and spends the invitation of this id if one is given.
   *
   * @throws `UserAlreadyExistsError` if there is one of that name or id, in whatever state, the id was purged, or the name is
   *   reserved, unless `takes` is that reservation; `EmailTakenError`, `ExternalIdTakenError`; `LinkGoneError` if the
   *   invitation is gone.
   */
  createUser(user: User, change?: NameChange & { readonly invitationId?: string }): Promise<void>
  /**
   * Replaces a record. Returns false, and changes nothing, if it has another version than `before` by now. `uid` stays the same.
   * A new token generation ends the user's sessions. A new name leaves the former one reserved until then.
   *
   * @throws `UserAlreadyExistsError` if the new name is another's, or reserved for another, unless `takes` is that
   *   reservation; `EmailTakenError`, `ExternalIdTakenError`.
   */
  replaceUser(
    before: User,
    after: User,
    change?: NameChange & { readonly reserveUntil?: number }
  ): Promise<boolean>
  /**
   * Removes a user, its sessions and its link. The id stays refused; the name is reserved until then, or free if there is no such
   * time. Returns false, and changes nothing, if the record has another version than `before` by now.
   */
  purgeUser(before: User, reserveUntil: number | undefined): Promise<boolean>
  /** Frees a reserved name. To free it a second time changes nothing. */
  freeName(name: string): Promise<void>
  /** Notes a login, as `touchSession` a use. */
  touchUser(uid: string, lastLoginAt: number): void
  /** Adds a token to the revoked ones. To revoke it a second time changes nothing. */
  revokeToken(token: RevokedToken): Promise<void>
  isTokenRevoked(jti: string): Lookup<boolean>
  /**
   * The state of a token. Only an answer by which the token is good may be older than the call, and no older than its `freshness`
   * allows; all other lookups, and any answer that speaks against a token, are as of the call.
   */
  findTokenState(token: TokenReference): Lookup<TokenState>
  /** The session of this id, unless it has ended; it may have expired. */
  findSession(id: string): Lookup<Session | undefined>
  /** The sessions of a user, the oldest first. */
  findSessions(uid: string): Lookup<Session[]>
  /**
   * Adds a session. At a limit another session of its kind makes room, and is returned. Of the user's sessions that is an expired one, else
   * the oldest that was never used, else the one whose last use is longest ago. Of all users' sessions it is an expired one if
   * it is soon found, else the oldest that was never used, else the oldest.
   */
  createSession(session: Session, limits: SessionLimits): Promise<Session | undefined>
  /** Replaces a session. Returns false, and changes nothing, if it has ended or has another version by now. */
  replaceSession(before: Session, after: Session): Promise<boolean>
  /** Notes a use. Readers see it at once. It is kept with the next change that writes everything, or by `close`. */
  touchSession(id: string, lastUsedAt: number): void
  /** Ends a session; to end it a second time changes nothing. */
  endSession(id: string): Promise<void>
  /** The invitation whose link has this digest; it may have expired. */
  findInvitation(digest: string): Lookup<Invitation | undefined>
  /** All invitations, the oldest first; some may have expired. */
  listInvitations(): Lookup<readonly Invitation[]>
  createInvitation(invitation: Invitation): Promise<void>
  /** Returns false if there is none of this id. */
  removeInvitation(id: string): Promise<boolean>
  /** The API key of this id; it may have expired. */
  findApiKey(id: string): Lookup<ApiKey | undefined>
  /** All API keys, the oldest first. */
  listApiKeys(): Lookup<readonly ApiKey[]>
  /** @throws `InvalidArgumentError` if another key has the name. */
  createApiKey(key: ApiKey): Promise<void>
  /** Returns false if there is none of this id. */
  removeApiKey(id: string): Promise<boolean>
  /** Notes a use, as `touchSession`. */
  touchApiKey(id: string, lastUsedAt: number): void
  /** Ends all tokens of a signing key. */
  revokeKey(kid: string): Promise<void>
  /**
   * The revocations after the position of this cursor; without one, all in force. Undefined for a cursor that is too old, or of
   * another store. A revocation is in force until the last access token that it ends has expired.
   */
  findRevocations(cursor?: string): Lookup<RevocationPage | undefined>
  /**
   * Calls the listener whenever `findRevocations` may have more to tell, also by changes of other processes. By then the change
   * is stored.
   */
  subscribeRevocations(listener: () => void): void
  /**
   * Everything as of one moment: each change that was acknowledged before the call, and of each later one all or nothing. Costs
   * a list of references to the records. Changes wait until it is made; the event loop is not held up.
   *
   * @throws `StoreUnavailableError` once it is closed.
   */
  dump(): Promise<StoreDump>
  /**
   * Resolves if the last attempt to store a change succeeded. While all is well it costs a look whether the stored data is still
   * in its place, at most once a second. After a failure it makes an attempt of its own, which leaves no trace: one at a time
   * and at most one a second. All callers share the result.
   *
   * @throws `StoreUnavailableError` if the last attempt failed.
   */
  requireWritable(): Promise<void>
  /** Waits for the changes under way. Later ones reject with `StoreUnavailableError`. */
  close(): Promise<void>
}

/** A store that holds everything in memory. */
export interface MemoryStore extends Store {
  /** A copy of the present content. Costs a copy of the list of records. */
  capture(): StoreContent
  /** Replaces the whole content. @throws `Error` for a store that keeps anything. */
  replaceAll(content: StoreContent): Promise<void>
}

/** Whether it is a store of that kind. */
export function isMemoryStore(store: Store): store is MemoryStore {
  return 'replaceAll' in store
}

/** The text by which two e-mail addresses are compared: with the ASCII letters in lower case. */
export function emailKey(email: string): string {
  return email.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
