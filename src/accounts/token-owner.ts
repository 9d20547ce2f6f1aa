import { type Clock, toSeconds } from '../clock.js'
import { invalidToken, Refusal, toUnauthorized } from '../errors/refusals.js'
import { type Lookup, whenFound } from '../lookup.js'
import type { Freshness, Store, TokenState, User } from '../store/store.js'
import type { AccessClaims, Claims, RefreshClaims } from '../tokens/claims.js'
import { isActiveAt } from './account-members.js'

/** Judges verified tokens by the changes of their accounts since issue. */
export interface TokenOwners {
  /**
   * The account of a token, possibly one that is disabled, deleted or expired: the contract distinguishes that case. An operator
   * who disables or deletes an account raises its generation, too; its user does not.
   *
   * @throws `InvalidTokenError` for a token of an unknown account, of an older generation, that is revoked, or
   *   whose session has ended.
   */
  require(claims: Claims): Lookup<User>
  /** The state of the account of an access token. @throws as `require`. */
  judge(claims: AccessClaims): Lookup<AccountState>
  /** The active account of the access token that a call presents. @throws as `require` but as a 401; `UserDoesNotExistError`. */
  requirePresenter(claims: AccessClaims): Promise<User>
  /**
   * The same for a call that needs the password. A token that outlived a password change, or the end of all sessions, does not
   * stand for the password any more. @throws as `requirePresenter`; `PasswordAuthenticationRequiredError`.
   */
  requirePasswordPresenter(claims: AccessClaims): Promise<User>
}

/** The state of the account behind a token. */
export interface AccountState {
  readonly isActive: boolean
  /** Whether the token stands for the password. */
  readonly isByPassword: boolean
  /** The age of the records that it was judged by; see `TokenState`. */
  readonly freshness: Freshness | undefined
}

/** The dependencies of the judgement of tokens. */
export interface TokenOwnersDependencies {
  store: Store
  clock: Clock
}

/** See `TokenOwners`. */
export function createTokenOwners({ store, clock }: TokenOwnersDependencies): TokenOwners {
  const isActive = (user: User) => isActiveAt(user, toSeconds(clock()))

  function findState(claims: Claims): Lookup<TokenState> {
    const { uid, gen, jti } = claims
    return store.findTokenState({ uid, gen, jti, sessionId: sessionIdOf(claims) })
  }

  function requireOwner(claims: Claims): Lookup<User> {
    return whenFound(findState(claims), (state) => ownerBy(claims, state))
  }

  async function requirePresenter(claims: AccessClaims): Promise<User> {
    const user = await requireAuthorized(claims)
    if (!isActive(user)) throw new Refusal('UserDoesNotExistError')
    return user
  }

  async function requireAuthorized(claims: AccessClaims): Promise<User> {
    try {
      return await requireOwner(claims)
    } catch (error) {
      throw toUnauthorized(error)
    }
  }

  return {
    require: requireOwner,

    judge(claims) {
      return whenFound(findState(claims), (state) => {
        const user = ownerBy(claims, state)
        return {
          isActive: isActive(user),
          isByPassword: isByPassword(claims, user),
          freshness: state.freshness
        }
      })
    },

    requirePresenter,

    async requirePasswordPresenter(claims) {
      const user = await requirePresenter(claims)
      if (!isByPassword(claims, user)) throw new Refusal('PasswordAuthenticationRequiredError')
      return user
    }
  }
}

/** The account of a token in this state. @throws as `TokenOwners.require`. */
function ownerBy(claims: Claims, { user, isRevoked, isSessionLiving }: TokenState): User {
  if (user === undefined) throw invalidToken('The account of the token is not known here.')
  const isKept = claims.jti === user.keptJti
  if (claims.gen !== user.gen && !isKept) {
    throw invalidToken(
      'The password was changed, or all sessions were ended, after the token was issued.',
      'password changed'
    )
  }
  if (isRevoked || (!isSessionLiving && !isKept)) throw invalidToken('The token has been revoked.', 'revoked')
  return user
}

/** Whether a token still stands for the password: it was obtained with it, and is of the account's current generation. */
function isByPassword(claims: AccessClaims, { gen }: Pick<User, 'gen'>): boolean {
  return claims.authentication_method === 'password' && claims.gen === gen
}

/** The id of the session that a token ends with; undefined for an access token without one. */
export function sessionIdOf(claims: RefreshClaims): string
export function sessionIdOf(claims: Claims): string | undefined
export function sessionIdOf({ token_type, sid, jti }: Claims): string | undefined {
  return token_type === 'refresh_token' ? (sid ?? jti) : sid
}
