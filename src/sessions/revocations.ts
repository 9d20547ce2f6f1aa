import { sessionIdOf, type TokenOwners } from '../accounts/token-owner.js'
import type { Audit } from '../audit/audit.js'
import { invalidToken, isTokenRefusal, Refusal } from '../errors/refusals.js'
import type { Requester } from '../requester.js'
import type { Freshness, Session, Store } from '../store/store.js'
import type { AccessClaims, Claims, RefreshClaims } from '../tokens/claims.js'
import type { Tokens } from '../tokens/tokens.js'
import type { SessionRate } from './session-rate.js'

/** The dependencies of revocations. */
export interface RevocationsDependencies {
  tokenOwners: TokenOwners
  store: Store
  tokens: Tokens
  rate: SessionRate
  audit: Audit
}

/** Revokes tokens, and tells which tokens are valid. */
export interface Revocations {
  /**
   * Revokes a refresh token of the presenter, and its whole family; a second time changes nothing.
   *
   * @throws `InvalidTokenError` (also for another user's token), `TokenTypeError`, `UserDoesNotExistError`,
   *   `StoreUnavailableError`.
   */
  revokeOwn(presented: AccessClaims, refreshToken: string, requester: Requester): Promise<void>
  /**
   * Revokes a token of either type, whoever presents it; a refresh token of a family takes its access tokens along. An invalid
   * token needs no revocation (RFC 7009 §2.2). @throws `InvalidTokenError` for a token that was issued to another OAuth
   *   client; `TooManyRevocationsError` of access tokens; `StoreUnavailableError`.
   */
  revoke(token: string, requester: Requester): Promise<void>
  /**
   * The claims of an access token that is valid now; for an OAuth client, also those of a refresh token that
   * it could use now without ending the family. The refusal of any other token.
   */
  inspect(token: string, refreshTokensFor?: string): Promise<Inspection | Refusal>
}

/** A token that is valid. */
export interface Inspection {
  readonly claims: Claims
  /** The age of the records that it was judged by; see `TokenState`. */
  readonly freshness: Freshness | undefined
}

/** See `Revocations`. */
export function createRevocations({
  tokenOwners,
  store,
  tokens,
  rate,
  audit
}: RevocationsDependencies): Revocations {
  /** Requires that a token was not issued to another OAuth client (RFC 7009 §2.1). */
  async function requireRevoker(claims: Claims, { oauthClient }: Requester): Promise<void> {
    const id = sessionIdOf(claims)
    const session = id === undefined ? undefined : await store.findSession(id)
    if (session !== undefined) requireIssuedTo(session, oauthClient)
  }

  /** Counts a revocation; a token that is revoked already does not count again. */
  async function revokeAccessToken({ jti, uid, exp }: AccessClaims): Promise<void> {
    if (await store.isTokenRevoked(jti)) return
    await rate.admitRevocation(uid)
    await store.revokeToken({ jti, exp })
  }

  async function requireOwn(presented: AccessClaims, refreshToken: string): Promise<RefreshClaims> {
    const claims = await tokens.verify(refreshToken, 'refresh_token')
    if (claims.uid !== presented.uid) throw invalidToken('The refresh token is not one of this user.')
    const user = await tokenOwners.requirePresenter(presented)
    if (claims.gen !== user.gen)
      throw invalidToken('The password was changed, or all sessions were ended, after the token was issued.')
    return claims
  }

  async function requireUsable(token: string, refreshTokensFor?: string): Promise<Inspection> {
    const claims: Claims =
      refreshTokensFor === undefined ? await tokens.verify(token, 'access_token') : await tokens.verify(token)
    const { isActive, freshness } = await tokenOwners.judge(claims)
    if (!isActive) throw new Refusal('UserDeactivatedError')
    if (claims.token_type === 'refresh_token') {
      const session = await requireSession(store, claims)
      requireIssuedTo(session, refreshTokensFor)
      const { family } = session
      if (family !== undefined && family.jti !== claims.jti) throw invalidToken('The token was used before.')
    }
    return { claims, freshness }
  }

  async function verified(token: string): Promise<Claims | undefined> {
    try {
      return await tokens.verify(token)
    } catch (error) {
      if (!isTokenRefusal(error)) throw error
      return undefined
    }
  }

  return {
    async revokeOwn(presented, refreshToken, { address }) {
      const claims = await requireOwn(presented, refreshToken).catch(audit.refusing({ address }))
      await store.endSession(sessionIdOf(claims))
      audit.recordAccount('revocation', { name: claims.user, uid: claims.uid }, address)
    },

    async revoke(token, requester) {
      const claims = await verified(token)
      if (claims === undefined) return
      const { address } = requester
      const refusing = audit.refusing({ address, user: claims.user })
      await requireRevoker(claims, requester).catch(refusing)
      if (claims.token_type === 'refresh_token') await store.endSession(sessionIdOf(claims))
      else await revokeAccessToken(claims).catch(refusing)
      audit.recordAccount('revocation', { name: claims.user, uid: claims.uid }, address)
    },

    async inspect(token, refreshTokensFor) {
      try {
        return await requireUsable(token, refreshTokensFor)
      } catch (error) {
        if (error instanceof Refusal && error.statusCode < 500) return error
        throw error
      }
    }
  }
}

/** The session of a refresh token. @throws `InvalidTokenError` if it has ended, or is none of a refresh token. */
export async function requireSession(store: Store, claims: RefreshClaims): Promise<Session> {
  const session = await store.findSession(sessionIdOf(claims))
  // It may have ended since the lookup.
  if (session?.uid !== claims.uid || session.kind !== undefined)
    throw invalidToken('The token has been revoked.')
  return session
}

/** Requires that a session was issued to this OAuth client, or to none. @throws `InvalidTokenError`. */
export function requireIssuedTo({ clientId }: Session, oauthClient: string | undefined): void {
  if (clientId !== undefined && clientId !== oauthClient)
    throw invalidToken('The token was issued to another client.')
}
