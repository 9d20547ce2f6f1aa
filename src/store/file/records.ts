import type { PendingSignIn } from '../pending-sign-ins.js'
import {
  type ApiKey,
  emailKey,
  type Invitation,
  type ReservedName,
  type RevokedToken,
  type User
} from '../store.js'
import type { Change } from './change.js'
import { addSession, emptySessionRecords, removeSession, type SessionRecords } from './session-records.js'
import type { StoreDocument } from './store-document.js'

/** The records of a store, indexed for lookups. */
export interface Records extends SessionRecords {
  readonly usersById: Map<string, User>
  readonly usersByName: Map<string, User>
  /** By `emailKey`. */
  readonly uidsByEmail: Map<string, string>
  readonly uidsByExternalId: Map<string, string>
  /** By the digest of the password link. */
  readonly uidsByLink: Map<string, string>
  readonly purgedUids: Set<string>
  readonly reservedNames: Map<string, ReservedName>
  readonly reservedNamesByUid: Map<string, Set<string>>
  readonly expiryByJti: Map<string, number>
  /** The oldest first. */
  readonly invitationsById: Map<string, Invitation>
  readonly invitationIdsByDigest: Map<string, string>
  /** The oldest first. */
  readonly apiKeysById: Map<string, ApiKey>
  /** By their digests, the oldest first. */
  readonly pendingSignIns: Map<string, PendingSignIn>
}

/** The parts of a document that are records. */
export type Contents = Omit<StoreDocument, 'version' | 'made' | 'seq' | 'time' | 'feed' | 'revocations'>

/** No records yet. */
export function emptyRecords(): Records {
  return {
    usersById: new Map(),
    usersByName: new Map(),
    uidsByEmail: new Map(),
    uidsByExternalId: new Map(),
    uidsByLink: new Map(),
    purgedUids: new Set(),
    reservedNames: new Map(),
    reservedNamesByUid: new Map(),
    expiryByJti: new Map(),
    ...emptySessionRecords(),
    invitationsById: new Map(),
    invitationIdsByDigest: new Map(),
    apiKeysById: new Map(),
    pendingSignIns: new Map()
  }
}

/** Applies a change, if it is one of records: `RevocationLog` follows the others. Idempotent. */
export function apply(records: Records, change: Change): void {
  if ('user' in change) addUser(records, change.user)
  else if ('session' in change) addSession(records, change.session)
  else if ('endedSession' in change) removeSession(records, change.endedSession)
  else if ('revokedToken' in change) records.expiryByJti.set(change.revokedToken.jti, change.revokedToken.exp)
  else if ('purgedUid' in change) purgeUser(records, change.purgedUid)
  else if ('reservedName' in change) reserveName(records, change.reservedName)
  else if ('freedName' in change) freeName(records, change.freedName)
  else if ('invitation' in change) addInvitation(records, change.invitation)
  else if ('removedInvitation' in change) removeInvitation(records, change.removedInvitation)
  else if ('apiKey' in change) records.apiKeysById.set(change.apiKey.id, change.apiKey)
  else if ('removedApiKey' in change) records.apiKeysById.delete(change.removedApiKey)
  else if ('pendingSignIn' in change)
    records.pendingSignIns.set(change.pendingSignIn.digest, change.pendingSignIn)
  else if ('endedSignIn' in change) records.pendingSignIns.delete(change.endedSignIn)
}

/** Adds all of these. */
export function fill(records: Records, contents: Contents): void {
  for (const user of contents.users) apply(records, { user })
  for (const revokedToken of contents.revokedTokens) apply(records, { revokedToken })
  for (const session of contents.sessions) apply(records, { session })
  for (const reservedName of contents.reservedNames) apply(records, { reservedName })
  for (const purgedUid of contents.purgedUids) apply(records, { purgedUid })
  for (const invitation of contents.invitations) apply(records, { invitation })
  for (const apiKey of contents.apiKeys) apply(records, { apiKey })
  for (const pendingSignIn of contents.pendingSignIns) apply(records, { pendingSignIn })
}

/** All of the records, as a view that changes with them. */
export function contentsOf(records: Records): Contents {
  return {
    users: records.usersById.values(),
    revokedTokens: revocationsOf(records),
    sessions: records.sessionsById.values(),
    reservedNames: records.reservedNames.values(),
    purgedUids: records.purgedUids,
    invitations: records.invitationsById.values(),
    apiKeys: records.apiKeysById.values(),
    pendingSignIns: records.pendingSignIns.values()
  }
}

