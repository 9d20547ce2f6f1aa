import { withoutMark } from '../accounts/managed-account.js'
import type { Registration } from '../accounts/registration.js'
import { normaliseUserName } from '../accounts/user-name.js'
import type { SeedUser } from '../accounts/users-file.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import { StartupError } from '../errors/startup-error.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Store, User } from '../store/store.js'
import { changeAccount } from './account-changes.js'
import type { Actor } from './authorization.js'
import { changedMembers, filePassword, reconciled } from './reconciled-account.js'
import { createRecordChanges } from './record-change.js'

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

interface Plan {
  step: Step
  /** The ids of the accounts that the entry is about. */
  uids: (string | undefined)[]
}

// The file is the operator's, who may put people into postern-admins.
const actor: Actor = { name: 'file', address: null, scopes: new Set(['all']) }

// Fewer than the hashes that may wait, so that logins get their turn.
const plannedAtOnce = 4

/** See `UsersFileSync`. */
export function createUsersFileSync(dependencies: UsersFileSyncDependencies): UsersFileSync {
  const { store, registration, passwords, clock } = dependencies
  const changes = createRecordChanges(dependencies)
  const now = () => toSeconds(clock())
  const replace = (uid: string, detail: string, change: (before: User) => User) =>
    changes.replace(uid, actor, (before) => ({ after: change(before) }), { name: 'account_changed', detail })

  async function planNew(given: SeedUser, name: string): Promise<Plan> {
    const reserved = await store.findReservedName(name)
    const uids = [reserved?.uid, given.uid]
    const planned = (step: Step): Plan => ({ step, uids })
    if (reserved !== undefined) {
      return planned(conflict(name, 'the name is reserved, since its account was renamed or purged'))
    }
    if (given.uid !== undefined && (await store.findUserById(given.uid)) !== undefined) {
      return planned(conflict(name, 'another account has the uid'))
    }
    registration.judgeUser(given)
    if (await isEmailTaken(given, undefined)) return planned(emailTaken(name))
    const apply = () => registration.ensureUser(given)
    return planned({ difference: { user: name, action: 'make' }, apply })
  }

  async function planKnown(given: SeedUser, known: User): Promise<Step> {
    const { name, uid, managedBy } = known
    if (given.managed !== true) {
      if (managedBy === undefined) return {}
      const apply = () => replace(uid, 'managed_by', withoutMark)
      return { difference: { user: name, action: 'release' }, apply }
    }
    if (managedBy === undefined) {
      return conflict(name, 'there is an account of this name that the file does not manage')
    }
    if (given.uid !== undefined && given.uid !== uid) return conflict(name, 'the account has another uid')
    registration.judgeUser(given)
    if (await isEmailTaken(given, uid)) return emailTaken(name)
    const password = await filePassword(known, given, passwords)
    const after = (before: User) => reconciled(before, given, password, now())
    const expected = after(known)
    const members = changedMembers(known, expected, password)
    const apply = () => replace(uid, members.join(', '), after)
    return members.length === 0 ? { apply } : { difference: { user: name, action: 'change', members }, apply }
  }

  async function isEmailTaken({ email }: SeedUser, uid: string | undefined): Promise<boolean> {
    if (email === undefined) return false
    const holder = await store.findUserByEmail(email)
    return holder !== undefined && holder.uid !== uid
  }

  async function planUser(given: SeedUser): Promise<Plan> {
    try {
      const name = normaliseUserName(given.name)
      const known = await store.findUserByName(name)
      if (known === undefined) return await planNew(given, name)
      return { step: await planKnown(given, known), uids: [known.uid, given.uid] }
    } catch (error) {
      throw isClientsFault(error) ? wrongUser(given.name, error) : error
    }
  }

  function planDisabling({ uid, name }: User): Step {
    const disable = (before: User) =>
      before.state === 'active' ? changeAccount(before, { state: 'disabled' }, undefined, now()) : before
    return { difference: { user: name, action: 'disable' }, apply: () => replace(uid, 'state', disable) }
  }

  async function plan(users: readonly SeedUser[]): Promise<Step[]> {
    const plans: Plan[] = []
    for (let first = 0; first < users.length; first += plannedAtOnce) {
      plans.push(...(await Promise.all(users.slice(first, first + plannedAtOnce).map(planUser))))
    }
    const named = new Set(plans.flatMap(({ uids }) => uids))
    const managed = users.length === 0 ? [] : await store.findManagedUsers()
    const gone = managed.filter(({ uid, state }) => state === 'active' && !named.has(uid))
    return [...gone.map(planDisabling), ...plans.map(({ step }) => step)]
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

function conflict(user: string, reason: string): Step {
  return { difference: { user, action: 'conflict', reason } }
}

function emailTaken(user: string): Step {
  return conflict(user, 'another account has the e-mail address')
}

function isClientsFault(error: unknown): error is Refusal {
  return error instanceof Refusal && error.statusCode < 500
}

function wrongUser(name: string, cause: Refusal): StartupError {
  const message = `POSTERN_USERS_FILE: ${JSON.stringify(name)} is refused: ${cause.message}`
  return new StartupError('wrongSetting', message, { cause })
}
