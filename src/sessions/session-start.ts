import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { copyText } from '../copy-text.js'
import { createId } from '../ids.js'
import type { Requester } from '../requester.js'
import type { Session, SessionLimits, Store, User } from '../store/store.js'
import type { SessionRate } from './session-rate.js'
import { originOf } from './token-family.js'

/** The dependencies of the start of a session; the lifetime of refresh tokens is in seconds. */
export interface SessionStartDependencies {
  store: Store
  rate: SessionRate
  limits: SessionLimits
  audit: Audit
  clock: Clock
  refreshTtl: number
}

/** How a session begins: when and how the user was authenticated, if that is known, and the family if it rotates. */
export type SessionOrigin = Pick<Session, 'authTime' | 'amr' | 'family'>

/** Begins sessions. */
export interface SessionStart {
  /**
   * Keeps a new session of the user, which ends no later than the account. It may evict another session.
   *
   * @throws `TooManySessionsError`, `StoreUnavailableError`.
   */
  begin(user: User, requester: Requester, origin: SessionOrigin): Promise<Session>
}

/** See `SessionStart`. */
export function createSessionStart(dependencies: SessionStartDependencies): SessionStart {
  const { store, rate, limits, audit, clock, refreshTtl } = dependencies

  async function recordEviction({ uid }: Session, address: string): Promise<void> {
    const owner = await store.findUserById(uid)
    audit.record({ event: 'session_evicted', address, uid, ...(owner !== undefined && { user: owner.name }) })
  }

  return {
    async begin(user, requester, origin) {
      const { address, oauthClient } = requester
      await rate.admit(user.uid).catch(audit.refusing({ address, user: user.name }))
      const issuedAt = toSeconds(clock())
      const session: Session = {
        id: createId(),
        uid: user.uid,
        gen: user.gen,
        issuedAt,
        exp: sessionExpiry(user, issuedAt + refreshTtl),
        ...origin,
        ...originOf(requester),
        ...(oauthClient !== undefined && { clientId: copyText(oauthClient) })
      }
      const evicted = await store.createSession(session, limits)
      if (evicted !== undefined) await recordEviction(evicted, address)
      audit.recordAccount('refresh_token_issued', user, address)
      return session
    }
  }
}

/** When a session of this user expires that would last until then, in seconds: no later than the account. */
export function sessionExpiry({ expiresAt }: Pick<User, 'expiresAt'>, exp: number): number {
  return Math.min(exp, expiresAt ?? exp)
}
