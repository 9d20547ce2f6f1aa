import { toSeconds } from '../clock.js'
import { InvalidArgument, incorrectCurrentPassword, MissingArgument } from '../errors/refusals.js'
import type { Lookup } from '../lookup.js'
import type { Requester } from '../requester.js'
import type { User } from '../store/store.js'
import type { AccessClaims } from '../tokens/claims.js'
import { requireDisplayName } from './account-members.js'
import { withMembers, withoutLink, withPassword } from './account-record.js'
import { isLastAdminGone } from './last-admin.js'
import { requireOwnPassword, requireUnmanaged } from './managed-account.js'
import { createRegistration, type Registration, type RegistrationDependencies } from './registration.js'
import type { AccountState, TokenOwners } from './token-owner.js'

/** The dependencies of accounts. */
export interface AccountsDependencies extends RegistrationDependencies {
  tokenOwners: TokenOwners
  /** Verifies as a login does: a wrong password counts as a failed login. */
  verifyPassword(user: User, password: string, requester: Requester): Promise<boolean>
  /** True: `confirmPassword` refuses a call without the current password. */
  currentPasswordRequired: boolean
}

/**
 * The operations on an account. A presenter is identified by the claims of its token, which `Tokens` has verified;
 * every method judges them again by the current state of the account. The audit receives each success and each refusal
 * with the client's address, which is null for the operator.
 */
export interface Accounts extends Registration {
  /**
   * Whether the account of a token is active, and whether the token still stands for its password. An otherwise valid token
   * of a disabled, deleted or expired account is not refused, because the contract distinguishes that case.
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
   * Changes the password and raises the token generation: it revokes all earlier tokens except the presented one. Returns the account
   * after that. Costs one run of argon2id.
   *
   * @throws as `confirmPassword`; `InvalidArgumentError`, `PasswordPolicyError`, `ManagedByFileError`, `StoreUnavailableError`.
   */
  changePassword(presented: AccessClaims, change: PasswordChange, requester: Requester): Promise<User>
  /**
   * Gives the user another display name, or none. It is not asked for the password: the name gives no right.
   *
   * @throws `InvalidArgumentError`, `ManagedByFileError`, `InvalidTokenError`, `UserDoesNotExistError`,
   *   `PasswordAuthenticationRequiredError`, `StoreUnavailableError`.
   */
  changeDisplayName(
    presented: AccessClaims,
    displayName: string | undefined,
    requester: Requester
  ): Promise<void>
  /** Deletes the user and revokes all its tokens; its name stays taken. Warns of the last active member of `postern-admins`. @throws as `changePassword`, but for the password. */
  deactivate(
    presented: AccessClaims,
    currentPassword: string | undefined,
    requester: Requester
  ): Promise<void>
}

/** The new password, and the current one if the client sends it. */
export interface PasswordChange {
  password: string
  currentPassword?: string | undefined
}

/** See `Accounts`. */
export function createAccounts(dependencies: AccountsDependencies): Accounts {
  const { store, tokenOwners, passwords, verifyPassword, audit, clock, currentPasswordRequired } =
    dependencies
  const now = () => toSeconds(clock())

  /** Changes the presenter's record, and judges the token again after each conflicting change. Returns the records before and after it. */
  async function changeOwner(presented: AccessClaims, change: (user: User) => User): Promise<[User, User]> {
    for (;;) {
      const user = await tokenOwners.requirePasswordPresenter(presented)
      const after = change(user)
      if (await store.replaceUser(user, after)) return [user, after]
    }
  }

  async function confirmPassword(
    presented: AccessClaims,
    currentPassword: string | undefined,
    requester: Requester
  ): Promise<void> {
    if (currentPassword === undefined && !currentPasswordRequired) return
    if (currentPassword === undefined || currentPassword === '') throw new MissingArgument('current_pass')
    const user = await tokenOwners.requirePasswordPresenter(presented)
    const { address } = requester
    await requireCurrent(user, currentPassword, requester).catch(audit.refusing({ address, user: user.name }))
  }

  async function requireCurrent(user: User, password: string, requester: Requester): Promise<void> {
    const isRight = await verifyPassword(user, password, requester).catch(isNone)
    if (!isRight) throw incorrectCurrentPassword()
  }

  return {
    ...createRegistration(dependencies),

    authenticate: tokenOwners.judge,

    confirmPassword,

    async changePassword(presented, { password, currentPassword }, requester) {
      passwords.requireAcceptable(password)
      await confirmPassword(presented, currentPassword, requester)
      // Saves a hash; the change decides.
      requireOwnPassword(await tokenOwners.requirePasswordPresenter(presented))
      const hash = await passwords.hash(password, requester)
      const [, user] = await changeOwner(presented, (user) => {
        requireOwnPassword(user)
        return withPassword(user, hash, now(), presented.jti)
      })
      audit.recordAccount('password_change', user, requester.address)
      return user
    },

    async changeDisplayName(presented, displayName, requester) {
      if (displayName !== undefined) requireDisplayName(displayName)
      const [, user] = await changeOwner(presented, (user) => {
        requireUnmanaged(user)
        return withMembers(user, { displayName: displayName ?? null })
      })
      audit.recordAccount('display_name_changed', user, requester.address)
    },

    async deactivate(presented, currentPassword, requester) {
      await confirmPassword(presented, currentPassword, requester)
      const [user] = await changeOwner(presented, (user) => ({ ...withoutLink(user), state: 'deleted' }))
      audit.recordAccount('deletion', user, requester.address)
      if (await isLastAdminGone(store, user, undefined, now())) {
        audit.recordAccount('last_admin_gone', user, requester.address)
      }
    }
  }
}

/** False for a text that no password can be, such as one that is too long: the call knows it by another name. */
function isNone(error: unknown): boolean {
  if (error instanceof InvalidArgument) return false
  throw error
}
