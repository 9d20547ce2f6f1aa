import { withoutTokens } from '../accounts/account-record.js'
import { toSeconds } from '../clock.js'
import type { Requester } from '../requester.js'
import type { CompleteSignIn, Credentials, SignIn } from '../sign-in/sign-in.js'
import type { Session, User } from '../store/store.js'
import {
  type AccessClaims,
  type AuthenticationMethod,
  authTimeOf,
  byPasswordAlone,
  isMultiFactor
} from '../tokens/claims.js'
import type { AccessContext, TokenIdentity } from '../tokens/tokens.js'
import { createRefreshTokenUse, type RefreshTokenUseDependencies } from './refresh-token-use.js'
import { createRevocations, type Revocations, type RevocationsDependencies } from './revocations.js'
import type { ListedKinds, ListedSession, SessionList } from './session-list.js'
import { createSessionStart, type SessionOrigin, type SessionStartDependencies } from './session-start.js'
import { createFamily } from './token-family.js'

export type { Session } from '../store/store.js'

/** The dependencies of sessions; times are in seconds. */
export interface SessionsDependencies
  extends RevocationsDependencies,
    SessionStartDependencies,
    RefreshTokenUseDependencies {
  signIn: SignIn
  sessionList: SessionList
}

/** The response of a grant (RFC 6749 §5.1). */
export interface Grant {
  accessToken: string
  refreshToken?: string
  /** The lifetime of the access token, in seconds. */
  expiresIn: number
  /** The user's own claims, beside the required ones. */
  claims: User['claims']
}

/**
 * Issues all tokens, and keeps the sessions of refresh tokens. A refresh token of `issue` is reusable. The refresh tokens of
 * `grant` form a family: each use retires one and gives the next (RFC 9700 §4.14.2). A family is bound to the OAuth client that
 * received it, if any (RFC 6749 §10.4). All tokens end with their account and its token generation.
 * They tell when the user was authenticated and how, if the session knows it.
 */
export interface Sessions extends Revocations {
  /** An access token for credentials, without a session. Costs and throws as `SignIn.atOnce`. */
  signIn(credentials: Credentials, requester: Requester): Promise<string>
  /** Signs in and begins a family. Costs and throws as `SignIn.atOnce`; `TooManySessionsError`. */
  grant(credentials: Credentials, requester: Requester): Promise<Grant>
  /** A reusable refresh token. @throws `InvalidTokenError`, `UserDoesNotExistError`, `TooManySessionsError`,
   *   `StoreUnavailableError`. */
  issue(presented: AccessClaims, requester: Requester): Promise<string>
  /**
   * An access token for a refresh token that stays usable. The access token ends with the refresh token.
   *
   * @throws `InvalidTokenError` (also for a token of a family), `TokenTypeError`, `UserDeactivatedError`. A refused token is no
   *   failed login: nobody can guess a signed token.
   */
  refresh(refreshToken: string, requester: Requester): Promise<string>
  /**
   * An access token for a refresh token and, for one of a family, its successor. A client that uses a token twice
   * within the grace, from the same network, gets the same successor, once. Any other reuse within the grace is refused. A later
   * reuse ends the family, since one of the two presenters has stolen the token.
   *
   * @throws as `refresh`, but for a family's tokens; `StoreUnavailableError`.
   */
  renew(refreshToken: string, requester: Requester): Promise<Grant>
  /** The presenter's living sessions, the oldest first. @throws `InvalidTokenError`, `UserDoesNotExistError`. */
  list(presented: AccessClaims, kinds: ListedKinds): Promise<ListedSession[]>
  /**
   * Ends all sessions of the presenter, those of browsers too, and raises the token generation: all its tokens but the presented one
   * are revoked. Returns the account after that.
   *
   * @throws `PasswordAuthenticationRequiredError`, `InvalidTokenError`, `UserDoesNotExistError`, `StoreUnavailableError`.
   */
  endAll(presented: AccessClaims, requester: Requester): Promise<User>
}

