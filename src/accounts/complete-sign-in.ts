import type { Requester } from '../requester.js'
import type { User } from '../store/store.js'

/** A complete sign-in. Nothing else leads to tokens or a session. */
export interface CompleteSignIn {
  readonly user: User
  /** When the password was given, in seconds. */
  readonly authTime: number
  /** How the user was authenticated (RFC 8176); undefined for the password alone. */
  readonly amr: readonly string[] | undefined
  /** Where the browser goes now, as it was given to the first step. */
  readonly returnTo?: string
}

/** A sign-in that waits until its user has set up a second factor. */
export interface SetUpSignIn {
  /** The account before that. */
  readonly user: User
  /** Completes it. @param after the account with the factor that was proved just now. */
  complete(after: User, requester: Requester): Promise<CompleteSignIn>
}
