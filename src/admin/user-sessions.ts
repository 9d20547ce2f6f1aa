import { withoutTokens } from '../accounts/account-record.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { ListedKinds, ListedSession, SessionList } from '../sessions/session-list.js'
import type { Store, User } from '../store/store.js'
import { type Actor, requireRightOver } from './authorization.js'
import type { RecordChanges } from './record-change.js'

/** The dependencies of the sessions of accounts. */
export interface UserSessionsDependencies {
  store: Store
  sessionList: SessionList
  audit: Audit
  clock: Clock
  changes: RecordChanges
}

/** Lists and ends the sessions of accounts for the operator. All throw `UserDoesNotExistError`. */
export interface UserSessions {
  /** The living sessions of an account, the oldest first. */
  sessions(uid: string, kinds: ListedKinds): Promise<ListedSession[]>
  /**
   * Ends a session of either kind, and the access tokens that bear its id.
   *
   * @throws `SessionDoesNotExistError`, `InsufficientScopeError`, `StoreUnavailableError`.
   */
  endSession(uid: string, id: string, actor: Actor): Promise<void>
  /** Ends all sessions of both kinds; an access token without one goes on. @throws `InsufficientScopeError`, `StoreUnavailableError`. */
  endSessions(uid: string, actor: Actor): Promise<void>
  /** Ends all sessions and all tokens, by a new token generation. @throws as `endSessions`. */
  signOut(uid: string, actor: Actor): Promise<void>
}

/** See `UserSessions`. */
export function createUserSessions(dependencies: UserSessionsDependencies): UserSessions {
  const { store, sessionList, audit, clock, changes } = dependencies

  async function requireChangeable(uid: string, actor: Actor): Promise<User> {
    const user = await changes.requireUser(uid)
    requireRightOver(actor, user)
    return user
  }

  return {
    async sessions(uid, kinds) {
      return await sessionList.of(await changes.requireUser(uid), kinds)
    },

    async endSession(uid, id, actor) {
      const user = await requireChangeable(uid, actor)
      const isKnown = (await sessionList.of(user, 'all')).some((session) => session.id === id)
      if (!isKnown) throw new Refusal('SessionDoesNotExistError')
      await store.endSession(id)
      audit.recordAction('sessions_ended', actor, { user: user.name, uid, detail: 'one session' })
    },

    async endSessions(uid, actor) {
      const user = await requireChangeable(uid, actor)
      const sessions = await store.findSessions(uid)
      // Together, since what waits for the disk at the same time is written at once.
      await Promise.all(sessions.map(({ id }) => store.endSession(id)))
      audit.recordAction('sessions_ended', actor, { user: user.name, uid, detail: 'all sessions' })
    },

    async signOut(uid, actor) {
      const change = (before: User) => ({ after: withoutTokens(before, toSeconds(clock())) })
      await changes.replace(uid, actor, change, { name: 'sessions_ended', detail: 'all sessions and tokens' })
    }
  }
}
