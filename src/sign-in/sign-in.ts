import { isActiveAt } from '../accounts/account-members.js'
import { normaliseUserName } from '../accounts/user-name.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Requester } from '../requester.js'
import type { Store, User } from '../store/store.js'
import type { Throttle } from './throttle.js'

/** The dependencies of signing in. */
export interface SignInDependencies {
  store: Store
  passwords: Passwords
  throttle: Throttle
  audit: Audit
  clock: Clock
  /** Reports a failure that does not fail the call: a hash that could not be renewed. */
  warn(error: unknown, message: string): void
}

/** Credentials in, user out. */
export interface SignIn {
  /**
   * The account of a name with this password. Costs one argon2id verification, whether or not the name exists;
   * a second run renews a hash that was made with other parameters. An account without a password is as an unknown name.
   *
   * @throws `InvalidArgumentError`, `IncorrectPasswordError` for an unknown name too, `UserDeactivatedError` only after
   *   the right password, `TooManyFailuresError`, `ServerBusyError`.
   */
  byPassword(name: string, password: string, requester: Requester): Promise<User>
  /**
   * Whether this is the user's password. A wrong one counts as a failed login of the name. Costs one argon2id verification, also
   * without a user.
   *
   * @throws `InvalidArgumentError`, `TooManyFailuresError`, `ServerBusyError`.
   */
  verifyPassword(
    user: User | undefined,
    name: string,
    password: string,
    requester: Requester
  ): Promise<boolean>
}

/** See `SignIn`. */
export function createSignIn(dependencies: SignInDependencies): SignIn {
  const { store, passwords, throttle, audit, clock, warn } = dependencies
  const now = () => toSeconds(clock())

  async function verifyPassword(
    user: User | undefined,
    name: string,
    password: string,
    requester: Requester
  ): Promise<boolean> {
    const attempt = { name, address: requester.address, gen: user?.gen }
    await throttle.requireAllowed(attempt)
    const judge = (verification: () => Promise<boolean>) => throttle.judge(attempt, verification)
    return await passwords.verify(user?.hash, password, judge, requester)
  }

  async function requireUser(name: string, password: string, requester: Requester): Promise<User> {
    const user = await store.findUserByName(name)
    const isRight = await verifyPassword(user, name, password, requester)
    if (user === undefined || !isRight) throw new Refusal('IncorrectPasswordError')
    if (!isActiveAt(user, now())) throw new Refusal('UserDeactivatedError')
    return user
  }

  async function renewHash(user: User, password: string, requester: Requester): Promise<void> {
    try {
      // If the record has changed since, so has the password, or the renewal is no longer needed.
      await store.replaceUser(user, { ...user, hash: await passwords.hash(password, requester) })
    } catch (error) {
      warn(error, 'a password hash with old parameters could not be renewed')
    }
  }

  return {
    async byPassword(name, password, requester) {
      const normalisedName = normaliseUserName(name)
      const { address } = requester
      const refusing = audit.refusing({ address, user: normalisedName })
      const user = await requireUser(normalisedName, password, requester).catch(refusing)
      if (user.hash !== undefined && passwords.needsRehash(user.hash))
        await renewHash(user, password, requester)
      store.touchUser(user.uid, now())
      audit.recordAccount('login', user, address)
      return user
    },

    verifyPassword
  }
}