/** See `Sessions`. */
export function createSessions(dependencies: SessionsDependencies): Sessions {
  const { signIn, tokenOwners, store, tokens, sessionList, audit, clock, refreshTtl } = dependencies
  const sessionStart = createSessionStart(dependencies)
  const { requireReusable, use } = createRefreshTokenUse(dependencies)
  const now = () => toSeconds(clock())

  async function begin(user: User, requester: Requester, origin: SessionOrigin): Promise<Session> {
    await sessionStart.admit(user, requester)
    const session = await sessionStart.begin(user, requester, origin, refreshTtl)
    audit.recordAccount('refresh_token_issued', user, requester.address)
    return session
  }

  function grantOf(user: User, session: Session, method: AuthenticationMethod): Grant {
    return {
      claims: user.claims,
      accessToken: tokens.issueAccessToken(user, method, contextOf(session)),
      expiresIn: tokens.accessLifetime(user),
      ...(session.family !== undefined && {
        refreshToken: tokens.issueRefreshToken(user, identityOf(session))
      })
    }
  }

  return {
    ...createRevocations(dependencies),

    async signIn(credentials, requester) {
      const complete = await signIn.atOnce(credentials, requester)
      return tokens.issueAccessToken(complete.user, 'password', authenticationClaimsOf(complete))
    },

    async grant(credentials, requester) {
      const { user, authTime, amr } = await signIn.atOnce(credentials, requester)
      const origin = { authTime, ...(amr !== undefined && { amr }), family: createFamily(now()) }
      return grantOf(user, await begin(user, requester, origin), 'password')
    },

    async issue(presented, requester) {
      const user = await tokenOwners.requirePasswordPresenter(presented)
      const authTime = authTimeOf(presented)
      const origin = {
        ...(authTime !== undefined && { authTime }),
        ...(isMultiFactor(presented) && presented.amr !== undefined && { amr: presented.amr })
      }
      return tokens.issueRefreshToken(user, identityOf(await begin(user, requester, origin)))
    },

    async refresh(refreshToken, { address }) {
      const { user, session } = await requireReusable(refreshToken).catch(audit.refusing({ address }))
      store.touchSession(session.id, now())
      audit.recordAccount('refresh', user, address)
      return tokens.issueAccessToken(user, 'refresh_token', contextOf(session))
    },

    async renew(refreshToken, requester) {
      const { address } = requester
      const { user, session } = await use(refreshToken, requester).catch(audit.refusing({ address }))
      audit.recordAccount('refresh', user, address)
      if (session.family === undefined) store.touchSession(session.id, now())
      else audit.recordAccount('refresh_token_issued', user, address)
      return grantOf(user, session, 'refresh_token')
    },

    async list(presented, kinds) {
      return await sessionList.of(await tokenOwners.requirePresenter(presented), kinds)
    },

    async endAll(presented, { address }) {
      for (;;) {
        const user = await tokenOwners.requirePasswordPresenter(presented)
        const after = withoutTokens(user, now(), presented.jti)
        if (!(await store.replaceUser(user, after))) continue
        audit.recordAccount('sessions_ended', user, address)
        return after
      }
    }
  }
}

/** The identity of a session's refresh token: a second one differs only in its signature. */
function identityOf(session: Session): TokenIdentity {
  const { id, issuedAt, exp, family } = session
  const ofToken =
    family === undefined ? { jti: id, iat: issuedAt } : { jti: family.jti, iat: family.iat, sid: id }
  return { ...authenticationClaimsOf(session), ...ofToken, exp }
}

function contextOf(session: Session): AccessContext {
  return { sid: session.id, ...authenticationClaimsOf(session) }
}

function authenticationClaimsOf({
  authTime,
  amr = byPasswordAlone
}: Pick<CompleteSignIn | Session, 'authTime' | 'amr'>) {
  return authTime === undefined ? {} : { auth_time: authTime, amr: [...amr] }
}
