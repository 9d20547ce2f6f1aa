import { randomBytes } from 'node:crypto'
import type { Audit, AuditEvent } from './audit.js'
import { toUnauthorized } from './bearer.js'
import { type Clock, toSeconds } from './clock.js'
import { invalidToken, ServiceError } from './errors.js'
import type { Passwords } from './passwords.js'
import type { Store, User } from './store/store.js'
import type { Throttle } from './throttle.js'
import type { AccessClaims, Claims, RefreshClaims, Tokens } from './tokens.js'
import { normaliseUserName } from './user-name.js'

/** What accounts are built from. */
export interface AccountsDependencies {
  store: Store
  passwords: Passwords
  tokens: Tokens
  throttle: Throttle
  audit: Audit
  clock: Clock
  /** False: `register` refuses. */
  registrationOpen: boolean
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
   * Makes a user. Costs one run of argon2id.
   *
   * @throws `InvalidArgumentError`, `RegistrationClosedError`, `PasswordPolicyError`, `UserAlreadyExistsError` (also for
   *   the name of a deleted user), `ServerBusyError`, `StoreUnavailableError`.
   */
  register(name: string, password: string, address: string | null): Promise<void>
  /**
   * An access token for a name and its password. Costs one argon2id verification, whether or not the name exists;
   * a second run renews a hash that was made with other parameters.
   *
   * @throws `InvalidArgumentError`, `IncorrectPasswordError` for an unknown name too, `UserDeactivatedError` only after
   *   the right password, `TooManyFailuresError`, `ServerBusyError`.
   */
  signIn(name: string, password: string, address: string): Promise<string>
  /**
   * An access token for a refresh token, which stays usable.
   *
   * @throws `InvalidTokenError`, `TokenTypeError`, `UserDeactivatedError`; `TooManyFailuresError` for a token that is
   *   outlived or revoked, when there were too many failures. A good token is taken all the same.
   */
  refresh(refreshToken: string, address: string): Promise<string>
  /**
   * Whether the account of a token is active. A token of a deleted account that is good in every other way is not
   * refused but answered with false, because the contract tells that case apart.
   *
   * @throws `InvalidTokenError` for a token that is revoked, of an older generation, or of an unknown account.
   */
  authenticate(claims: Claims): Promise<boolean>
  /**
   * Changes the password and raises the token generation: all tokens issued before die, but the presented one. Costs one
   * run of argon2id.
   *
   * @throws `InvalidArgumentError`, `PasswordPolicyError`, `InvalidTokenError`, `UserDoesNotExistError`,
   *   `ServerBusyError`, `StoreUnavailableError`.
   */
  changePassword(presented: AccessClaims, password: string, address: string): Promise<void>
  /** Deletes the user: all its tokens die, its name stays taken. @throws as `changePassword`, but for the password. */
  deactivate(presented: AccessClaims, address: string): Promise<void>
  /** A refresh token. @throws `InvalidTokenError`, `UserDoesNotExistError`. */
  issueRefreshToken(presented: AccessClaims, address: string): Promise<string>
  /**
   * Revokes a refresh token of the presenter; a second time changes nothing.
   *
   * @throws `InvalidTokenError` (also for another user's token), `TokenTypeError`, `UserDoesNotExistError`,
   *   `StoreUnavailableError`.
   */
  revokeRefreshToken(presented: AccessClaims, refreshToken: string, address: string): Promise<void>
}

