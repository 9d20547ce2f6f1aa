import { type Clock, toSeconds } from '../../clock.js'
import { Refusal } from '../../errors/refusals.js'
import type { ReservedName, Store, User } from '../store.js'
import { revocationOfUser } from '../user-revocation.js'
import type { Changes, ChangeTransaction } from './changes.js'
import { databaseUnavailable, violatedConstraint } from './database-errors.js'
import { eventOf } from './events.js'
import type { InvitationTable } from './invitations.js'
import type { Queryable } from './queryable.js'
import type { ReservedNameTable } from './reserved-names.js'
import type { SessionTable } from './sessions.js'
import type { UserTable } from './users.js'

/** The changes of users; see `Store`. */
export type UserChanges = Pick<Store, 'createUser' | 'replaceUser' | 'purgeUser'>

/** The dependencies of the changes of users. */
export interface UserChangesDependencies {
  changes: Changes
  users: UserTable
  sessions: SessionTable
  reservedNames: ReservedNameTable
  invitations: InvitationTable
  clock: Clock
}

// Each attempt but the last found that what stood in the way had gone meanwhile.
const attempts = 5

/** See `UserChanges`. */
export function createUserChanges(dependencies: UserChangesDependencies): UserChanges {
  const { changes, users, sessions, reservedNames, invitations, clock } = dependencies

  /**
   * Ends the reservation of the name that a user is given. Asked for once the user has the name, so that nobody reserves it meanwhile:
   * only a change that takes the name away from another record does so, and it was waited for.
   */
  async function takeName(
    transaction: Queryable,
    { uid, name }: User,
    reserved: ReservedName | undefined,
    takes: ReservedName | undefined
  ): Promise<void> {
    if (reserved === undefined) return
    const isDecided = takes !== undefined && takes.uid === reserved.uid && takes.until === reserved.until
    if (reserved.uid !== uid && !isDecided) throw taken()
    await reservedNames.free(transaction, name)
  }

  /** @throws `UserAlreadyExistsError`, `EmailTakenError`, `ExternalIdTakenError`. */
  async function requireNoConflict(
    transaction: Queryable,
    user: User,
    takes: ReservedName | undefined
  ): Promise<void> {
    const conflicts = await users.findConflicts(transaction, user)
    if (conflicts.name) throw taken()
    await takeName(transaction, user, await reservedNames.find(user.name, transaction), takes)
    if (conflicts.email) throw new Refusal('EmailTakenError')
    if (conflicts.externalId) throw new Refusal('ExternalIdTakenError')
  }

  async function insert(
    transaction: ChangeTransaction,
    user: User,
    takes: ReservedName | undefined
  ): Promise<void> {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const [added, { isPurged, reserved }] = await Promise.all([
        users.insert(transaction, [user]),
        // A statement of its own after the insert, which has waited for whoever gives up the id or the name.
        reservedNames.findObstacles(transaction, user.uid, user.name)
      ])
      if (isPurged) throw taken()
      if (added > 0) return await takeName(transaction, user, reserved, takes)
      const conflicts = await users.findConflicts(transaction, user)
      if (conflicts.uid) throw taken()
      await requireNoConflict(transaction, user, takes)
    }
    throw databaseUnavailable(new Error('others take and give up the name all the time'))
  }

  async function endSessions(transaction: ChangeTransaction, uid: string): Promise<void> {
    for (const [kind, count] of await sessions.removeAllOf(transaction, uid)) {
      transaction.countSessions(kind, -count)
    }
  }

  const by = (isDryRun: boolean) => (isDryRun ? changes.rehearse : changes.run)

  return {
    async createUser(user, { takes, invitationId, isDryRun = false } = {}) {
      await by(isDryRun)(async (transaction) => {
        if (invitationId !== undefined && !(await invitations.remove(transaction, invitationId))) {
          throw new Refusal('LinkGoneError')
        }
        await insert(transaction, user, takes)
        // It has no token yet, but an end that others have to watch for.
        if (user.expiresAt !== undefined) transaction.record({ kind: 'account', uid: user.uid })
      })
    },

    replaceUser(before, after, { takes, reserveUntil, isDryRun = false } = {}) {
      return by(isDryRun)(async (transaction) => {
        // First: it locks the record, and a lost race is no refusal.
        if (!(await users.isCurrent(transaction, before))) return false
        const isRenamed = after.name !== before.name
        if (isRenamed || after.email !== before.email || after.externalId !== before.externalId) {
          await requireNoConflict(transaction, after, takes)
        }
        await Promise.all([
          users.replace(transaction, before, after).catch(refuseConflict),
          after.gen !== before.gen && endSessions(transaction, before.uid)
        ])
        if (isRenamed) {
          await takeName(transaction, after, await reservedNames.find(after.name, transaction), takes)
          if (reserveUntil !== undefined)
            await reservedNames.reserve(transaction, [reservation(before, reserveUntil)])
        }
        const revocation = revocationOfUser(before, after, toSeconds(clock()))
        transaction.record(
          revocation === undefined ? { kind: 'account', uid: after.uid } : eventOf(revocation)
        )
        return true
      })
    },

    purgeUser(before, reserveUntil) {
      return changes.run(async (transaction) => {
        if (!(await users.remove(transaction, before))) return false
        await reservedNames.addPurged(transaction, [before.uid])
        if (reserveUntil !== undefined)
          await reservedNames.reserve(transaction, [reservation(before, reserveUntil)])
        await endSessions(transaction, before.uid)
        transaction.record({ kind: 'ended', uid: before.uid })
        return true
      })
    }
  }
}

/** Another transaction has taken what was free a moment ago. */
function refuseConflict(error: unknown): never {
  switch (violatedConstraint(error)) {
    case 'users_name':
      throw taken()
    case 'users_email':
      throw new Refusal('EmailTakenError')
    case 'users_external_id':
      throw new Refusal('ExternalIdTakenError')
    default:
      throw error
  }
}

function reservation({ name, uid }: User, until: number): ReservedName {
  return { name, uid, until }
}

function taken(): Refusal {
  return new Refusal('UserAlreadyExistsError')
}
