import type { Audit, AuditEvent } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { incorrectCurrentPassword, invalidArgument, ServiceError } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { Passwords, Requester } from '../passwords/passwords.js'
// biome-ignore lint/style/noRestrictedImports: until signing in is apart from the registry of accounts
import type { Throttle } from '../sign-in/throttle.js'
import { type Lookup, whenFound } from '../store/lookup.js'
import type { Store, User } from '../store/store.js'
import type { AccessClaims } from '../tokens/claims.js'
import type { Tokens } from '../tokens/tokens.js'
import { type Holders, isByPassword } from './token-owner.js'
import { normaliseNewUserName, normaliseUserName } from './user-name.js'
import type { GivenUser } from './users-file.js'

export type { Requester } from '../passwords/passwords.js'

/** What accounts are built from. */
export interface AccountsDependencies {
  store: Store
  holders: Holders
  passwords: Passwords
  tokens: Tokens
  throttle: Throttle
  audit: Audit
  clock: Clock
  /** False: `register` refuses. */
  registrationOpen: boolean
  /** True: `confirmPassword` refuses a call without the current password. */
  currentPasswordRequired: boolean
  /** Is told of what failed without failing the call: a hash that could not be renewed. */
  warn(error: unknown, message: string): void
}

/**
 * What can be done with an account. Whoever presents a token does so by its claims, which `Tokens` has verified;
 * every method judges them again by the account's state at that moment. What was done, and which logins failed, is told to
 * the audit, with the address of the client, which is null for the operator.
 */
export interface Accounts {
  /**
   * Makes a user, for the operator unless a requester is given. Costs one run of argon2id.
   *
   * @throws `InvalidArgumentError`, `RegistrationClosedError`, `PasswordPolicyError`, `UserAlreadyExistsError` (also for
   *   the name of a deleted user), `TooManySignUpsError`, `ServerBusyError`, `StoreUnavailableError`.
   */
  register(name: string, password: string, requester?: Requester): Promise<void>
  /**
   * Makes a user that the operator gives, unless there is one of that name; the answer is the one that there is then, and
   * whether it was made. Costs a run of argon2id, unless a hash is given.
   *
   * @throws as `register`, but for the registration that is closed.
   */
  give(given: GivenUser): Promise<{ user: User; isMade: boolean }>
  /** An access token for a name and its password. Costs and throws as `requireUser`. */
  signIn(name: string, password: string, requester: Requester): Promise<string>
  /**
   * The account of a name with this password. Costs one argon2id verification, whether or not the name exists;
   * a second run renews a hash that was made with other parameters.
   *
   * @throws `InvalidArgumentError`, `IncorrectPasswordError` for an unknown name too, `UserDeactivatedError` only after
   *   the right password, `TooManyFailuresError`, `ServerBusyError`.
   */
  requireUser(name: string, password: string, requester: Requester): Promise<User>
  /**
   * Whether the account of a token is active, and whether the token still stands for its password. A token of a deleted
   * account that is good in every other way is not refused, because the contract tells that case apart.
   *
   * @throws `InvalidTokenError` for a token that is revoked, of an older generation, or of an unknown account.
   */
  authenticate(claims: AccessClaims): Lookup<AccountState>
  /**
   * Requires the presenter's current password of a call that would outlast a stolen token. Without one the call goes on,
   * unless it is required. A wrong one counts as a failed login. Costs one argon2id verification if one is given.
   *
   * @throws `InvalidArgumentError` if it is missing and required, `IncorrectPasswordError` as a 403,
   *   `InvalidTokenError`, `UserDoesNotExistError`, `TooManyFailuresError`, `ServerBusyError`.
   */
  confirmPassword(
    presented: AccessClaims,
    currentPassword: string | undefined,
    requester: Requester
  ): Promise<void>
  /**
   * Changes the password and raises the token generation: all tokens issued before die, but the presented one. Costs one
   * run of argon2id.
   *
   * @throws as `confirmPassword`; `InvalidArgumentError`, `PasswordPolicyError`, `StoreUnavailableError`.
   */
  changePassword(presented: AccessClaims, change: PasswordChange, requester: Requester): Promise<void>
  /** Deletes the user: all its tokens die, its name stays taken. @throws as `changePassword`, but for the password. */
  deactivate(
    presented: AccessClaims,
    currentPassword: string | undefined,
    requester: Requester
  ): Promise<void>
}

/** What an account says of a token of its. */
export interface AccountState {
  isActive: boolean
  /** Whether the token stands for the password. */
  isByPassword: boolean
}

/** The password to change to, and the one that it replaces if the client sends it. */
export interface PasswordChange {
  password: string
  currentPassword?: string | undefined
}

