import type { Lookup } from '../lookup.js'

/** A record that is replaced as a whole. */
export interface Versioned {
  /** The number of replacements; undefined before the first. The store raises it. */
  readonly version?: number
}

/** An account. Records are never changed in place: a change makes a new one. */
export interface User extends Versioned {
  /** 32 hex digits, never reused. */
  readonly uid: string
  /** In NFC; unique, also among deactivated users. */
  readonly name: string
  /** PHC string, or an imported bcrypt hash. */
  readonly hash: string
  /** False once the user was deleted; the record stays, so that nobody takes over the name. */
  readonly active: boolean
  /** The token generation: tokens of another one are refused, except `keptJti`. */
  readonly gen: number
  /** The `jti` of the access token that was presented for the last password change, and outlives it. */
  readonly keptJti?: string
  /** In seconds since the epoch. */
  readonly createdAt: number
  /** The custom claims in all tokens of the user, beside those that Postern makes. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The `jti` of a token that is refused until it expires by itself, at `exp` seconds since the epoch. */
export interface RevokedToken {
  readonly jti: string
  readonly exp: number
}

/**
 * A refresh token that may be used again, or a family of refresh tokens of which each use retires one and gives the next
 * (RFC 9700 §4.14.2). Records are never changed in place.
 */
export interface Session extends Versioned {
  /** The `jti` of the token, or the `sid` of the family's tokens. */
  readonly id: string
  /** The `uid` of its user. */
  readonly uid: string
  /** The token generation of the account when it began. */
  readonly gen: number
  /** In seconds since the epoch, as all times here. */
  readonly issuedAt: number
  readonly lastUsedAt?: number
  /** When its token expires. */
  readonly exp: number
  /** The address of the client that it was issued to. */
  readonly address: string
  readonly userAgent?: string
  /** The OAuth client that it was issued to, and is for alone; without one it is for any. */
  readonly clientId?: string
  /** The state of a rotating family; undefined for any other token. */
  readonly family?: TokenFamily
}

/** The current token of a family, and how it replaced the previous one. */
export interface TokenFamily {
  readonly jti: string
  readonly iat: number
  /** The token that was retired for it. */
  readonly previousJti?: string
  /** The address of the client that retired the previous token. */
  readonly address?: string
  readonly userAgent?: string
  /** Whether it was given a second time, within the grace. */
  readonly isRepeated?: boolean
}

/** The whole content of a store. */
export interface StoreContent {
  readonly users: readonly User[]
  readonly sessions: readonly Session[]
  readonly revokedTokens: readonly RevokedToken[]
}

/** A record as a change has left it, or the end of a session. */
export type Change =
  | { readonly user: User }
  | { readonly revokedToken: RevokedToken }
  | { readonly session: Session }
  | { readonly endedSession: string }

/** The limits on the number of sessions. */
export interface SessionLimits {
  /** Of one user. */
  readonly perUser: number
  /** Of all users together. */
  readonly total: number
}

/**
 * Users, sessions and revoked tokens, kept for good.
 *
 * The guarantees of every driver:
 * - Each method is atomic: concurrent calls have the result of some order of them.
 * - A change is on disk, or wherever the driver keeps it, when its promise resolves; readers see it no earlier.
 * - A change that could not be stored rejects with `StoreUnavailableError`, and nothing of it is seen then or later.
 *   The store goes on working and recovers with the disk.
 * - Revoked tokens and sessions are forgotten some time after they have expired.
 */
export interface Store {
  /** The user of this name, active or not. */
  findUserByName(name: string): Lookup<User | undefined>
  /** The user of this id, active or not. */
  findUserById(uid: string): Lookup<User | undefined>
  /** The number of users, deleted ones included. */
  countUsers(): Lookup<number>
  /** Adds a user. @throws `UserAlreadyExistsError` if there is one of that name or id, active or not. */
  createUser(user: User): Promise<void>
  /**
   * Replaces a record. Returns false, and changes nothing, if it has another version than `before` by now. `uid` and `name` stay
   * the same. A new token generation ends the user's sessions.
   */
  replaceUser(before: User, after: User): Promise<boolean>
  /** Adds a token to the revoked ones. To revoke it a second time changes nothing. */
  revokeToken(token: RevokedToken): Promise<void>
  isTokenRevoked(jti: string): Lookup<boolean>
  /** The session of this id, unless it has ended; it may have expired. */
  findSession(id: string): Lookup<Session | undefined>
  /** The sessions of a user, the oldest first. */
  findSessions(uid: string): Lookup<Session[]>
  /**
   * Adds a session. At a limit another session makes room, and is returned. Of the user's sessions that is an expired one, else
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
  /**
   * Calls the listener for every change once it is stored, also for those of other processes. Uses of sessions are not
   * changes.
   */
  subscribe(listener: (change: Change) => void): void
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
