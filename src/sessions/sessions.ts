import type { TokenOwners } from '../accounts/token-owner.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { copyText } from '../copy-text.js'
import { invalidToken, Refusal } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { Requester } from '../requester.js'
import type { SignIn } from '../sign-in/sign-in.js'
import type { Session, SessionLimits, Store, TokenFamily, User } from '../store/store.js'
import type { AccessClaims, AuthenticationMethod } from '../tokens/claims.js'
import type { Tokens } from '../tokens/tokens.js'
import { createRevocations, type Revocations, requireIssuedTo, requireSession } from './revocations.js'
import type { SessionRate } from './session-rate.js'
import { createFamily, originOf, useFamily } from './token-family.js'

export type { Session } from '../store/store.js'

/** The dependencies of sessions; times are in seconds. */
export interface SessionsDependencies {
  signIn: SignIn
  tokenOwners: TokenOwners
  store: Store
  tokens: Tokens
  rate: SessionRate
  limits: SessionLimits
  audit: Audit
  clock: Clock
  refreshTtl: number
  /** The grace, during which a used refresh token gives the same successor again. */
  reuseGrace: number
}

/** The response of a grant (RFC 6749 §5.1). */
export interface Grant {
  accessToken: string
  refreshToken?: string
  /** The user's own claims, beside the required ones. */
  claims: User['claims']
}

/**
 * Issues all tokens, and keeps the sessions of refresh tokens. A refresh token of `issue` is reusable. Those
 * of `grant` form a family: each use retires one and gives the next (RFC 9700 §4.14.2). They are bound to the OAuth client
 * that received them, if any (RFC 6749 §10.4). All end with their account and its token generation.
 */
export interface Sessions extends Revocations {
  /** An access token for a name and its password, without a session. Costs and throws as `SignIn.byPassword`. */
  signIn(name: string, password: string, requester: Requester): Promise<string>
  /**
   * Signs in and begins a family. Costs and throws as `SignIn.byPassword`; `TooManySessionsError`, `StoreUnavailableError`.
   */
  grant(name: string, password: string, requester: Requester): Promise<Grant>
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
   * within the grace, from the same network, gets the same successor, once. Any other reuse within it is refused. A later reuse
   * ends the family, since one of the two holders has stolen the token.
   *
   * @throws as `refresh`, but for a family's tokens; `StoreUnavailableError`.
   */
  renew(refreshToken: string, requester: Requester): Promise<Grant>
  /** The presenter's unexpired sessions, the oldest first. @throws `InvalidTokenError`, `UserDoesNotExistError`. */
  list(presented: AccessClaims): Promise<Session[]>
  /**
   * Ends all sessions of the presenter and raises the token generation: it revokes all its tokens except the presented one.
   *
   * @throws `PasswordAuthenticationRequiredError`, `InvalidTokenError`, `UserDoesNotExistError`, `StoreUnavailableError`.
   */
  endAll(presented: AccessClaims, requester: Requester): Promise<void>
}

