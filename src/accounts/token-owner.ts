import { type Clock, toSeconds } from '../clock.js'
import { invalidToken, Refusal, toUnauthorized } from '../errors/refusals.js'
import { type Lookup, whenFound } from '../lookup.js'
import type { FactorPolicy } from '../second-factor/factor-policy.js'
import type { Freshness, Session, Store, TokenState, User } from '../store/store.js'
import {
  type AccessClaims,
  byPasswordAlone,
  type Claims,
  isMultiFactor,
  type RefreshClaims
} from '../tokens/claims.js'
import { isActiveAt } from './account-members.js'

/** Judges verified tokens by the changes of their accounts since issue. */
export interface TokenOwners {
  /**
   * The account of a token, possibly one that is disabled, deleted or expired: the contract distinguishes that case. An operator
   * who disables or deletes an account raises its generation, too; its user does not.
   *
   * @throws `InvalidTokenError` for a token of an unknown account, of an older generation, that is revoked, or
   *   whose session has ended; and for one without the second factor that the account must have.
   */
  require(claims: Claims): Lookup<User>
  /** The state of the account of a token. @throws as `require`. */
  judge(claims: Claims): Lookup<AccountState>
  /** The account of a browser's session, judged as a token of it. @throws as `require`. */
  judgeSession(session: Session): Lookup<SessionState>
  /** The active account of the access token that a call presents. @throws as `require` but as a 401; `UserDoesNotExistError`. */
  requirePresenter(claims: AccessClaims): Promise<User>
  /**
   * The same for a call that needs the password, and the second factor if the account has one. A token that outlived a password
   * change, the end of all sessions or a new second factor does not stand for the password any more. @throws as `requirePresenter`; `PasswordAuthenticationRequiredError`.
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

/** The account behind a browser's session. */
export interface SessionState extends Pick<AccountState, 'isActive' | 'freshness'> {
  readonly user: User
}

/** The dependencies of the judgement of tokens. */
export interface TokenOwnersDependencies {
  store: Store
  clock: Clock
  requiresFactor: FactorPolicy
}

/** See `TokenOwners`. */
export function createTokenOwners({ store, clock, requiresFactor }: TokenOwnersDependencies): TokenOwners {
  const isActive = (user: User) => isActiveAt(user, toSeconds(clock()))

  function findState(claims: Claims): Lookup<TokenState> {
    const { uid, gen, jti } = claims
    return store.findTokenState({ uid, gen, jti, sessionId: sessionIdOf(claims) })
  }

  function requireOwner(claims: Claims): Lookup<User> {
    return whenFound(findState(claims), (state) => requireFactor(claims, ownerBy(claims, state)))
  }

  function requireFactor(claims: Pick<Session, 'amr'>, user: User): User {
    if (!requiresFactor(user) || isMultiFactor(claims)) return user
    throw invalidToken(
      'The account must have a second factor, and the token was obtained without one: sign in again.',
      'no second factor'
    )
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
        const user = requireFactor(claims, ownerBy(claims, state))
        return {
          isActive: isActive(user),
          isByPassword: isByPassword(claims, user),
          freshness: state.freshness
        }
      })
    },

    judgeSession({ id, uid, gen, amr }) {
      // With the id as that of its token, so that what was found good is remembered. No change keeps a token of this id.
      return whenFound(store.findTokenState({ uid, gen, jti: id, sessionId: id }), (state) => {
        const user = requireFactor({ amr: amr ?? byPasswordAlone }, ownerBy({ gen, jti: id }, state))
        return { user, isActive: isActive(user), freshness: state.freshness }
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
function ownerBy(
  claims: Pick<Claims, 'gen' | 'jti'>,
  { user, isRevoked, isSessionLiving }: TokenState
): User {
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

/**
 * Whether a token still stands for the password: it was obtained with it, and with the second factor if the account has one, and is of
 * the account's current generation.
 */
function isByPassword(claims: Claims, { gen, secondFactor }: User): boolean {
  const hasFactor = secondFactor === undefined || isMultiFactor(claims)
  const isObtainedWithIt = claims.token_type === 'access_token' && claims.authentication_method === 'password'
  return isObtainedWithIt && claims.gen === gen && hasFactor
}

/** The id of the session that a token ends with; undefined for an access token without one. */
export function sessionIdOf(claims: RefreshClaims): string
export function sessionIdOf(claims: Claims): string | undefined
export function sessionIdOf({ token_type, sid, jti }: Claims): string | undefined {
  return token_type === 'refresh_token' ? (sid ?? jti) : sid
}
