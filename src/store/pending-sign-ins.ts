import type { Lookup } from '../lookup.js'

/** A sign-in whose password was right, and that waits for its second step. It gives no right to anything. */
export interface PendingSignIn {
  /** SHA-256 of its secret, in hex. */
  readonly digest: string
  /** The `uid` of its user. */
  readonly uid: string
  /** The token generation of the account when the password was given: a sign-in of an older one is over. */
  readonly gen: number
  /** When the password was given, in seconds since the epoch. */
  readonly authTime: number
  /** In seconds since the epoch. */
  readonly expiresAt: number
  /** Where the browser goes when it is complete: at most 2,048 characters, judged before. */
  readonly returnTo?: string
}

/**
 * The sign-ins under way, as a driver keeps them, also over a restart. Each method is atomic. They are forgotten some time after they
 * have expired, or when there are too many: each one has taken a run of argon2id, or is one of those that a user gets in a
 * minute. They are in no dump and in no backup.
 *
 * A driver that cannot reach them throws `StoreUnavailableError`.
 */
export interface PendingSignIns {
  add(signIn: PendingSignIn): Promise<void>
  /** The sign-in whose secret has this digest; undefined once it is removed, or has expired. */
  find(digest: string): Lookup<PendingSignIn | undefined>
  /** Removes a sign-in. Returns false if it is gone, or has expired: of calls at the same time one gets true. */
  remove(digest: string): Promise<boolean>
  /** Forgets all of them. */
  clear(): Lookup<void>
}