/** See `Sessions`. */
export function createSessions(dependencies: SessionsDependencies): Sessions {
  const { signIn, tokenOwners, store, tokens, rate, limits, audit, clock, refreshTtl, reuseGrace } =
    dependencies
  const now = () => toSeconds(clock())
  const revocations = createRevocations({ tokenOwners, store, tokens, rate, audit })

  async function begin(user: User, requester: Requester, family?: TokenFamily): Promise<Session> {
    const { address, oauthClient } = requester
    await rate.admit(user.uid).catch(audit.refusing({ address, user: user.name }))
    const issuedAt = now()
    const session: Session = {
      id: createId(),
      uid: user.uid,
      gen: user.gen,
      issuedAt,
      exp: issuedAt + refreshTtl,
      ...originOf(requester),
      ...(oauthClient !== undefined && { clientId: copyText(oauthClient) }),
      ...(family !== undefined && { family })
    }
    const evicted = await store.createSession(session, limits)
    if (evicted !== undefined) await recordEviction(evicted, address)
    audit.recordAccount('refresh_token_issued', user, address)
    return session
  }

  async function recordEviction({ uid }: Session, address: string): Promise<void> {
    const owner = await store.findUserById(uid)
    audit.record({ event: 'session_evicted', address, uid, ...(owner !== undefined && { user: owner.name }) })
  }

  /** The refresh token of a session; a second one differs only in its signature. */
  function refreshTokenOf(user: User, { id, issuedAt, exp, family }: Session): string {
    return tokens.issueRefreshToken(
      user,
      family === undefined
        ? { jti: id, iat: issuedAt, exp }
        : { jti: family.jti, iat: family.iat, exp, sid: id }
    )
  }

  function grantOf(user: User, session: Session, method: AuthenticationMethod): Grant {
    return {
      claims: user.claims,
      accessToken: tokens.issueAccessToken(user, method, session.id),
      ...(session.family !== undefined && { refreshToken: refreshTokenOf(user, session) })
    }
  }

  async function requireRefresh(refreshToken: string) {
    const claims = tokens.verify(refreshToken, 'refresh_token')
    const user = await tokenOwners.require(claims)
    if (!user.active) throw new Refusal('UserDeactivatedError')
    return { claims, user, session: await requireSession(store, claims) }
  }

  async function requireReusable(refreshToken: string) {
    const found = await requireRefresh(refreshToken)
    if (found.session.family !== undefined) {
      throw invalidToken('The token is renewed with each use, and is for POST /oauth/token only.')
    }
    return found
  }

  /** The session of a used refresh token; a concurrent use of the same token is possible. */
  async function requireUsed(
    refreshToken: string,
    requester: Requester
  ): Promise<{ user: User; session: Session }> {
    for (;;) {
      const { claims, user, session } = await requireRefresh(refreshToken)
      requireIssuedTo(session, requester.oauthClient)
      if (session.family === undefined) return { user, session }
      const usedAt = now()
      const use = { jti: claims.jti, requester, now: usedAt, grace: reuseGrace }
      const outcome = useFamily(session.family, use)
      switch (outcome.kind) {
        case 'reused':
          await store.endSession(session.id)
          audit.recordAccount('refresh_token_reuse', user, requester.address)
          throw invalidToken('The token was used before: all tokens of its family have been revoked.')
        case 'refused':
          throw invalidToken('The token was used a moment ago, and gives nothing more.')
        case 'repeated': {
          const repeated = { ...session, family: outcome.family }
          if (!(await store.replaceSession(session, repeated))) continue
          audit.recordAccount('refresh_token_repeat', user, requester.address)
          return { user, session: repeated }
        }
        case 'renewed': {
          const exp = usedAt + refreshTtl
          const renewed = { ...session, lastUsedAt: usedAt, exp, family: outcome.family }
          if (await store.replaceSession(session, renewed)) return { user, session: renewed }
        }
      }
    }
  }

  return {
    ...revocations,

    async signIn(name, password, requester) {
      return tokens.issueAccessToken(await signIn.byPassword(name, password, requester), 'password')
    },

    async grant(name, password, requester) {
      const user = await signIn.byPassword(name, password, requester)
      return grantOf(user, await begin(user, requester, createFamily(now())), 'password')
    },

    async issue(presented, requester) {
      const user = await tokenOwners.requirePasswordPresenter(presented)
      return refreshTokenOf(user, await begin(user, requester))
    },

    async refresh(refreshToken, { address }) {
      const { user, session } = await requireReusable(refreshToken).catch(audit.refusing({ address }))
      store.touchSession(session.id, now())
      audit.recordAccount('refresh', user, address)
      return tokens.issueAccessToken(user, 'refresh_token', session.id)
    },

    async renew(refreshToken, requester) {
      const { address } = requester
      const { user, session } = await requireUsed(refreshToken, requester).catch(audit.refusing({ address }))
      audit.recordAccount('refresh', user, address)
      if (session.family === undefined) store.touchSession(session.id, now())
      else audit.recordAccount('refresh_token_issued', user, address)
      return grantOf(user, session, 'refresh_token')
    },

    async list(presented) {
      const user = await tokenOwners.requirePresenter(presented)
      return (await store.findSessions(user.uid)).filter((session) => isLiving(session, user, now()))
    },

    async endAll(presented, { address }) {
      for (;;) {
        const user = await tokenOwners.requirePasswordPresenter(presented)
        const changed = { ...user, gen: user.gen + 1, keptJti: presented.jti }
        if (!(await store.replaceUser(user, changed))) continue
        audit.recordAccount('sessions_ended', user, address)
        return
      }
    }
  }
}

/** Whether a session of this user has neither expired at this time, in seconds, nor ended with its token generation. */
export function isLiving({ exp, gen }: Session, user: Pick<User, 'gen'>, now: number): boolean {
  return exp > now && gen === user.gen
}
