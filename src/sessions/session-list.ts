import { type Clock, toSeconds } from '../clock.js'
import type { Session, Store, User } from '../store/store.js'

/** The dependencies of the lists of sessions. */
export interface SessionListDependencies {
  store: Pick<Store, 'findSessions'>
  clock: Clock
  /** How long a browser's session lasts without being used, in seconds. */
  browserIdleTtl: number
}

/** Which sessions a list has: those of refresh tokens alone, or those of browsers, too. */
export type ListedKinds = 'refresh_token' | 'all'

/** A session, and when it ends unless it is used before, in seconds. */
export interface ListedSession extends Session {
  readonly endsAt: number
}

/** Lists the sessions of accounts, and judges which of them live. */
export interface SessionList {
  /** The living sessions of a user, the oldest first. */
  of(user: User, kinds: ListedKinds): Promise<ListedSession[]>
  /** When a session ends, in seconds: with `exp`, and that of a browser no later than it may rest. */
  endOf(session: Session): number
  /** Whether a session of this user has neither ended by now, nor with its token generation. */
  isLiving(session: Session, user: Pick<User, 'gen'>): boolean
}

/** See `SessionList`. */
export function createSessionList({ store, clock, browserIdleTtl }: SessionListDependencies): SessionList {
  function endOf({ kind, exp, issuedAt, lastUsedAt = issuedAt }: Session): number {
    return kind === 'browser' ? Math.min(exp, lastUsedAt + browserIdleTtl) : exp
  }

  function isLiving(session: Session, user: Pick<User, 'gen'>): boolean {
    return session.gen === user.gen && endOf(session) > toSeconds(clock())
  }

  return {
    async of(user, kinds) {
      const sessions = await store.findSessions(user.uid)
      return sessions
        .filter((session) => (kinds === 'all' || session.kind === undefined) && isLiving(session, user))
        .map((session) => ({ ...session, endsAt: endOf(session) }))
    },

    endOf,
    isLiving
  }
}
