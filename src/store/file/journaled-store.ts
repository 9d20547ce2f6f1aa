import { emailKey, type MemoryStore, type Session, type User } from '../store.js'
import type { Draft } from './draft.js'
import {
  apiKeyCreation,
  apiKeyRemoval,
  invitationCreation,
  invitationRemoval,
  nameRelease,
  sessionCreation,
  sessionEnd,
  sessionReplacement,
  tokenRevocation,
  userCreation,
  userPurge,
  userReplacement
} from './intentions.js'
import { openJournaledRecords } from './journaled-records.js'
import { contentsOf, reservationOf, sessionsOf, touchApiKey, touchSession, touchUser } from './records.js'
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
  const userOf = (uid: string | undefined) => (uid === undefined ? undefined : records.usersById.get(uid))

  return {
    findUserByName(name) {
      return records.usersByName.get(name)
    },

    findUserById: (uid) => records.usersById.get(uid),

    findUserByEmail: (email) => userOf(records.uidsByEmail.get(emailKey(email))),
    findUserByExternalId: (id) => userOf(records.uidsByExternalId.get(id)),
    isUidPurged: (uid) => records.purgedUids.has(uid),
    findUserByLink: (digest) => userOf(records.uidsByLink.get(digest)),
    listUsers: journaled.order.page,

    findUsersWithClaims(names, limit) {
      const found: User[] = []
      for (const user of records.usersById.values()) {
        if (user.claims === undefined || !Object.keys(user.claims).some((name) => names.has(name))) continue
        if (found.push(user) === limit) break
      }
      return found
    },

    findUsersWithFactor: () =>
      [...records.usersById.values()].filter(
        ({ secondFactor, pendingFactor }) => secondFactor !== undefined || pendingFactor !== undefined
      ),
    findManagedUsers: () => [...records.usersById.values()].filter((user) => user.managedBy === 'file'),
    countUsers: () => records.usersById.size,
    findReservedName: (name) => records.reservedNames.get(name),
    findReservedNameOf: (uid) => reservationOf(records, uid),

    async createUser(user, change = {}) {
      await commit(userCreation(user, change))
    },

    replaceUser(before, after, change = {}) {
      return commit(userReplacement(before, after, change))
    },

    purgeUser(before, reserveUntil) {
      return commit(userPurge(before, reserveUntil))
    },

    async freeName(name) {
      await commit(nameRelease(name))
    },

    touchUser: (uid, lastLoginAt) => journaled.touch((records) => touchUser(records, uid, lastLoginAt)),

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

    touchSession: (id, lastUsedAt) => journaled.touch((records) => touchSession(records, id, lastUsedAt)),

    async endSession(id) {
      await commit(sessionEnd(id))
    },

    findInvitation: (digest) => [...records.invitationsById.values()].find((one) => one.digest === digest),
    listInvitations: () => [...records.invitationsById.values()],

    async createInvitation(invitation) {
      await commit(invitationCreation(invitation))
    },

    removeInvitation: (id) => commit(invitationRemoval(id)),
    findApiKey: (id) => records.apiKeysById.get(id),
    listApiKeys: () => [...records.apiKeysById.values()],

    async createApiKey(key) {
      await commit(apiKeyCreation(key))
    },

    removeApiKey: (id) => commit(apiKeyRemoval(id)),
    touchApiKey: (id, lastUsedAt) => journaled.touch((records) => touchApiKey(records, id, lastUsedAt)),

    dump: journaled.dump,

    capture() {
      const { users, sessions, revokedTokens, reservedNames, purgedUids, invitations, apiKeys } =
        contentsOf(records)
      return {
        users: [...users],
        sessions: [...sessions],
        revokedTokens: [...revokedTokens],
        reservedNames: [...reservedNames],
        purgedUids: [...purgedUids],
        invitations: [...invitations],
        apiKeys: [...apiKeys]
      }
    },

    replaceAll: journaled.replaceAll,
    requireWritable: journaled.requireWritable,
    subscribe: journaled.subscribe,
    close: journaled.close
  }
}
