import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { incorrectCurrentPassword, invalidArgument, Refusal } from '../errors/refusals.js'
import { createId } from '../ids.js'
import { type Lookup, whenFound } from '../lookup.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Requester } from '../requester.js'
import type { Store, User } from '../store/store.js'
import type { AccessClaims } from '../tokens/claims.js'
import type { Tokens } from '../tokens/tokens.js'
import { isByPassword, type TokenOwners } from './token-owner.js'
import { normaliseNewUserName, normaliseUserName } from './user-name.js'
import type { SeedUser } from './users-file.js'

/** The dependencies of accounts. */
export interface AccountsDependencies {
  store: Store
  tokenOwners: TokenOwners
  passwords: Passwords
  tokens: Tokens
  /** Verifies as a login does: a wrong password counts as a failed login. */
  verifyPassword(user: User, name: string, password: string, requester: Requester): Promise<boolean>
  /** Creates a user, unless the requester's network has created too many. */
  admitSignUp<Result>(address: string, signUp: () => Promise<Result>): Promise<Result>
  audit: Audit
  clock: Clock
  /** False: `register` refuses. */
  registrationOpen: boolean
  /** True: `confirmPassword` refuses a call without the current password. */
  currentPasswordRequired: boolean
}

/**
 * The operations on an account. A presenter is identified by the claims of its token, which `Tokens` has verified;
 * every method judges them again by the current state of the account. The audit receives each success and each refusal
 * with the client's address, which is null for the operator.
 */
export interface Accounts {
  /**
   * Creates a user, for the operator unless a requester is given. Costs one run of argon2id.
   *
   * @throws `InvalidArgumentError`, `RegistrationClosedError`, `PasswordPolicyError`, `UserAlreadyExistsError` (also for
   *   the name of a deleted user), `TooManySignUpsError`, `ServerBusyError`, `StoreUnavailableError`.
   */
  register(name: string, password: string, requester?: Requester): Promise<void>
  /**
   * Creates a user of the operator, unless the name exists. The answer is the stored user, and
   * whether it was created. Costs one run of argon2id, unless a hash is given.
   *
   * @throws as `register`, except `RegistrationClosedError`.
   */
  ensureUser(given: SeedUser): Promise<{ user: User; isNew: boolean }>
  /**
   * Whether the account of a token is active, and whether the token still stands for its password. An otherwise valid token
   * of a deleted account is not refused, because the contract distinguishes that case.
   *
   * @throws `InvalidTokenError` for a token that is revoked, of an older generation, or of an unknown account.
   */
  authenticate(claims: AccessClaims): Lookup<AccountState>
  /**
   * Requires the presenter's current password for a call that would outlast a stolen token. Without one the call proceeds,
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
   * Changes the password and raises the token generation: it revokes all earlier tokens except the presented one. Costs one
   * run of argon2id.
   *
   * @throws as `confirmPassword`; `InvalidArgumentError`, `PasswordPolicyError`, `StoreUnavailableError`.
   */
  changePassword(presented: AccessClaims, change: PasswordChange, requester: Requester): Promise<void>
  /** Deletes the user and revokes all its tokens; its name stays taken. @throws as `changePassword`, but for the password. */
  deactivate(
    presented: AccessClaims,
    currentPassword: string | undefined,
    requester: Requester
  ): Promise<void>
}

/** The state of the account behind a token. */
export interface AccountState {
  isActive: boolean
  /** Whether the token stands for the password. */
  isByPassword: boolean
}

/** The new password, and the current one if the client sends it. */
export interface PasswordChange {
  password: string
  currentPassword?: string | undefined
}

/** See `Accounts`. */
export function createAccounts(dependencies: AccountsDependencies): Accounts {
  const { store, tokenOwners, passwords, tokens, verifyPassword, admitSignUp, audit, clock } = dependencies
  const { registrationOpen, currentPasswordRequired } = dependencies

  /** Changes the presenter's record, and judges the token again after each conflicting change. */
  async function changeOwner(presented: AccessClaims, change: (user: User) => User): Promise<User> {
    for (;;) {
      const user = await tokenOwners.requirePasswordPresenter(presented)
      if (await store.replaceUser(user, change(user))) return user
    }
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
    const user = await tokenOwners.requirePasswordPresenter(presented)
    const { address } = requester
    await requireCurrent(user, currentPassword, requester).catch(audit.refusing({ address, user: user.name }))
  }

  async function requireCurrent(user: User, password: string, requester: Requester): Promise<void> {
    const isRight = await verifyPassword(user, user.name, password, requester)
    if (!isRight) throw incorrectCurrentPassword()
  }

  async function create(
    name: string,
    { hash, uid = createId(), claims, active = true }: Partial<SeedUser> & { hash: string }
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
      if (!registrationOpen) throw new Refusal('RegistrationClosedError')
      // Saves a hash; `createUser` decides.
      if (await store.findUserByName(normalisedName)) throw new Refusal('UserAlreadyExistsError')
      const signUp = async () =>
        await create(normalisedName, { hash: await passwords.hash(password, requester) })
      const user = await (requester === undefined
        ? signUp()
        : admitSignUp(requester.address, signUp).catch(
            audit.refusing({ address: requester.address, user: normalisedName })
          ))
      audit.recordAccount('sign_up', user, requester?.address ?? null)
    },

    async ensureUser({ name, password = '', ...given }) {
      const normalisedName = normaliseUserName(name)
      const known = await store.findUserByName(normalisedName)
      if (known !== undefined) return { user: known, isNew: false }
      normaliseNewUserName(name)
      tokens.requireShortClaims(given.claims)
      if (given.hash === undefined) passwords.requireAcceptable(password)
      const hash = given.hash ?? (await passwords.hash(password))
      try {
        const user = await create(normalisedName, { ...given, hash })
        audit.recordAccount('sign_up', user, null)
        return { user, isNew: true }
      } catch (error) {
        // The name may have been taken during the hashing. Otherwise the id is taken.
        const other = isTaken(error) ? await store.findUserByName(normalisedName) : undefined
        if (other === undefined) throw error
        return { user: other, isNew: false }
      }
    },

    authenticate(claims) {
      return whenFound(tokenOwners.require(claims), (user) => ({
        isActive: user.active,
        isByPassword: isByPassword(claims, user)
      }))
    },

    confirmPassword,

    async changePassword(presented, { password, currentPassword }, requester) {
      passwords.requireAcceptable(password)
      await confirmPassword(presented, currentPassword, requester)
      const hash = await passwords.hash(password, requester)
      const user = await changeOwner(presented, (user) => ({
        ...user,
        hash,
        gen: user.gen + 1,
        keptJti: presented.jti
      }))
      audit.recordAccount('password_change', user, requester.address)
    },

    async deactivate(presented, currentPassword, requester) {
      await confirmPassword(presented, currentPassword, requester)
      const user = await changeOwner(presented, (user) => ({ ...user, active: false }))
      audit.recordAccount('deletion', user, requester.address)
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Refusal && error.name === 'UserAlreadyExistsError'
}
