import type { Clock } from '../../clock.js'
import { emailKey, type MemoryStore, type Session, type User } from '../store.js'
import type { Draft } from './draft.js'
import {
  apiKeyCreation,
  apiKeyRemoval,
  type Intention,
  invitationCreation,
  invitationRemoval,
  keyRevocation,
  nameRelease,
  sessionCreation,
  sessionEnd,
  sessionReplacement,
  tokenRevocation,
  userCreation,
  userPurge,
  userReplacement
} from './intentions.js'
import { type JournaledRecords, openJournaledRecords } from './journaled-records.js'
import { contentsOf, invitationOf, reservationOf, touchApiKey, touchUser } from './records.js'
import { createSessionEviction } from './session-limits.js'
import { sessionsOf, touchSession } from './session-records.js'
import type { StoreOptions } from './store-options.js'

/** Opens `JournaledRecords` and a `Store` over them. @throws what the adapter and the journal throw at reading. */
export async function openJournaledStore(options: StoreOptions): Promise<MemoryStore> {
  return createJournaledStore(await openJournaledRecords(options), options.clock)
}

/** A `Store` over `JournaledRecords`, which it closes: everything is in memory, and lookups cost a hash table's. */
export function createJournaledStore(journaled: JournaledRecords, clock: Clock): MemoryStore {
  const { records, commit } = journaled
  const eviction = createSessionEviction(records, clock)
  // An intention judged by the records of the moment and the changes that wait before it.
  const rehearse = async (intention: Intention) => {
    let hasChanges = false
    await commit((draft) => {
      hasChanges = intention(draft).length > 0
      return []
    })
    return hasChanges
  }
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
    isNameTaken: (name) => records.usersByName.has(name) || records.reservedNames.has(name),
    findReservedNameOf: (uid) => reservationOf(records, uid),

    async createUser(user, change = {}) {
      await (change.isDryRun ? rehearse : commit)(userCreation(user, change))
    },

    replaceUser(before, after, change = {}) {
      return (change.isDryRun ? rehearse : commit)(userReplacement(before, after, change))
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

    findTokenState: ({ uid, jti, sessionId }) => ({
      user: records.usersById.get(uid),
      isRevoked: records.expiryByJti.has(jti),
      isSessionLiving: sessionId === undefined || records.sessionsById.has(sessionId)
    }),

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

    findInvitation: (digest) => invitationOf(records, digest),
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

    async revokeKey(kid) {
      await commit(keyRevocation(kid))
    },

    findRevocations: journaled.revocations.find,
    subscribeRevocations: journaled.revocations.subscribe,
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
        apiKeys: [...apiKeys],
        revocations: [...journaled.revocations.entries]
      }
    },

    replaceAll: journaled.replaceAll,
    requireWritable: journaled.requireWritable,
    close: journaled.close
  }
}
