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
  /** In NFC. Unique among all users, deactivated ones too. */
  readonly name: string
  /** PHC string, or an imported bcrypt hash. */
  readonly hash: string
  /** False once the user is deleted. The record stays, so that nobody can take over the name. */
  readonly active: boolean
  /** The token generation. Tokens of another generation are refused, except the one of `keptJti`. */
  readonly gen: number
  /** The `jti` of the access token that was presented for the last password change; it stays valid after it. */
  readonly keptJti?: string
  /** In seconds since the epoch. */
  readonly createdAt: number
  /** The custom claims of all tokens of the user, beside the claims that Postern sets. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The `jti` of a token that is refused until it expires, at `exp` seconds since the epoch. */
export interface RevokedToken {
  readonly jti: string
  readonly exp: number
}

/**
 * A refresh token that may be used again, or a family of refresh tokens, in which each use retires one token and issues the
 * next (RFC 9700 §4.14.2). Records are never changed in place.
 */
export interface Session extends Versioned {
  /** The `jti` of the token, or the `sid` of all tokens of the family. */
  readonly id: string
  /** The `uid` of its user. */
  readonly uid: string
  /** The token generation of the account when it began. */
  readonly gen: number
  /** In seconds since the epoch, as all times here. */
  readonly issuedAt: number
  readonly lastUsedAt?: number
  /** The expiry of its token. */
  readonly exp: number
  /** The address of the client that the token was issued to. */
  readonly address: string
  readonly userAgent?: string
  /** The OAuth client that the token was issued to; no other may use it. Without one, any client may. */
  readonly clientId?: string
  /** The state of a rotating family; undefined for any other token. */
  readonly family?: TokenFamily
}

/** The current token of a family, and how it replaced the previous one. */
export interface TokenFamily {
  readonly jti: string
  readonly iat: number
  /** The token that it replaced. */
  readonly previousJti?: string
  /** The address of the client that retired the previous token. */
  readonly address?: string
  readonly userAgent?: string
  /** Whether the token was issued a second time, within the grace period. */
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
 * The durable record of users, sessions and revoked tokens.
 *
 * The guarantees of every driver:
 * - Each method is atomic: the result of concurrent calls is that of the same calls in some order.
 * - A change is on disk, or wherever the driver keeps it, when its promise resolves. Readers see it no earlier.
 * - A change that cannot be stored rejects with `StoreUnavailableError`. Readers never see any part of it. The store goes on,
 *   and recovers when the disk does.
 * - Revoked tokens and sessions are forgotten some time after they expire.
 */
export interface Store {
  /** The user of this name, active or not. */
  findUserByName(name: string): Lookup<User | undefined>
  /** The user of this id, active or not. */
  findUserById(uid: string): Lookup<User | undefined>
  /** Adds a user. @throws `UserAlreadyExistsError` if the name or the id is taken, by an active user or not. */
  createUser(user: User): Promise<void>
  /**
   * Replaces a record, and returns true. If its version is no longer that of `before`, it does nothing and returns false.
   * `uid` and `name` must stay the same. A new token generation ends the user's sessions.
   */
  replaceUser(before: User, after: User): Promise<boolean>
  /** Revokes a token. A second time it changes nothing. */
  revokeToken(token: RevokedToken): Promise<void>
  isTokenRevoked(jti: string): Lookup<boolean>
  /** The session of this id; undefined if it has ended. It may have expired. */
  findSession(id: string): Lookup<Session | undefined>
  /** The sessions of a user, the oldest first. */
  findSessions(uid: string): Lookup<Session[]>
  /**
   * Adds a session. If the sessions have reached a limit, it ends one of them to make room, and returns that one. At the
   * limit of the user it ends one of the user's own: an expired one, else the oldest unused one, else the least recently used
   * one. At the total limit it ends one of anybody's: an expired one, if a short search finds one, else the oldest unused one,
   * else the oldest one.
   */
  createSession(session: Session, limits: SessionLimits): Promise<Session | undefined>
  /** Replaces a session, and returns true. If it has ended or has another version by now, it returns false. */
  replaceSession(before: Session, after: Session): Promise<boolean>
  /** Notes a use. Readers see it at once; the driver stores it some time later, at the latest by `close`. */
  touchSession(id: string, lastUsedAt: number): void
  /** Ends a session. A second time it changes nothing. */
  endSession(id: string): Promise<void>
  /**
   * Calls the listener for every change once it is stored, including the changes of other processes. The use of a session is
   * no change.
   */
  subscribe(listener: (change: Change) => void): void
  /**
   * Resolves if the last attempt to store a change succeeded. It then costs, at most once a second, a look whether the stored
   * data is still in its place. After a failure it makes an attempt of its own, which leaves no trace. There is one such attempt
   * at a time, and at most one a second. All callers share its result.
   *
   * @throws `StoreUnavailableError` if the last attempt failed, or the stored data is not in its place.
   */
  requireWritable(): Promise<void>
  /** Waits for the changes that were begun. Later ones reject with `StoreUnavailableError`. */
  close(): Promise<void>
}

/** A store that holds everything in memory. */
export interface MemoryStore extends Store {
  /** The present content. Costs a copy of the lists of records. */
  capture(): StoreContent
  /** Replaces the whole content. @throws `Error` for a store that keeps its content on disk. */
  replaceAll(content: StoreContent): Promise<void>
}

/** Whether a store is a `MemoryStore`. */
export function isMemoryStore(store: Store): store is MemoryStore {
  return 'replaceAll' in store
}
