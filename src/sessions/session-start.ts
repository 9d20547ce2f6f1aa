import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { copyText } from '../copy-text.js'
import { createId } from '../ids.js'
import type { Requester } from '../requester.js'
import type { Session, SessionLimits, Store, User } from '../store/store.js'
import type { SessionRate } from './session-rate.js'
import { originOf } from './token-family.js'

/** The dependencies of the start of a session. */
export interface SessionStartDependencies {
  store: Store
  rate: SessionRate
  /** Of the sessions of each kind. */
  limits: SessionLimits
  audit: Audit
  clock: Clock
}

/**
 * How a session begins: when and how the user was authenticated, if that is known; the family if it rotates; what finds it by a
 * browser's cookie.
 */
export type SessionOrigin = Pick<Session, 'authTime' | 'amr' | 'family'> &
  (Required<Pick<Session, 'id' | 'kind' | 'digest'>> | { readonly kind?: never })

/** Begins sessions. */
export interface SessionStart {
  /** Counts a session that is about to begin. @throws `TooManySessionsError`. */
  admit(user: User, requester: Requester): Promise<void>
  /**
   * Keeps a new session of the user for so many seconds, which ends no later than the account. It may evict another one of its kind.
   *
   * @throws `StoreUnavailableError`.
   */
  begin(user: User, requester: Requester, origin: SessionOrigin, ttl: number): Promise<Session>
}

/** See `SessionStart`. */
export function createSessionStart(dependencies: SessionStartDependencies): SessionStart {
  const { store, rate, limits, audit, clock } = dependencies

  async function recordEviction({ uid }: Session, address: string): Promise<void> {
    const owner = await store.findUserById(uid)
    audit.record({ event: 'session_evicted', address, uid, ...(owner !== undefined && { user: owner.name }) })
  }

  return {
    async admit({ uid, name }, { address }) {
      await rate.admit(uid).catch(audit.refusing({ address, user: name }))
    },

    async begin(user, requester, origin, ttl) {
      const { address, oauthClient } = requester
      const issuedAt = toSeconds(clock())
      const session: Session = {
        id: createId(),
        uid: user.uid,
        gen: user.gen,
        issuedAt,
        exp: sessionExpiry(user, issuedAt + ttl),
        ...origin,
        ...originOf(requester),
        ...(oauthClient !== undefined && { clientId: copyText(oauthClient) })
      }
      const evicted = await store.createSession(session, limits)
      if (evicted !== undefined) await recordEviction(evicted, address)
      return session
    }
  }
}

/** When a session of this user expires that would last until then, in seconds: no later than the account. */
export function sessionExpiry({ expiresAt }: Pick<User, 'expiresAt'>, exp: number): number {
  return Math.min(exp, expiresAt ?? exp)
}
