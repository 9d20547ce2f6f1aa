import { isActiveAt } from '../accounts/account-members.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Requester } from '../requester.js'
import type { Store, User } from '../store/store.js'
import type { Throttle } from './throttle.js'

/** The dependencies of the first step of a sign-in. */
export interface PasswordStepDependencies {
  store: Store
  passwords: Passwords
  throttle: Throttle
  audit: Audit
  clock: Clock
  /** Reports a failure that does not fail the call: a hash that could not be renewed. */
  warn(error: unknown, message: string): void
}

/** The first step of a sign-in. */
export interface PasswordStep {
  /**
   * The account of a canonical name with this password, its hash renewed if it was made with other parameters.
   *
   * @throws `IncorrectPasswordError` for an unknown name too, `UserDeactivatedError` only after the right password,
   *   `TooManyFailuresError`, `ServerBusyError`.
   */
  prove(name: string, password: string, requester: Requester): Promise<User>
  /**
   * Whether this is the password of a user who is signed in. A wrong one counts as a failed login of the name. Costs one argon2id
   * verification.
   *
   * @throws `InvalidArgumentError`, `TooManyFailuresError`, `ServerBusyError`.
   */
  verifyPassword(user: User, password: string, requester: Requester): Promise<boolean>
}

/** See `PasswordStep`. */
export function createPasswordStep(dependencies: PasswordStepDependencies): PasswordStep {
  const { store, passwords, throttle, audit, clock, warn } = dependencies

  async function verify(
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
    const isRight = await verify(user, name, password, requester)
    if (user === undefined || !isRight) throw new Refusal('IncorrectPasswordError')
    if (!isActiveAt(user, toSeconds(clock()))) throw new Refusal('UserDeactivatedError')
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
    async prove(name, password, requester) {
      const refusing = audit.refusing({ address: requester.address, user: name })
      const user = await requireUser(name, password, requester).catch(refusing)
      if (user.hash !== undefined && passwords.needsRehash(user.hash))
        await renewHash(user, password, requester)
      return user
    },

    async verifyPassword(user, password, requester) {
      const { name, gen } = user
      const isRight = await verify(user, name, password, requester)
      if (isRight) await throttle.complete({ name, address: requester.address, gen })
      return isRight
    }
  }
}
