import { invalidArgument } from '../../errors/refusals.js'
import type { ApiKey, Session, Store, User } from '../store.js'
import { closedStore } from './changes.js'
import { readDump } from './dump.js'
import { createSessionChanges } from './session-changes.js'
import { createSessionEviction } from './session-limits.js'
import type { StoreParts } from './store-parts.js'
import { createUserChanges } from './user-changes.js'
import { createWriteCheck } from './write-check.js'

/**
 * A `Store` on PostgreSQL. All instances on one database behave as one: a change is seen here at once, and by the others within
 * `maxStale` milliseconds. It closes its parts.
 */
export function createPostgresStore(parts: StoreParts): Store {
  return {
    ...userMethods(parts),
    ...sessionMethods(parts),
    ...operatorMethods(parts),
    ...wholeMethods(parts)
  }
}

type Methods<Name extends keyof Store> = Pick<Store, Name>

function userMethods(
  parts: StoreParts
): Methods<
  | 'findUserByName'
  | 'findUserById'
  | 'findUserByEmail'
  | 'findUserByExternalId'
  | 'findUserByLink'
  | 'isUidPurged'
  | 'listUsers'
  | 'findUsersWithClaims'
  | 'findManagedUsers'
  | 'findUsersWithFactor'
  | 'countUsers'
  | 'findReservedName'
  | 'isNameTaken'
  | 'findReservedNameOf'
  | 'createUser'
  | 'replaceUser'
  | 'purgeUser'
  | 'freeName'
  | 'touchUser'
> {
  const { users, order, reservedNames, changes, touches, cache } = parts
  const userChanges = createUserChanges(parts)
  const touched = (user: User): User => {
    const lastLoginAt = touches.find('user', user.uid)
    return lastLoginAt === undefined ? user : { ...user, lastLoginAt }
  }
  const seen = async (found: Promise<User | undefined>) => {
    const user = await found
    return user && touched(user)
  }
  const allSeen = async (found: Promise<readonly User[]>) => (await found).map(touched)

  return {
    findUserByName: (name) => seen(users.findByName(name)),
    findUserById: (uid) => seen(users.findById(uid)),
    findUserByEmail: (email) => seen(users.findByEmail(email)),
    findUserByExternalId: (id) => seen(users.findByExternalId(id)),
    findUserByLink: (digest) => seen(users.findByLink(digest)),
    isUidPurged: (uid) => reservedNames.isPurged(uid),

    async listUsers(query) {
      const page = await order.page(query)
      return { ...page, users: page.users.map(touched) }
    },

    findUsersWithClaims: (names, limit) => allSeen(users.findWithClaims(names, limit)),
    findManagedUsers: () => allSeen(users.findManaged()),
    findUsersWithFactor: () => allSeen(users.findWithFactor()),
    countUsers: () => users.count(),
    findReservedName: (name) => reservedNames.find(name),
    isNameTaken: (name) => reservedNames.isTaken(name),
    findReservedNameOf: (uid) => reservedNames.findOfPurged(uid),
    createUser: userChanges.createUser,

    async replaceUser(before, after, change) {
      const isReplaced = await userChanges.replaceUser(before, after, change)
      // The record may have come from the cache: it is read before the next attempt.
      if (!isReplaced) cache.forget([{ kind: 'account', uid: before.uid }])
      return isReplaced
    },

    purgeUser: userChanges.purgeUser,
    freeName: (name) => changes.run((transaction) => reservedNames.free(transaction, name)),

    touchUser(uid, lastLoginAt) {
      touches.touch('user', uid, lastLoginAt)
      cache.forget([{ kind: 'account', uid }])
    }
  }
}

function sessionMethods(
  parts: StoreParts
): Methods<
  | 'revokeToken'
  | 'isTokenRevoked'
  | 'findTokenState'
  | 'findSession'
  | 'findSessions'
  | 'createSession'
  | 'replaceSession'
  | 'endSession'
  | 'touchSession'
> {
  const { database, sessions, revokedTokens, changes, touches, cautiousNow, passedNow, findTokenState } =
    parts
  const eviction = createSessionEviction(database, sessions, touches)
  const touched = (session: Session): Session => {
    const lastUsedAt = touches.find('session', session.id)
    return lastUsedAt === undefined ? session : { ...session, lastUsedAt }
  }

  return {
    async revokeToken(token) {
      await changes.run(async (transaction) => {
        if ((await revokedTokens.add(transaction, [token])) > 0)
          transaction.record({ kind: 'token', ...token })
      })
    },

    isTokenRevoked: (jti) => revokedTokens.has(jti, passedNow()),
    findTokenState,

    async findSession(id) {
      const session = await sessions.find(id)
      return session && touched(session)
    },

    async findSessions(uid) {
      return (await sessions.findOf(uid, cautiousNow())).map(touched)
    },

    ...createSessionChanges({ ...parts, eviction }),
    touchSession: (id, lastUsedAt) => touches.touch('session', id, lastUsedAt)
  }
}

function operatorMethods({
  invitations,
  apiKeys,
  changes,
  touches
}: StoreParts): Methods<
  | 'findInvitation'
  | 'listInvitations'
  | 'createInvitation'
  | 'removeInvitation'
  | 'findApiKey'
  | 'listApiKeys'
  | 'createApiKey'
  | 'removeApiKey'
  | 'touchApiKey'
> {
  const touched = (key: ApiKey): ApiKey => {
    const lastUsedAt = touches.find('apiKey', key.id)
    return lastUsedAt === undefined ? key : { ...key, lastUsedAt }
  }

  return {
    findInvitation: (digest) => invitations.findByDigest(digest),
    listInvitations: () => invitations.list(),
    createInvitation: (invitation) =>
      changes.run((transaction) => invitations.add(transaction, [invitation])),
    removeInvitation: (id) => changes.run((transaction) => invitations.remove(transaction, id)),

    async findApiKey(id) {
      const key = await apiKeys.find(id)
      return key && touched(key)
    },

    async listApiKeys() {
      return (await apiKeys.list()).map(touched)
    },

    async createApiKey(key) {
      await changes.run(async (transaction) => {
        if ((await apiKeys.add(transaction, [key])) === 0)
          throw invalidArgument('name', 'is that of another key')
      })
    },

    removeApiKey: (id) => changes.run((transaction) => apiKeys.remove(transaction, id)),
    touchApiKey: (id, lastUsedAt) => touches.touch('apiKey', id, lastUsedAt)
  }
}

function wholeMethods(
  parts: StoreParts
): Methods<'revokeKey' | 'findRevocations' | 'subscribeRevocations' | 'dump' | 'requireWritable' | 'close'> {
  const { database, events, changes, feed, touches, facts, passedNow } = parts
  const checkWritable = createWriteCheck(database, changes)
  let closing: Promise<void> | undefined

  return {
    revokeKey: (kid) => changes.run(async (transaction) => transaction.record({ kind: 'key', kid })),
    findRevocations: (cursor) => feed.find(cursor),
    subscribeRevocations: feed.subscribe,

    async dump() {
      if (closing !== undefined) throw closedStore()
      await touches.flush()
      return await readDump(database, events, Math.max(facts.knownTime, passedNow()), passedNow())
    },

    async requireWritable() {
      if (closing !== undefined) throw closedStore()
      await checkWritable()
    },

    close() {
      closing ??= parts.close()
      return closing
    }
  }
}
