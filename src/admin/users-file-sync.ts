import { withoutMark } from '../accounts/managed-account.js'
import type { Registration } from '../accounts/registration.js'
import type { SeedUser } from '../accounts/users-file.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Store, User } from '../store/store.js'
import { changeAccount } from './account-changes.js'
import type { Actor } from './authorization.js'
import { changedMembers, filePassword, reconciled } from './reconciled-account.js'
import { createRecordChanges } from './record-change.js'
import { judgeClaims, type UniqueMember } from './unique-members.js'
import { type ConflictingEntry, findEntries, type OpenEntry } from './users-file-entries.js'

/** A difference between the users file and the accounts. */
export interface FileDifference {
  user: string
  /** `release`: the account is no longer managed, and stays as it is. `conflict`: it is left as it is, for the reason. */
  action: 'make' | 'change' | 'disable' | 'release' | 'conflict'
  /** The names of the members of a change. */
  members?: string[]
  reason?: string
}

/** The dependencies of the reconciliation. */
export interface UsersFileSyncDependencies {
  store: Store
  registration: Pick<Registration, 'judgeUser' | 'ensureUser'>
  passwords: Passwords
  audit: Audit
  clock: Clock
}

/** Brings the accounts to what the users file says. */
export interface UsersFileSync {
  /**
   * Makes the users that there are not yet, brings the managed ones back to what the file says, and disables those that have left
   * it; an empty list disables nobody. All users are judged before the first change, and a dry run ends there. Costs a verification
   * of argon2 for each managed user with a password, and a look at every account.
   *
   * @returns the differences that there were; with a conflict the others are still applied.
   * @throws `StartupError` (wrong setting) for a user that no account may be, and nothing is changed; `ServerBusyError`,
   *   `StoreUnavailableError`.
   */
  sync(users: readonly SeedUser[], isDryRun: boolean): Promise<FileDifference[]>
}

/** A step towards the file; without `apply` for a conflict, without a difference for what nobody sees. */
interface Step {
  difference?: FileDifference
  apply?(): Promise<unknown>
}

// The file is the operator's, who may put people into postern-admins.
const actor: Actor = { name: 'file', address: null, scopes: new Set(['all']) }

const takenReasons: Record<UniqueMember, string> = {
  email: 'another account has the e-mail address',
  external_id: 'another account has the external_id'
}

// Fewer than the hashes that may wait, so that logins get their turn.
const plannedAtOnce = 4

/** See `UsersFileSync`. */
export function createUsersFileSync(dependencies: UsersFileSyncDependencies): UsersFileSync {
  const { store, registration, passwords, clock } = dependencies
  const changes = createRecordChanges(dependencies)
  const now = () => toSeconds(clock())
  const replace = (uid: string, detail: string, change: (before: User) => User) =>
    changes.replace(uid, actor, (before) => ({ after: change(before) }), { name: 'account_changed', detail })

  function releaseOf({ name, uid, managedBy }: User): Step {
    if (managedBy === undefined) return {}
    const apply = () => replace(uid, 'managed_by', withoutMark)
    return { difference: { user: name, action: 'release' }, apply }
  }

  async function planOpen({ given, name, known }: OpenEntry): Promise<Step> {
    if (known === undefined) {
      return { difference: { user: name, action: 'make' }, apply: () => registration.ensureUser(given) }
    }
    const password = await filePassword(known, given, passwords)
    const after = (before: User) => reconciled(before, given, password, now())
    const members = changedMembers(known, after(known), password)
    const apply = () => replace(known.uid, members.join(', '), after)
    return members.length === 0 ? { apply } : { difference: { user: name, action: 'change', members }, apply }
  }

  /** The step that leaves to others what the file gives them; its own step gives the account what the file says. */
  function planGivingUp([uid, members]: [string, Set<UniqueMember>]): Step {
    const patch = Object.fromEntries([...members].map((member) => [member, null]))
    const giveUp = (before: User) => changeAccount(before, patch, undefined, now())
    return { apply: () => replace(uid, [...members].join(', '), giveUp) }
  }

  function planDisabling({ uid, name }: User): Step {
    const disable = (before: User) =>
      before.state === 'active' ? changeAccount(before, { state: 'disabled' }, undefined, now()) : before
    return { difference: { user: name, action: 'disable' }, apply: () => replace(uid, 'state', disable) }
  }

  async function plan(users: readonly SeedUser[]): Promise<Step[]> {
    const entries = await findEntries(store, registration, users)
    const open = entries.filter((entry) => entry.kind === 'open')
    const { refused, givenUp } = await judgeClaims(store, open)
    const steps = await inGroups(entries, async (entry) => {
      if (entry.kind === 'unmanaged') return releaseOf(entry.known)
      if (entry.kind === 'conflict') return conflict(entry)
      const taken = refused.get(entry)
      return taken === undefined
        ? await planOpen(entry)
        : conflict({ name: entry.name, reason: takenReasons[taken] })
    })
    const named = new Set(entries.flatMap(({ uids }) => uids))
    const managed = users.length === 0 ? [] : await store.findManagedUsers()
    const gone = managed.filter(({ uid, state }) => state === 'active' && !named.has(uid))
    return [...gone.map(planDisabling), ...[...givenUp].map(planGivingUp), ...steps]
  }

  return {
    async sync(users, isDryRun) {
      const differences: FileDifference[] = []
      for (const { difference, apply } of await plan(users)) {
        const outcome = isDryRun ? difference : await applied(difference, apply)
        if (outcome !== undefined) differences.push(outcome)
      }
      return differences
    }
  }
}

/** Applies a step. A refusal of the store, such as of an address that somebody has taken meanwhile, is a conflict. */
async function applied(
  difference: Step['difference'],
  apply: Step['apply']
): Promise<FileDifference | undefined> {
  try {
    await apply?.()
    return difference
  } catch (error) {
    if (difference === undefined || !isClientsFault(error)) throw error
    return { user: difference.user, action: 'conflict', reason: error.message }
  }
}

function conflict({ name: user, reason }: Pick<ConflictingEntry, 'name' | 'reason'>): Step {
  return { difference: { user, action: 'conflict', reason } }
}

async function inGroups<Value, Result>(
  values: readonly Value[],
  task: (value: Value) => Promise<Result>
): Promise<Result[]> {
  const results: Result[] = []
  for (let first = 0; first < values.length; first += plannedAtOnce) {
    results.push(...(await Promise.all(values.slice(first, first + plannedAtOnce).map(task))))
  }
  return results
}

function isClientsFault(error: unknown): error is Refusal {
  return error instanceof Refusal && error.statusCode < 500
}
