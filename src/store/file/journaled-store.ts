import type { MemoryStore, Session } from '../store.js'
import {
  sessionCreation,
  sessionEnd,
  sessionReplacement,
  tokenRevocation,
  userCreation,
  userReplacement
} from './intentions.js'
import { openJournaledRecords } from './journaled-records.js'
import { type Draft, revocationsOf, sessionsOf } from './records.js'
import { createSessionEviction } from './session-limits.js'
import type { StoreOptions } from './store-options.js'

/**
 * A `Store` over `JournaledRecords`: everything is in memory, and lookups cost a hash table's.
 *
 * @throws what the adapter and the journal throw at reading.
 */
export async function openJournaledStore(options: StoreOptions): Promise<MemoryStore> {
  const journaled = await openJournaledRecords(options)
  const { records, commit } = journaled
  const eviction = createSessionEviction(records, options.clock)

  return {
    findUserByName(name) {
      return records.usersByName.get(name)
    },

    findUserById: (uid) => records.usersById.get(uid),

    countUsers: () => records.usersById.size,

    async createUser(user) {
      await commit(userCreation(user))
    },

    replaceUser(before, after) {
      return commit(userReplacement(before, after))
    },

    async revokeToken(revokedToken) {
      await commit(tokenRevocation(revokedToken))
    },

    isTokenRevoked(jti) {
      return records.expiryByJti.has(jti)
    },

    findSession(id) {
      return records.sessionsById.get(id)
    },

    findSessions(uid) {
      return sessionsOf(records, uid)
    },

    async createSession(session, limits) {
      let evicted: Session | undefined
      const makeRoom = (draft: Draft) => {
        evicted = eviction.findEvicted(draft, session, limits)
        return evicted
      }
      await commit(sessionCreation(session, makeRoom))
      return evicted
    },

    replaceSession(before, after) {
      return commit(sessionReplacement(before, after))
    },

    touchSession: journaled.touchSession,

    async endSession(id) {
      await commit(sessionEnd(id))
    },

    capture() {
      return {
        users: [...records.usersById.values()],
        sessions: [...records.sessionsById.values()],
        revokedTokens: [...revocationsOf(records)]
      }
    },

    replaceAll: journaled.replaceAll,
    requireWritable: journaled.requireWritable,
    subscribe: journaled.subscribe,
    close: journaled.close
  }
}
