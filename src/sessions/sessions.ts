import type { Accounts, Requester } from '../accounts/accounts.js'
import type { Holders } from '../accounts/token-owner.js'
import type { Audit, AuditEvent } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { copyText } from '../copy-text.js'
import { invalidToken, ServiceError } from '../errors/refusals.js'
import { createId } from '../ids.js'
import { networkOf } from '../passwords/networks.js'
import type { Session, SessionLimits, Store, TokenFamily, User } from '../store/store.js'
import type { AccessClaims, Claims, RefreshClaims } from '../tokens/claims.js'
import type { Tokens } from '../tokens/tokens.js'
import type { SessionRate } from './session-rate.js'

export type { Session } from '../store/store.js'

/** Whose request it is. */
export interface Client extends Requester {
  userAgent?: string | undefined
  /** The id of the OAuth client that has authenticated, if one has. */
  oauthClient?: string | undefined
}

/** What sessions are built from; times are in seconds. */
export interface SessionsDependencies {
  accounts: Accounts
  holders: Holders
  store: Store
  tokens: Tokens
  rate: SessionRate
  limits: SessionLimits
  audit: Audit
  clock: Clock
  refreshTtl: number
  /** How long a refresh token that was used already gives the same successor again. */
  reuseGrace: number
}

/** What a grant gives (RFC 6749 §5.1). */
export interface Grant {
  accessToken: string
  refreshToken?: string
  /** The user's claims beside those that every token has. */
  claims: User['claims']
}

/**
 * Refresh tokens. Those of `signIn` for an OAuth client are for that client alone (RFC 6749 §10.4). Those of `issue` may be used again and again; those of `signIn` form a family, of which each use retires one
 * and gives the next (RFC 9700 §4.14.2). All end with their account and its token generation.
 */
export interface Sessions {
  /** Signs in and begins a family. Costs and throws as `Accounts.signIn`; `TooManySessionsError`, `StoreUnavailableError`. */
  signIn(name: string, password: string, client: Client): Promise<Grant>
  /** A refresh token that may be used again. @throws `InvalidTokenError`, `UserDoesNotExistError`, `TooManySessionsError`,
   *   `StoreUnavailableError`. */
  issue(presented: AccessClaims, client: Client): Promise<string>
  /**
   * An access token for a refresh token that stays usable; it ends with it.
   *
   * @throws `InvalidTokenError` (also for a token of a family), `TokenTypeError`, `UserDeactivatedError`. A refused token is no
   *   failed login: nobody can guess a signed token.
   */
  refresh(refreshToken: string, client: Client): Promise<string>
  /**
   * An access token for a refresh token and, if it is one of a family, the next one. A client that uses a token
   * twice within the grace, from the same network, gets the same next one, once; any other use within it is refused. After it a use ends the family,
   * since one of the two who had the token has stolen it.
   *
   * @throws as `refresh`, but for a family's tokens; `StoreUnavailableError`.
   */
  renew(refreshToken: string, client: Client): Promise<Grant>
  /**
   * Revokes a refresh token of the presenter, and with it all of its family; a second time changes nothing.
   *
   * @throws `InvalidTokenError` (also for another user's token), `TokenTypeError`, `UserDoesNotExistError`,
   *   `StoreUnavailableError`.
   */
  revokeOwn(presented: AccessClaims, refreshToken: string, client: Client): Promise<void>
  /**
   * Revokes a token of either type, for whoever has it; with a refresh token of a family also its access tokens. What is no
   * valid token needs no revocation (RFC 7009 §2.2). @throws `InvalidTokenError` for a token that was issued to another OAuth
   *   client; `TooManyRevocationsError` of access tokens; `StoreUnavailableError`.
   */
  revoke(token: string, client: Client): Promise<void>
  /**
   * The claims of an access token that would be accepted now; or, if an OAuth client asks for these, of a refresh token that would
   * be accepted from it, and would not end its family.
   */
  inspect(token: string, refreshTokensFor?: string): Promise<Claims | undefined>
  /** The presenter's sessions that have not expired, the oldest first. @throws `InvalidTokenError`, `UserDoesNotExistError`. */
  list(presented: AccessClaims): Promise<Session[]>
  /**
   * Ends all sessions of the presenter and raises the token generation: all its tokens die, but the presented one.
   *
   * @throws `PasswordAuthenticationRequiredError`, `InvalidTokenError`, `UserDoesNotExistError`, `StoreUnavailableError`.
   */
  endAll(presented: AccessClaims, client: Client): Promise<void>
}

const maxUserAgentLength = 256