/** See `Accounts`. */
export function createAccounts(dependencies: AccountsDependencies): Accounts {
  const { store, passwords, tokens, throttle, audit, clock, registrationOpen, warn } = dependencies

  /** The account of a token that is current and, unless told otherwise, not revoked. It may be deactivated. */
  async function requireHolder(claims: Claims, { evenIfRevoked = false } = {}): Promise<User> {
    const user = await store.findUserById(claims.uid)
    if (user === undefined) throw invalidToken('The account of the token is not known here.')
    if (claims.gen !== user.gen && claims.jti !== user.keptJti) {
      throw invalidToken('The password was changed after the token was issued.')
    }
    if (!evenIfRevoked && (await store.isTokenRevoked(claims.jti)))
      throw invalidToken('The token has been revoked.')
    return user
  }

  async function requirePresenter(claims: AccessClaims): Promise<User> {
    const user = await requireHolder(claims).catch((error: unknown) => {
      throw toUnauthorized(error)
    })
    if (!user.active) throw new ServiceError('UserDoesNotExistError')
    return user
  }

  /** Changes the presenter's record, judging the token anew whenever another change has come first. */
  async function changeHolder(presented: AccessClaims, change: (user: User) => User): Promise<User> {
    for (;;) {
      const user = await requirePresenter(presented)
      if (await store.replaceUser(user, change(user))) return user
    }
  }

  async function renewHash(user: User, password: string): Promise<void> {
    try {
      // If the record has changed since, so has the password, or there is no need any more.
      await store.replaceUser(user, { ...user, hash: await passwords.hash(password) })
    } catch (error) {
      warn(error, 'a password hash with old parameters could not be renewed')
    }
  }

  function record(event: AuditEvent, user: Pick<User, 'name' | 'uid'>, address: string | null): void {
    audit.record({ event, address, user: user.name, uid: user.uid })
  }

  function refuse(address: string, user?: string) {
    return (error: unknown) => {
      audit.recordRefusal(error, { address, ...(user !== undefined && { user }) })
      throw error
    }
  }

  async function requireSignIn(name: string, password: string, address: string): Promise<User> {
    const attempt = { name, address }
    await throttle.requireAllowed(attempt)
    const user = await store.findUserByName(name)
    const isRight = await passwords.verify(user?.hash, password, (verification) =>
      throttle.judge(attempt, verification)
    )
    if (user === undefined || !isRight) throw new ServiceError('IncorrectPasswordError')
    if (!user.active) throw new ServiceError('UserDeactivatedError')
    return user
  }

  async function requireRefresh(refreshToken: string, address: string): Promise<User> {
    const claims = tokens.verify(refreshToken, 'refresh_token')
    try {
      const user = await requireHolder(claims)
      if (!user.active) throw new ServiceError('UserDeactivatedError')
      return user
    } catch (error) {
      // A token that was never ours is no attempt on anybody's account.
      if (error instanceof ServiceError) await throttle.countFailure({ name: claims.user, address })
      throw error
    }
  }

  async function requireRevocable(presented: AccessClaims, refreshToken: string): Promise<RefreshClaims> {
    const claims = tokens.verify(refreshToken, 'refresh_token')
    if (claims.uid !== presented.uid) throw invalidToken('The refresh token is not one of this user.')
    await requirePresenter(presented)
    await requireHolder(claims, { evenIfRevoked: true })
    return claims
  }

  return {
    async register(name, password, address) {
      const normalisedName = normaliseUserName(name)
      passwords.requireAcceptable(password)
      if (!registrationOpen) throw new ServiceError('RegistrationClosedError')
      // Spares the cost of a hash; `createUser` is what decides.
      if (await store.findUserByName(normalisedName)) throw new ServiceError('UserAlreadyExistsError')
      const user = {
        uid: randomBytes(16).toString('hex'),
        name: normalisedName,
        hash: await passwords.hash(password),
        active: true,
        gen: 0,
        createdAt: toSeconds(clock())
      }
      await store.createUser(user)
      record('sign_up', user, address)
    },

    async signIn(name, password, address) {
      const normalisedName = normaliseUserName(name)
      const user = await requireSignIn(normalisedName, password, address).catch(
        refuse(address, normalisedName)
      )
      if (passwords.needsRehash(user.hash)) await renewHash(user, password)
      record('login', user, address)
      return tokens.issueAccessToken(user, 'password')
    },

    async refresh(refreshToken, address) {
      const user = await requireRefresh(refreshToken, address).catch(refuse(address))
      record('refresh', user, address)
      return tokens.issueAccessToken(user, 'refresh_token')
    },

    authenticate(claims) {
      return requireHolder(claims).then(({ active }) => active)
    },

    async changePassword(presented, password, address) {
      passwords.requireAcceptable(password)
      const hash = await passwords.hash(password)
      const user = await changeHolder(presented, (user) => ({
        ...user,
        hash,
        gen: user.gen + 1,
        keptJti: presented.jti
      }))
      record('password_change', user, address)
    },

    async deactivate(presented, address) {
      record('deletion', await changeHolder(presented, (user) => ({ ...user, active: false })), address)
    },

    async issueRefreshToken(presented, address) {
      const user = await requirePresenter(presented)
      record('refresh_token_issued', user, address)
      return tokens.issueRefreshToken(user)
    },

    async revokeRefreshToken(presented, refreshToken, address) {
      const claims = await requireRevocable(presented, refreshToken).catch(refuse(address))
      await store.revokeToken({ jti: claims.jti, exp: claims.exp })
      audit.record({ event: 'revocation', address, user: claims.user, uid: claims.uid })
    }
  }
}