/** See `Accounts`. */
export function createAccounts(dependencies: AccountsDependencies): Accounts {
  const { store, holders, passwords, tokens, throttle, audit, clock, warn } = dependencies
  const { registrationOpen, currentPasswordRequired } = dependencies

  /** Changes the presenter's record, judging the token anew whenever another change has come first. */
  async function changeHolder(presented: AccessClaims, change: (user: User) => User): Promise<User> {
    for (;;) {
      const user = await holders.requirePasswordPresenter(presented)
      if (await store.replaceUser(user, change(user))) return user
    }
  }

  async function renewHash(user: User, password: string, requester: Requester): Promise<void> {
    try {
      // If the record has changed since, so has the password, or there is no need any more.
      await store.replaceUser(user, { ...user, hash: await passwords.hash(password, requester) })
    } catch (error) {
      warn(error, 'a password hash with old parameters could not be renewed')
    }
  }

  function record(event: AuditEvent, user: Pick<User, 'name' | 'uid'>, address: string | null): void {
    audit.record({ event, address, user: user.name, uid: user.uid })
  }

  function refuse(address: string, user: string) {
    return (error: unknown) => {
      audit.recordRefusal(error, { address, user })
      throw error
    }
  }

  async function isPassword(
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

  async function requirePassword(name: string, password: string, requester: Requester): Promise<User> {
    const user = await store.findUserByName(name)
    const isRight = await isPassword(user, name, password, requester)
    if (user === undefined || !isRight) throw new ServiceError('IncorrectPasswordError')
    if (!user.active) throw new ServiceError('UserDeactivatedError')
    return user
  }

  async function requireUser(name: string, password: string, requester: Requester): Promise<User> {
    const normalisedName = normaliseUserName(name)
    const user = await requirePassword(normalisedName, password, requester).catch(
      refuse(requester.address, normalisedName)
    )
    if (passwords.needsRehash(user.hash)) await renewHash(user, password, requester)
    record('login', user, requester.address)
    return user
  }

  async function confirmPassword(
    presented: AccessClaims,
    currentPassword: string | undefined,
    requester: Requester
  ): Promise<void> {
    if (currentPassword === undefined) {
      if (currentPasswordRequired) throw invalidArgument('current_pass', 'is missing')
      return
    }
    const user = await holders.requirePasswordPresenter(presented)
    try {
      const isRight = await isPassword(user, user.name, currentPassword, requester)
      if (!isRight) throw incorrectCurrentPassword()
    } catch (error) {
      refuse(requester.address, user.name)(error)
    }
  }

  async function create(
    name: string,
    { hash, uid = createId(), claims, active = true }: Partial<GivenUser> & { hash: string }
  ): Promise<User> {
    const user: User = {
      uid,
      name,
      hash,
      active,
      gen: 0,
      createdAt: toSeconds(clock()),
      ...(claims !== undefined && { claims })
    }
    await store.createUser(user)
    return user
  }

  return {
    async register(name, password, requester) {
      const normalisedName = normaliseNewUserName(name)
      passwords.requireAcceptable(password)
      if (!registrationOpen) throw new ServiceError('RegistrationClosedError')
      // Spares the cost of a hash; `createUser` is what decides.
      if (await store.findUserByName(normalisedName)) throw new ServiceError('UserAlreadyExistsError')
      const signUp = async () =>
        await create(normalisedName, { hash: await passwords.hash(password, requester) })
      const user = await (requester === undefined
        ? signUp()
        : throttle.admitSignUp(requester.address, signUp).catch(refuse(requester.address, normalisedName)))
      record('sign_up', user, requester?.address ?? null)
    },

    async give({ name, password = '', ...given }) {
      const normalisedName = normaliseUserName(name)
      const known = await store.findUserByName(normalisedName)
      if (known !== undefined) return { user: known, isMade: false }
      normaliseNewUserName(name)
      tokens.requireShortClaims(given.claims)
      if (given.hash === undefined) passwords.requireAcceptable(password)
      const hash = given.hash ?? (await passwords.hash(password))
      try {
        const user = await create(normalisedName, { ...given, hash })
        record('sign_up', user, null)
        return { user, isMade: true }
      } catch (error) {
        // It may have been made while the password was hashed. If not, it is the id that is taken.
        const other = isTaken(error) ? await store.findUserByName(normalisedName) : undefined
        if (other === undefined) throw error
        return { user: other, isMade: false }
      }
    },

    requireUser,

    async signIn(name, password, requester) {
      return tokens.issueAccessToken(await requireUser(name, password, requester), 'password')
    },

    authenticate(claims) {
      return whenFound(holders.require(claims), (user) => ({
        isActive: user.active,
        isByPassword: isByPassword(claims, user)
      }))
    },

    confirmPassword,

    async changePassword(presented, { password, currentPassword }, requester) {
      passwords.requireAcceptable(password)
      await confirmPassword(presented, currentPassword, requester)
      const hash = await passwords.hash(password, requester)
      const user = await changeHolder(presented, (user) => ({
        ...user,
        hash,
        gen: user.gen + 1,
        keptJti: presented.jti
      }))
      record('password_change', user, requester.address)
    },

    async deactivate(presented, currentPassword, requester) {
      await confirmPassword(presented, currentPassword, requester)
      const user = await changeHolder(presented, (user) => ({ ...user, active: false }))
      record('deletion', user, requester.address)
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof ServiceError && error.name === 'UserAlreadyExistsError'
}
