import { createHash, randomBytes } from 'node:crypto'
import { isActiveAt } from '../accounts/account-members.js'
import { type Clock, toSeconds } from '../clock.js'
import { copyText } from '../copy-text.js'
import { invalidToken, type Refusal } from '../errors/refusals.js'
import type { PendingSignIn, PendingSignIns } from '../store/pending-sign-ins.js'
import type { Store, User } from '../store/store.js'

/** The dependencies of the sign-ins that wait for their second step. */
export interface WaitingSignInsDependencies {
  store: Store
  pendingSignIns: PendingSignIns
  clock: Clock
}

/** A sign-in that waits, and its user. */
export interface FoundSignIn {
  readonly user: User
  readonly pending: PendingSignIn
}

/** The sign-ins that wait for their second step, each by a secret of 256 random bits, for 5 minutes. */
export interface WaitingSignIns {
  /** Has a sign-in whose password was right wait. Returns its secret, once. @throws `StoreUnavailableError`. */
  begin(user: User, returnTo?: string): Promise<string>
  /**
   * The sign-in of a secret, and its user; undefined if there is none, if it has expired, and if the account is barred or has another
   * token generation.
   */
  find(secret: string): Promise<FoundSignIn | undefined>
  /**
   * The same.
   *
   * @throws `InvalidTokenError` where `find` gives none.
   */
  require(secret: string): Promise<FoundSignIn>
  /** Ends a sign-in that is about to be complete. @throws `InvalidTokenError` if another request has ended it. */
  end(pending: PendingSignIn): Promise<void>
}

// In seconds.
const lifetime = 300
const secretLength = 32

/** See `WaitingSignIns`. */
export function createWaitingSignIns(dependencies: WaitingSignInsDependencies): WaitingSignIns {
  const { store, pendingSignIns, clock } = dependencies
  const now = () => toSeconds(clock())

  async function find(secret: string): Promise<FoundSignIn | undefined> {
    const pending = await pendingSignIns.find(digestOf(secret))
    const user = pending && (await store.findUserById(pending.uid))
    const isGood = user !== undefined && user.gen === pending?.gen && isActiveAt(user, now())
    return pending !== undefined && isGood ? { user, pending } : undefined
  }

  return {
    async begin({ uid, gen }, returnTo) {
      const secret = randomBytes(secretLength).toString('base64url')
      const times = { authTime: now(), expiresAt: now() + lifetime }
      const destination = returnTo === undefined ? {} : { returnTo: copyText(returnTo) }
      await pendingSignIns.add({ digest: digestOf(secret), uid, gen, ...times, ...destination })
      return secret
    },

    find,

    async require(secret) {
      const found = await find(secret)
      if (found === undefined) throw signInIsOver()
      return found
    },

    async end({ digest }) {
      if (!(await pendingSignIns.remove(digest))) throw signInIsOver()
    }
  }
}

/** The refusal of a sign-in that does not wait for this step any more. */
export function signInIsOver(): Refusal {
  return invalidToken('The sign-in is over: give the name and the password again.')
}

function digestOf(secret: string): string {
  // Apart from those of other secrets that a driver keeps for a short time.
  return createHash('sha256').update(`sign-in ${secret}`).digest('hex')
}
