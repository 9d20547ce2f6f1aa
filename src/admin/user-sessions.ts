import { withoutTokens } from '../accounts/account-record.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import { isLiving } from '../sessions/sessions.js'
import type { Session, Store, User } from '../store/store.js'
import { type Actor, requireRightOver } from './authorization.js'
import type { RecordChanges } from './record-change.js'

/** The dependencies of the sessions of accounts. */
export interface UserSessionsDependencies {
  store: Store
  audit: Audit
  clock: Clock
  changes: RecordChanges
}

/** Lists and ends the sessions of accounts for the operator. All throw `UserDoesNotExistError`. */
export interface UserSessions {
  /** The living sessions of an account, the oldest first. */
  sessions(uid: string): Promise<Session[]>
  /**
   * Ends a session, and the access tokens that bear its id.
   *
   * @throws `SessionDoesNotExistError`, `InsufficientScopeError`, `StoreUnavailableError`.
   */
  endSession(uid: string, id: string, actor: Actor): Promise<void>
  /** Ends all sessions; an access token without one goes on. @throws `InsufficientScopeError`, `StoreUnavailableError`. */
  endSessions(uid: string, actor: Actor): Promise<void>
  /** Ends all sessions and all tokens, by a new token generation. @throws as `endSessions`. */
  signOut(uid: string, actor: Actor): Promise<void>
}

/** See `UserSessions`. */
export function createUserSessions({ store, audit, clock, changes }: UserSessionsDependencies): UserSessions {
  const now = () => toSeconds(clock())

  async function livingSessions(user: User): Promise<Session[]> {
    return (await store.findSessions(user.uid)).filter((session) => isLiving(session, user, now()))
  }

  async function requireChangeable(uid: string, actor: Actor): Promise<User> {
    const user = await changes.requireUser(uid)
    requireRightOver(actor, user)
    return user
  }

  return {
    async sessions(uid) {
      return await livingSessions(await changes.requireUser(uid))
    },

    async endSession(uid, id, actor) {
      const user = await requireChangeable(uid, actor)
      const isKnown = (await livingSessions(user)).some((session) => session.id === id)
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
      const change = (before: User) => ({ after: withoutTokens(before, now()) })
      await changes.replace(uid, actor, change, { name: 'sessions_ended', detail: 'all sessions and tokens' })
    }
  }
}