/** See `Sessions`. */
export function createSessions(dependencies: SessionsDependencies): Sessions {
  const { accounts, holders, store, tokens, rate, limits, audit, clock, refreshTtl, reuseGrace } =
    dependencies

  const now = () => toSeconds(clock())

  function record(event: AuditEvent, user: Pick<User, 'name' | 'uid'>, client: Client): void {
    audit.record({ event, address: client.address, user: user.name, uid: user.uid })
  }

  function refuse({ address }: Client, user?: string) {
    return (error: unknown) => {
      audit.recordRefusal(error, { address, ...(user !== undefined && { user }) })
      throw error
    }
  }

  async function begin(user: User, client: Client, isFamily: boolean): Promise<Session> {
    await rate.admit(user.uid).catch(refuse(client, user.name))
    const issuedAt = now()
    const session: Session = {
      id: createId(),
      uid: user.uid,
      gen: user.gen,
      issuedAt,
      exp: issuedAt + refreshTtl,
      ...describeOrigin(client),
      ...(client.oauthClient !== undefined && { clientId: copyText(client.oauthClient) }),
      ...(isFamily && { family: { jti: createId(), iat: issuedAt } })
    }
    const evicted = await store.createSession(session, limits)
    if (evicted !== undefined) await recordEviction(evicted, client.address)
    return session
  }

  async function recordEviction({ uid }: Session, address: string): Promise<void> {
    const owner = await store.findUserById(uid)
    audit.record({ event: 'session_evicted', address, uid, ...(owner !== undefined && { user: owner.name }) })
  }

  /** The refresh token of a session; made a second time it differs only in its signature. */
  function refreshTokenOf(user: User, { id, issuedAt, exp, family }: Session): string {
    return tokens.issueRefreshToken(
      user,
      family === undefined
        ? { jti: id, iat: issuedAt, exp }
        : { jti: family.jti, iat: family.iat, exp, sid: id }
    )
  }

  async function requireRefresh(refreshToken: string) {
    const claims = tokens.verify(refreshToken, 'refresh_token')
    const user = await holders.require(claims)
    if (!user.active) throw new ServiceError('UserDeactivatedError')
    return { claims, user, session: await requireSession(claims) }
  }

  async function requireSession({ sid, jti, uid }: RefreshClaims): Promise<Session> {
    const session = await store.findSession(sid ?? jti)
    // It may have ended since it was looked at.
    if (session?.uid !== uid) throw invalidToken('The token has been revoked.')
    return session
  }

  async function requireReusable(refreshToken: string) {
    const found = await requireRefresh(refreshToken)
    if (found.session.family !== undefined) {
      throw invalidToken('The token is renewed with each use, and is for POST /oauth/token only.')
    }
    return found
  }

  /** Retires the token of a family that is being used, unless that has happened just now. */
  async function requireRenewal(
    refreshToken: string,
    client: Client
  ): Promise<{ user: User; session: Session }> {
    for (;;) {
      const { claims, user, session } = await requireRefresh(refreshToken)
      requireIssuedTo(session, client.oauthClient)
      const { family } = session
      if (family === undefined) return { user, session }
      if (claims.jti !== family.jti) {
        if (claims.jti !== family.previousJti || Math.abs(now() - family.iat) >= reuseGrace) {
          await store.endSession(session.id)
          record('refresh_token_reuse', user, client)
          throw invalidToken('The token was used before: all tokens of its family have been revoked.')
        }
        // A thief would have the successor as well: it is given again once, and only where it was given before.
        if (family.isRepeated || !isSameClient(family, client)) {
          throw invalidToken('The token was used a moment ago, and gives nothing more.')
        }
        const repeated: Session = { ...session, family: { ...family, isRepeated: true } }
        if (!(await store.replaceSession(session, repeated))) continue
        record('refresh_token_repeat', user, client)
        return { user, session: repeated }
      }
      const usedAt = now()
      const renewed: Session = {
        ...session,
        lastUsedAt: usedAt,
        exp: usedAt + refreshTtl,
        family: { jti: createId(), iat: usedAt, previousJti: family.jti, ...describeOrigin(client) }
      }
      if (await store.replaceSession(session, renewed)) return { user, session: renewed }
    }
  }

  /** Requires that a token was not issued to another OAuth client (RFC 7009 §2.1). */
  async function requireRevoker({ token_type, sid, jti }: Claims, { oauthClient }: Client): Promise<void> {
    const id = token_type === 'refresh_token' ? (sid ?? jti) : sid
    const session = id === undefined ? undefined : await store.findSession(id)
    if (session !== undefined) requireIssuedTo(session, oauthClient)
  }

  /** A token that is revoked already does not count again. */
  async function revokeAccessToken({ jti, uid, exp }: AccessClaims): Promise<void> {
    if (await store.isTokenRevoked(jti)) return
    await rate.admitRevocation(uid)
    await store.revokeToken({ jti, exp })
  }

  async function requireOwn(presented: AccessClaims, refreshToken: string): Promise<RefreshClaims> {
    const claims = tokens.verify(refreshToken, 'refresh_token')
    if (claims.uid !== presented.uid) throw invalidToken('The refresh token is not one of this user.')
    const user = await holders.requirePresenter(presented)
    if (claims.gen !== user.gen)
      throw invalidToken('The password was changed, or all sessions were ended, after the token was issued.')
    return claims
  }

  async function requireUsable(token: string, refreshTokensFor?: string): Promise<Claims> {
    const claims: Claims =
      refreshTokensFor === undefined ? tokens.verify(token, 'access_token') : tokens.verify(token)
    const user = await holders.require(claims)
    if (!user.active) throw new ServiceError('UserDeactivatedError')
    if (claims.token_type === 'refresh_token') {
      const session = await requireSession(claims)
      requireIssuedTo(session, refreshTokensFor)
      const { family } = session
      if (family !== undefined && family.jti !== claims.jti) throw invalidToken('The token was used before.')
    }
    return claims
  }

  return {
    async signIn(name, password, client) {
      const user = await accounts.requireUser(name, password, client)
      const session = await begin(user, client, true)
      record('refresh_token_issued', user, client)
      return {
        claims: user.claims,
        accessToken: tokens.issueAccessToken(user, 'password', session.id),
        refreshToken: refreshTokenOf(user, session)
      }
    },

    async issue(presented, client) {
      const user = await holders.requirePasswordPresenter(presented)
      const session = await begin(user, client, false)
      record('refresh_token_issued', user, client)
      return refreshTokenOf(user, session)
    },

    async refresh(refreshToken, client) {
      const { user, session } = await requireReusable(refreshToken).catch(refuse(client))
      store.touchSession(session.id, now())
      record('refresh', user, client)
      return tokens.issueAccessToken(user, 'refresh_token', session.id)
    },

    async renew(refreshToken, client) {
      const { user, session } = await requireRenewal(refreshToken, client).catch(refuse(client))
      record('refresh', user, client)
      if (session.family === undefined) {
        store.touchSession(session.id, now())
        return {
          claims: user.claims,
          accessToken: tokens.issueAccessToken(user, 'refresh_token', session.id)
        }
      }
      record('refresh_token_issued', user, client)
      return {
        claims: user.claims,
        accessToken: tokens.issueAccessToken(user, 'refresh_token', session.id),
        refreshToken: refreshTokenOf(user, session)
      }
    },

    async revokeOwn(presented, refreshToken, client) {
      const { sid, jti, user, uid } = await requireOwn(presented, refreshToken).catch(refuse(client))
      await store.endSession(sid ?? jti)
      record('revocation', { name: user, uid }, client)
    },

    async revoke(token, client) {
      const claims = verified(token)
      if (claims === undefined) return
      await requireRevoker(claims, client).catch(refuse(client, claims.user))
      if (claims.token_type === 'refresh_token') await store.endSession(claims.sid ?? claims.jti)
      else await revokeAccessToken(claims).catch(refuse(client, claims.user))
      record('revocation', { name: claims.user, uid: claims.uid }, client)
    },

    async inspect(token, refreshTokensFor) {
      try {
        return await requireUsable(token, refreshTokensFor)
      } catch (error) {
        if (error instanceof ServiceError && error.statusCode < 500) return undefined
        throw error
      }
    },

    async list(presented) {
      const user = await holders.requirePresenter(presented)
      return (await store.findSessions(user.uid)).filter(({ exp, gen }) => exp > now() && gen === user.gen)
    },

    async endAll(presented, client) {
      for (;;) {
        const user = await holders.requirePasswordPresenter(presented)
        const changed = { ...user, gen: user.gen + 1, keptJti: presented.jti }
        if (!(await store.replaceUser(user, changed))) continue
        record('sessions_ended', user, client)
        return
      }
    }
  }

  function verified(token: string): Claims | undefined {
    try {
      return tokens.verify(token)
    } catch {
      return undefined
    }
  }
}

/** Requires that a session was issued to this OAuth client, or to none. @throws `InvalidTokenError`. */
function requireIssuedTo({ clientId }: Session, oauthClient: string | undefined): void {
  if (clientId !== undefined && clientId !== oauthClient)
    throw invalidToken('The token was issued to another client.')
}

/** What is kept of a client. */
function describeOrigin({ address, userAgent }: Client): Pick<Session, 'address' | 'userAgent'> {
  return {
    address: copyText(address),
    ...(userAgent !== undefined && { userAgent: copyText(userAgent.slice(0, maxUserAgentLength)) })
  }
}

/** Whether a client has the network and the user agent of the one that retired the last token of a family. */
function isSameClient({ address, userAgent }: TokenFamily, client: Client): boolean {
  const origin = describeOrigin(client)
  if (address === undefined || userAgent !== origin.userAgent) return false
  return networkOf(address) === networkOf(origin.address)
}
