import { invalidArgument, Refusal } from '../../errors/refusals.js'
import type { PendingSignIn } from '../pending-sign-ins.js'
import type {
  ApiKey,
  Invitation,
  NameChange,
  ReservedName,
  RevokedToken,
  Session,
  User,
  Versioned
} from '../store.js'
import type { Change } from './change.js'
import type { Draft } from './draft.js'

/** Returns the changes of a call, if any, or throws to refuse. It sees the changes of the earlier calls of its batch. */
export type Intention = (draft: Draft) => Change[]

/** See `Store.createUser`. */
export function userCreation(
  user: User,
  { takes, invitationId }: NameChange & { readonly invitationId?: string }
): Intention {
  return (draft) => {
    if (invitationId !== undefined && draft.invitationById(invitationId) === undefined) {
      throw new Refusal('LinkGoneError')
    }
    if (draft.userById(user.uid) !== undefined || draft.isPurged(user.uid)) throw taken()
    const freed = requireFree(draft, user, takes)
    requireUnique(draft, user)
    const spent = invitationId === undefined ? [] : [{ removedInvitation: invitationId }]
    return [...freed, ...spent, { user }]
  }
}

/** See `Store.replaceUser`. */
export function userReplacement(
  before: User,
  after: User,
  { takes, reserveUntil }: NameChange & { readonly reserveUntil?: number }
): Intention {
  return (draft) => {
    const current = draft.userById(before.uid)
    if (current === undefined || !isSameVersion(current, before)) return []
    const isRenamed = after.name !== before.name
    const names: Change[] = isRenamed ? requireFree(draft, after, takes) : []
    if (isRenamed && reserveUntil !== undefined) names.push(reservation(before, reserveUntil))
    requireUnique(draft, after)
    const ended = after.gen === before.gen ? [] : draft.sessionIdsOf(before.uid)
    return [...names, { user: nextVersion(before, withLogin(after, current)) }, ...endOf(ended)]
  }
}

/** See `Store.purgeUser`. */
export function userPurge(before: User, reserveUntil: number | undefined): Intention {
  return (draft) => {
    if (!isSameVersion(draft.userById(before.uid), before)) return []
    const reserved = reserveUntil === undefined ? [] : [reservation(before, reserveUntil)]
    return [{ purgedUid: before.uid }, ...reserved, ...endOf(draft.sessionIdsOf(before.uid))]
  }
}

/** See `Store.freeName`. */
export function nameRelease(name: string): Intention {
  return (draft) => (draft.reservedName(name) === undefined ? [] : [{ freedName: name }])
}

/** See `Store.revokeToken`. */
export function tokenRevocation(revokedToken: RevokedToken): Intention {
  return (draft) => (draft.isRevoked(revokedToken.jti) ? [] : [{ revokedToken }])
}

/**
 * See `Store.createSession`.
 *
 * @param makeRoom returns the session that makes room for the new one, if one must.
 */
export function sessionCreation(
  session: Session,
  makeRoom: (draft: Draft) => Session | undefined
): Intention {
  return (draft) => {
    const evicted = makeRoom(draft)
    return [...endOf(evicted === undefined ? [] : [evicted.id]), { session }]
  }
}

/** See `Store.replaceSession`. */
export function sessionReplacement(before: Session, after: Session): Intention {
  return (draft) =>
    isSameVersion(draft.sessionById(before.id), before) ? [{ session: nextVersion(before, after) }] : []
}

/** See `Store.endSession`. */
export function sessionEnd(id: string): Intention {
  return (draft) => (draft.sessionById(id) === undefined ? [] : endOf([id]))
}

/** See `Store.revokeKey`. */
export function keyRevocation(kid: string): Intention {
  return () => [{ revokedKey: kid }]
}

/** See `Store.createInvitation`. */
export function invitationCreation(invitation: Invitation): Intention {
  return () => [{ invitation }]
}

/** See `Store.removeInvitation`. */
export function invitationRemoval(id: string): Intention {
  return (draft) => (draft.invitationById(id) === undefined ? [] : [{ removedInvitation: id }])
}

/** See `Store.createApiKey`. */
export function apiKeyCreation(apiKey: ApiKey): Intention {
  return (draft) => {
    if (draft.hasApiKeyOfName(apiKey.name)) throw invalidArgument('name', 'is that of another key')
    return [{ apiKey }]
  }
}

/** See `Store.removeApiKey`. */
export function apiKeyRemoval(id: string): Intention {
  return (draft) => (draft.apiKeyById(id) === undefined ? [] : [{ removedApiKey: id }])
}

/** See `PendingSignIns.add`. @param most how many there may be: beyond that the oldest ends. */
export function signInStart(pendingSignIn: PendingSignIn, most: number): Intention {
  return (draft) => {
    const [oldest] = draft.pendingSignInCount < most ? [] : draft.pendingSignIns()
    return [...endOfSignIns(oldest === undefined ? [] : [oldest]), { pendingSignIn }]
  }
}

/** See `PendingSignIns.remove`. @param now in seconds. */
export function signInEnd(digest: string, now: number): Intention {
  return (draft) => ((draft.pendingSignIn(digest)?.expiresAt ?? 0) > now ? endOfSignIns([digest]) : [])
}

/** See `PendingSignIns.clear`. */
export function signInsEnd(): Intention {
  return (draft) => endOfSignIns([...draft.pendingSignIns()])
}

/** The end of the reservation of the name that a user is to have, if it has one. @throws `UserAlreadyExistsError`. */
function requireFree(draft: Draft, { uid, name }: User, takes: ReservedName | undefined): Change[] {
  if (draft.userByName(name) !== undefined) throw taken()
  const reserved = draft.reservedName(name)
  if (reserved === undefined) return []
  const isHis = reserved.uid === uid
  const isDecided = takes !== undefined && takes.uid === reserved.uid && takes.until === reserved.until
  if (!isHis && !isDecided) throw taken()
  return [{ freedName: name }]
}

/** @throws `EmailTakenError`, `ExternalIdTakenError`. */
function requireUnique(draft: Draft, { uid, email, externalId }: User): void {
  const isOther = (user: User | undefined) => user !== undefined && user.uid !== uid
  if (email !== undefined && isOther(draft.userByEmail(email))) throw new Refusal('EmailTakenError')
  if (externalId !== undefined && isOther(draft.userByExternalId(externalId)))
    throw new Refusal('ExternalIdTakenError')
}

// The login may have been noted after the record was read that the new one was made of.
function withLogin(after: User, { lastLoginAt }: User): User {
  return lastLoginAt === undefined || lastLoginAt === after.lastLoginAt ? after : { ...after, lastLoginAt }
}

function reservation({ name, uid }: User, until: number): Change {
  return { reservedName: { name, uid, until } }
}

function taken(): Refusal {
  return new Refusal('UserAlreadyExistsError')
}

function endOf(ids: readonly string[]): Change[] {
  return ids.map((endedSession) => ({ endedSession }))
}

function endOfSignIns(digests: readonly string[]): Change[] {
  return digests.map((endedSignIn) => ({ endedSignIn }))
}

/** Whether a record is there, and of the same version as this one. */
function isSameVersion(some: Versioned | undefined, other: Versioned): boolean {
  return some !== undefined && some.version === other.version
}

/** The record that takes the place of this one. */
function nextVersion<Record extends Versioned>({ version = 0 }: Versioned, after: Record): Record {
  return { ...after, version: version + 1 }
}
