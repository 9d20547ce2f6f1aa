import { isDeepStrictEqual } from 'node:util'
import { isLastAdminGone } from '../accounts/last-admin.js'
import type { Audit, AuditEvent } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { NameChange, Store, User } from '../store/store.js'
import { type Actor, requireRightOver } from './authorization.js'

/** The dependencies of a change of a record. */
export interface RecordChangeDependencies {
  store: Store
  audit: Audit
  clock: Clock
}

/** The record that a change leaves, and what the store has to know of its name. */
export interface RecordChange extends NameChange {
  readonly after: User
  readonly reserveUntil?: number
}

/** Changes the records of accounts for the operator. */
export interface RecordChanges {
  /** The account. @throws `UserDoesNotExistError` if there is none of this id. */
  requireUser(uid: string): Promise<User>
  /**
   * Replaces a record by what `change` makes of it, and judges both anew after each conflicting change. Nothing is stored, and
   * nothing recorded, if `change` leaves the record as it is, or says that it is a dry run.
   *
   * @throws `UserDoesNotExistError`, `InsufficientScopeError`, the errors of `change` and of `Store.replaceUser`.
   */
  replace(
    uid: string,
    actor: Actor,
    change: (before: User) => RecordChange | Promise<RecordChange>,
    event: RecordedEvent
  ): Promise<User>
  /** Records a change, and warns if it has left no active member of `postern-admins`. */
  record(actor: Actor, event: RecordedEvent, before: User, after: User | undefined): Promise<void>
}

/** The event of a change, and the names of the members that it was about. */
export interface RecordedEvent {
  name: AuditEvent
  detail?: string
}

/** See `RecordChanges`. */
export function createRecordChanges({ store, audit, clock }: RecordChangeDependencies): RecordChanges {
  async function requireUser(uid: string): Promise<User> {
    const user = await store.findUserById(uid)
    if (user === undefined) {
      throw new Refusal('UserDoesNotExistError', { message: 'There is no user of this uid.' })
    }
    return user
  }

  async function record(
    actor: Actor,
    { name, detail }: RecordedEvent,
    before: User,
    after: User | undefined
  ): Promise<void> {
    const user = { user: before.name, uid: before.uid }
    audit.recordAction(name, actor, { ...user, ...(detail !== undefined && { detail }) })
    if (await isLastAdminGone(store, before, after, toSeconds(clock()))) {
      audit.recordAction('last_admin_gone', actor, user)
    }
  }

  return {
    requireUser,
    record,

    async replace(uid, actor, change, event) {
      for (;;) {
        const before = await requireUser(uid)
        requireRightOver(actor, before)
        const { after, ...names } = await change(before)
        if (isDeepStrictEqual(before, after)) return before
        if (!(await store.replaceUser(before, after, names))) continue
        if (names.isDryRun) return before
        await record(actor, event, before, after)
        // With its new version; the record that was meant, if it was purged since.
        return (await store.findUserById(uid)) ?? after
      }
    }
  }
}
