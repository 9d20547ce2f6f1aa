/** An account. Records are never changed in place: a change makes a new one. */
export interface User {
  /** 32 hex digits, never reused. */
  readonly uid: string
  /** In NFC; unique, also among deactivated users. */
  readonly name: string
  /** PHC string. */
  readonly hash: string
  /** False once the user was deleted; the record stays, so that nobody takes over the name. */
  readonly active: boolean
  /** The token generation: tokens of another one are refused, except `keptJti`. */
  readonly gen: number
  /** The `jti` of the access token that was presented for the last password change, and outlives it. */
  readonly keptJti?: string
  /** In seconds since the epoch. */
  readonly createdAt: number
}

/** The `jti` of a token that is refused until it expires by itself, at `exp` seconds since the epoch. */
export interface RevokedToken {
  readonly jti: string
  readonly exp: number
}

/** The answer to a lookup, at once if it is at hand: a promise costs more than the lookup does. */
export type Lookup<T> = T | Promise<T>

/**
 * Users and revoked tokens, kept for good.
 *
 * What every driver promises:
 * - Each method is atomic: concurrent calls have the result of some order of them.
 * - A change is on disk, or wherever the driver keeps it, when its promise resolves; readers see it no earlier.
 * - A change that could not be stored rejects with `StoreUnavailableError`, and nothing of it is seen then or later.
 *   The store goes on working and recovers with the disk.
 * - Revoked tokens are forgotten some time after they have expired.
 */
export interface Store {
  /** The user of this name, active or not. */
  findUserByName(name: string): Lookup<User | undefined>
  /** The user of this id, active or not. */
  findUserById(uid: string): Lookup<User | undefined>
  /** Adds a user. @throws `UserAlreadyExistsError` if there is one of that name, active or not. */
  createUser(user: User): Promise<void>
  /**
   * Replaces a record, unless it has changed since `before` was read: then nothing happens and the answer is false.
   * `uid` and `name` stay the same.
   */
  replaceUser(before: User, after: User): Promise<boolean>
  /** Adds a token to the revoked ones. To revoke it a second time changes nothing. */
  revokeToken(token: RevokedToken): Promise<void>
  isTokenRevoked(jti: string): Lookup<boolean>
  /**
   * Resolves if changes can be stored, as far as the last attempt to store one tells: while all is well this costs nothing,
   * and touches no disk. After a failure it makes an attempt of its own, which leaves no trace: one at a time and at most
   * one a second, whose result all callers share.
   *
   * @throws `StoreUnavailableError` while the last attempt has failed.
   */
  requireWritable(): Promise<void>
  /** Waits for what is under way; no method is called afterwards. */
  close(): Promise<void>
}
