import { isActiveAt } from '../accounts/account-members.js'
import type { TokenOwners } from '../accounts/token-owner.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { invalidToken, Refusal } from '../errors/refusals.js'
import type { Requester } from '../requester.js'
import type { Session, Store, User } from '../store/store.js'
import type { RefreshClaims } from '../tokens/claims.js'
import type { Tokens } from '../tokens/tokens.js'
import { requireIssuedTo, requireSession } from './revocations.js'
import { sessionExpiry } from './session-start.js'
import { useFamily } from './token-family.js'

/** The dependencies of the use of refresh tokens; times are in seconds. */
export interface RefreshTokenUseDependencies {
  tokenOwners: TokenOwners
  store: Store
  tokens: Tokens
  audit: Audit
  clock: Clock
  refreshTtl: number
  /** The grace, during which a used refresh token gives the same successor again. */
  reuseGrace: number
}

/** The session of a refresh token, and its user. */
export interface UsedSession {
  user: User
  session: Session
}

/** Judges the refresh tokens that are presented. */
export interface RefreshTokenUse {
  /**
   * The session of a refresh token that stays usable.
   *
   * @throws `InvalidTokenError` (also for a token of a family), `TokenTypeError`, `UserDeactivatedError`.
   */
  requireReusable(refreshToken: string): Promise<UsedSession>
  /**
   * The session as the use of its refresh token leaves it: a token of a family has a successor, as `useFamily` decides. A reuse
   * ends the session. Concurrent uses of one token have one winner.
   *
   * @throws `InvalidTokenError`, `TokenTypeError`, `UserDeactivatedError`, `StoreUnavailableError`.
   */
  use(refreshToken: string, requester: Requester): Promise<UsedSession>
}

/** See `RefreshTokenUse`. */
export function createRefreshTokenUse(dependencies: RefreshTokenUseDependencies): RefreshTokenUse {
  const { tokenOwners, store, tokens, audit, clock, refreshTtl, reuseGrace } = dependencies

  async function requireValid(refreshToken: string): Promise<UsedSession & { claims: RefreshClaims }> {
    const claims = await tokens.verify(refreshToken, 'refresh_token')
    const user = await tokenOwners.require(claims)
    if (!isActiveAt(user, toSeconds(clock()))) throw new Refusal('UserDeactivatedError')
    return { claims, user, session: await requireSession(store, claims) }
  }

  return {
    async requireReusable(refreshToken) {
      const { user, session } = await requireValid(refreshToken)
      if (session.family !== undefined) {
        throw invalidToken('The token is renewed with each use, and is for POST /oauth/token only.')
      }
      return { user, session }
    },

    async use(refreshToken, requester) {
      for (;;) {
        const { claims, user, session } = await requireValid(refreshToken)
        requireIssuedTo(session, requester.oauthClient)
        if (session.family === undefined) return { user, session }
        const usedAt = toSeconds(clock())
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
            const exp = sessionExpiry(user, usedAt + refreshTtl)
            const renewed = { ...session, lastUsedAt: usedAt, exp, family: outcome.family }
            if (await store.replaceSession(session, renewed)) return { user, session: renewed }
          }
        }
      }
    }
  }
}