/** Puts these in the place of all that there are. */
export function refill(records: Records, contents: Contents): void {
  for (const collection of Object.values(records)) collection.clear()
  fill(records, contents)
}

/** Notes the login of a user, if it is there. */
export function touchUser({ usersById, usersByName }: Records, uid: string, lastLoginAt: number): void {
  const user = usersById.get(uid)
  if (user === undefined || user.lastLoginAt === lastLoginAt) return
  const touched = { ...user, lastLoginAt }
  usersById.set(uid, touched)
  usersByName.set(user.name, touched)
}

/** Notes the use of an API key, if it is there. */
export function touchApiKey({ apiKeysById }: Records, id: string, lastUsedAt: number): void {
  const key = apiKeysById.get(id)
  if (key !== undefined) apiKeysById.set(id, { ...key, lastUsedAt })
}

/** A reservation of a name that a user had who is purged. */
export function reservationOf(records: Records, uid: string): ReservedName | undefined {
  const { reservedNames, reservedNamesByUid, purgedUids } = records
  const [name] = (purgedUids.has(uid) && reservedNamesByUid.get(uid)) || []
  return name === undefined ? undefined : reservedNames.get(name)
}

/** The invitation whose link has this digest. */
export function invitationOf(records: Records, digest: string): Invitation | undefined {
  const id = records.invitationIdsByDigest.get(digest)
  return id === undefined ? undefined : records.invitationsById.get(id)
}

function reserveName(records: Records, reserved: ReservedName): void {
  const { name, uid } = reserved
  freeName(records, name)
  records.reservedNames.set(name, reserved)
  const names = records.reservedNamesByUid.get(uid)
  if (names === undefined) records.reservedNamesByUid.set(uid, new Set([name]))
  else names.add(name)
}

function freeName({ reservedNames, reservedNamesByUid }: Records, name: string): void {
  const uid = reservedNames.get(name)?.uid
  if (uid === undefined) return
  reservedNames.delete(name)
  const names = reservedNamesByUid.get(uid)
  names?.delete(name)
  if (names?.size === 0) reservedNamesByUid.delete(uid)
}

function addInvitation({ invitationsById, invitationIdsByDigest }: Records, invitation: Invitation): void {
  invitationsById.set(invitation.id, invitation)
  invitationIdsByDigest.set(invitation.digest, invitation.id)
}

function removeInvitation({ invitationsById, invitationIdsByDigest }: Records, id: string): void {
  const digest = invitationsById.get(id)?.digest
  invitationsById.delete(id)
  if (digest !== undefined) invitationIdsByDigest.delete(digest)
}

function addUser(records: Records, user: User): void {
  const { usersById, usersByName, uidsByEmail, uidsByExternalId, uidsByLink } = records
  const former = usersById.get(user.uid)
  if (former !== undefined) forgetKeys(records, former)
  usersById.set(user.uid, user)
  usersByName.set(user.name, user)
  if (user.email !== undefined) uidsByEmail.set(emailKey(user.email), user.uid)
  if (user.externalId !== undefined) uidsByExternalId.set(user.externalId, user.uid)
  if (user.passwordLink !== undefined) uidsByLink.set(user.passwordLink.digest, user.uid)
}

// Another user may have taken over a name or an address in the meantime, when a change is applied for the second time.
function forgetKeys(records: Records, { uid, name, email, externalId, passwordLink }: User): void {
  if (records.usersByName.get(name)?.uid === uid) records.usersByName.delete(name)
  if (email !== undefined) forgetKey(records.uidsByEmail, emailKey(email), uid)
  if (externalId !== undefined) forgetKey(records.uidsByExternalId, externalId, uid)
  if (passwordLink !== undefined) forgetKey(records.uidsByLink, passwordLink.digest, uid)
}

function forgetKey(uids: Map<string, string>, key: string, uid: string): void {
  if (uids.get(key) === uid) uids.delete(key)
}

function purgeUser(records: Records, uid: string): void {
  const user = records.usersById.get(uid)
  records.purgedUids.add(uid)
  if (user === undefined) return
  forgetKeys(records, user)
  records.usersById.delete(uid)
}

function* revocationsOf({ expiryByJti }: Records): Iterable<RevokedToken> {
  for (const [jti, exp] of expiryByJti) yield { jti, exp }
}
