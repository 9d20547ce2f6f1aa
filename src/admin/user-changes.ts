import { type Static, Type } from 'typebox'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { invalidArgument, Refusal } from '../errors/refusals.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Store, User } from '../store/store.js'
import { type AccountPatch, changeAccount, type NewHash } from './account-changes.js'
import { versionTag } from './account-view.js'
import { type Actor, requesterOf, requireRightOver } from './authorization.js'
import type { ChangeJudge } from './change-judge.js'
import type { RecordChanges } from './record-change.js'

/** The dependencies of changes of accounts; the lifetime of the longest token is in seconds. */
export interface UserChangesDependencies {
  store: Store
  passwords: Passwords
  audit: Audit
  clock: Clock
  changes: RecordChanges
  judgeChange: ChangeJudge
  longestTtl: number
}

/** How far an account is deleted: its record and its name stay unless it says so. */
export const Removal = Type.Object(
  {
    purge: Type.Optional(
      Type.Boolean({ description: 'Whether the record goes, too. The `uid` stays refused.' })
    ),
    free_name: Type.Optional(
      Type.Boolean({
        description:
          'Whether the names that the purged account has had are free at once, whatever tokens there are with them.'
      })
    )
  },
  { additionalProperties: false }
)
export type Removal = Static<typeof Removal>

/** Whether a change may be made of the record with this entity tag. */
export type Precondition = (etag: string) => boolean

/** Changes and deletes accounts for the operator. */
export interface UserChanges {
  /**
   * Changes an account by a merge patch. Costs one run of argon2id for a new password.
   *
   * @param isExpected judges the record that is changed; without it a conflicting change is no reason to refuse this one.
   * @throws `UserDoesNotExistError`, `InsufficientScopeError`, `PreconditionFailedError`, `ManagedByFileError`, `InvalidArgumentError`,
   *   `PasswordPolicyError`, `UserAlreadyExistsError`, `EmailTakenError`, `ExternalIdTakenError`, `ServerBusyError`,
   *   `StoreUnavailableError`.
   */
  change(uid: string, patch: AccountPatch, actor: Actor, isExpected?: Precondition): Promise<User>
  /**
   * Deletes an account, whose record stays, or purges it. The names that a purged account has had can be freed later.
   *
   * @throws `UserDoesNotExistError`, `InsufficientScopeError`, `InvalidArgumentError` for the name of an account that has not
   *   been purged, `StoreUnavailableError`.
   */
  remove(uid: string, removal: Removal, actor: Actor): Promise<void>
}

/** See `UserChanges`. */
export function createUserChanges(dependencies: UserChangesDependencies): UserChanges {
  const { store, passwords, audit, clock, changes, judgeChange, longestTtl } = dependencies
  const now = () => toSeconds(clock())

  async function purge(uid: string, freesName: boolean, actor: Actor): Promise<void> {
    for (;;) {
      const user = await changes.requireUser(uid)
      requireRightOver(actor, user)
      if (!(await store.purgeUser(user, freesName ? undefined : now() + longestTtl))) continue
      await changes.record(actor, { name: 'account_purged' }, user, undefined)
      if (!freesName) return
      audit.recordAction('name_freed', actor, { user: user.name, uid })
      await freeNamesOf(uid, actor)
      return
    }
  }

  /** Frees the names that a purged account had; false if there are none. */
  async function freeNamesOf(uid: string, actor: Actor): Promise<boolean> {
    for (let hasFreed = false; ; hasFreed = true) {
      const reserved = await store.findReservedNameOf(uid)
      if (reserved === undefined) return hasFreed
      await store.freeName(reserved.name)
      audit.recordAction('name_freed', actor, { user: reserved.name, uid })
    }
  }

  return {
    async change(uid, patch, actor, isExpected = () => true) {
      const expected = (before: User) => {
        if (!isExpected(versionTag(before))) throw new Refusal('PreconditionFailedError')
        return before
      }
      let hash: NewHash = patch.pass === null ? null : undefined
      if (typeof patch.pass === 'string') {
        passwords.requireAcceptable(patch.pass)
        // Saves a hash; the change decides.
        const user = await changes.requireUser(uid)
        requireRightOver(actor, user)
        await judgeChange(expected(user), patch, undefined, actor)
        hash = await passwords.hash(patch.pass, requesterOf(actor))
      }
      const detail = Object.keys(patch).join(', ')
      return await changes.replace(
        uid,
        actor,
        (before) => judgeChange(expected(before), patch, hash, actor),
        {
          name: 'account_changed',
          detail
        }
      )
    },

    async remove(uid, { purge: isPurge = false, free_name: freesName = false }, actor) {
      const isKnown = (await store.findUserById(uid)) !== undefined
      if (freesName && !isKnown && (await freeNamesOf(uid, actor))) return
      if (isPurge) return await purge(uid, freesName, actor)
      if (freesName && isKnown)
        throw invalidArgument('free_name', 'goes with purge: a deleted account keeps its name')
      const toDeleted = (before: User) => ({
        after: changeAccount(before, { state: 'deleted' }, undefined, now())
      })
      await changes.replace(uid, actor, toDeleted, { name: 'account_changed', detail: 'state' })
    }
  }
}
