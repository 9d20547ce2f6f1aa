import { setImmediate as turn } from 'node:timers/promises'
import { requireOwnClaims } from '../accounts/account-members.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { invalidArgument, Refusal } from '../errors/refusals.js'
import { emailKey, type Store, type User } from '../store/store.js'
import type { Actor } from './authorization.js'
import type { ChangeJudge } from './change-judge.js'
import { type ImportedAccount, namedUser, parseLine, requireAccount } from './import-line.js'
import type { ImportRequest } from './import-request.js'
import type { NameDecision } from './name-decision.js'
import type { NewRecord } from './new-record.js'
import type { RecordChanges } from './record-change.js'

/** The dependencies of the import of accounts. */
export interface UserImportDependencies {
  store: Store
  audit: Audit
  clock: Clock
  changes: RecordChanges
  decideName: NameDecision
  newRecord: NewRecord
  judgeChange: ChangeJudge
}

/** A line that was refused. */
export interface RefusedLine {
  /** The first is 1. */
  line: number
  /** As the line names it, if it does. */
  user?: string
  reason: string
}

/** The outcome of an import, or of a dry run of one. */
export interface ImportReport {
  made: number
  updated: number
  skipped: number
  refused: RefusedLine[]
}

/** Imports accounts for the operator. */
export interface UserImport {
  /**
   * Imports the accounts of these lines, each as a whole or not at all. A refused one is in the report, and stops nothing.
   *
   * @throws `InvalidArgumentError` for more lines than one call takes; `StoreUnavailableError`, after which some of the accounts may be
   *   there.
   */
  importUsers(lines: string, request: ImportRequest, actor: Actor): Promise<ImportReport>
}

// Of a call.
const maxLines = 500

// In one turn of the event loop: some milliseconds of work.
const linesATurn = 25

type Outcome = 'made' | 'updated' | 'skipped' | RefusedLine

/** The import of one account. */
function createAccountImport(dependencies: UserImportDependencies) {
  const { store, clock, changes, decideName, newRecord, judgeChange } = dependencies

  async function importAccount(
    account: ImportedAccount,
    request: ImportRequest,
    actor: Actor
  ): Promise<Outcome> {
    const { on_conflict: onConflict = 'fail', dry_run: isDry = false } = request
    const existing = (await findExisting(account)) ?? (await made(account, isDry, actor))
    if (existing === undefined) return 'made'
    if (onConflict === 'skip') return 'skipped'
    if (onConflict === 'fail') throw new Refusal('UserAlreadyExistsError')
    if (account.uid !== undefined && account.uid !== existing.uid) {
      throw invalidArgument('uid', 'is not that of the account with this name')
    }
    return await update(existing, account, isDry, actor)
  }

  async function findExisting({ user, uid }: ImportedAccount): Promise<User | undefined> {
    const named = await store.findUserByName(user)
    return (uid && (await store.findUserById(uid))) || named
  }

  /** Makes the account, unless another call has made it meanwhile: then that one. */
  async function made(account: ImportedAccount, isDry: boolean, actor: Actor): Promise<User | undefined> {
    try {
      await create(account, isDry, actor)
      return undefined
    } catch (error) {
      const isTaken = error instanceof Refusal && error.name === 'UserAlreadyExistsError'
      const other = isTaken ? await findExisting(account) : undefined
      if (other === undefined) throw error
      return other
    }
  }

  async function create(account: ImportedAccount, isDry: boolean, actor: Actor): Promise<void> {
    const { uid, claims, created_at: createdAt } = account
    const { user: name, ...members } = patchOf(account)
    const record = newRecord({ name, uid, claims, members, createdAt }, actor)
    const user = withHistory(record, account, toSeconds(clock()))
    await store.createUser(user, { ...(await decideName(name)), isDryRun: isDry })
    if (!isDry) await changes.record(actor, { name: 'account_created', detail: 'import' }, user, user)
  }

  async function update(
    user: User,
    account: ImportedAccount,
    isDry: boolean,
    actor: Actor
  ): Promise<Outcome> {
    const { claims, hash } = account
    const patch = patchOf(account)
    requireOwnClaims(claims ?? {})
    const change = async (before: User) => {
      const newHash = hash === before.hash ? undefined : hash
      // A merge patch would keep those that the line has not.
      const emptied = claims === undefined ? before : { ...before, claims }
      const members = { ...patch, ...(claims !== undefined && { claims: {} }) }
      return { ...(await judgeChange(emptied, members, newHash, actor)), isDryRun: isDry }
    }
    await changes.replace(user.uid, actor, change, { name: 'account_changed', detail: 'import' })
    return 'updated'
  }

  return importAccount
}

/** See `UserImport`. */
export function createUserImport(dependencies: UserImportDependencies): UserImport {
  const { audit } = dependencies
  const importAccount = createAccountImport(dependencies)

  // A line into postern-admins is an attempt like a call of its own.
  function recordScope(error: unknown, actor: Actor, user: string | undefined): void {
    if (!(error instanceof Refusal) || error.name !== 'InsufficientScopeError') return
    const detail = `POST /admin/import: ${error.message}`
    audit.recordAction('admin_refused', actor, {
      ...(user !== undefined && { user }),
      reason: error.name,
      detail
    })
  }

  return {
    async importUsers(text, request, actor) {
      const requireFirst = createRepetitionCheck()
      async function outcomeOf(text: string, line: number): Promise<Outcome> {
        const value = parseLine(text)
        try {
          const account = requireAccount(value, text)
          requireFirst(account, line)
          return await importAccount(account, request, actor)
        } catch (error) {
          const user = namedUser(value)
          recordScope(error, actor, user)
          return refused(error, line, user)
        }
      }

      const outcomes: Promise<Outcome>[] = []
      for (const [index, line] of linesOf(text).entries()) {
        // Together, since changes that wait for the disk at the same time are written at once; in pieces, since other calls wait.
        if (index > 0 && index % linesATurn === 0) await turn()
        const outcome = outcomeOf(line, index + 1)
        // It may fail in a turn before the one that awaits it.
        outcome.catch(() => {})
        outcomes.push(outcome)
      }
      return reportOf(await Promise.all(outcomes))
    }
  }
}

/** The members that a patch sets, without the claims, which are no patch of others. */
function patchOf({ user, state, email, email_verified, display_name, groups, ...others }: ImportedAccount) {
  const { expires_at, external_id } = others
  const patch = { user, state, email, email_verified, display_name, groups, expires_at, external_id }
  // To a patch a member that is undefined is one that is there.
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as Partial<
    typeof patch
  > & { user: string }
}

/** The record with the hash and the times of an account that another service has had. */
function withHistory(record: User, account: ImportedAccount, now: number): User {
  const { uid, hash, password_changed_at, last_login_at } = account
  return {
    ...record,
    // Of the tokens that another service has issued with this uid, none is accepted here.
    ...(uid !== undefined && { gen: now }),
    ...(hash !== undefined && { hash }),
    ...(password_changed_at !== undefined && { passwordChangedAt: password_changed_at }),
    ...(last_login_at !== undefined && { lastLoginAt: last_login_at })
  }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines.length > maxLines) throw invalidArgument('body', `takes at most ${maxLines} lines`)
  return lines
}

/** Refuses what an earlier line has. So a dry run, which stores nothing, finds the same as an import. */
function createRepetitionCheck() {
  const lines = new Map<string, number>()
  return ({ user, uid, email, external_id }: ImportedAccount, line: number) => {
    const keys = { user, uid, email: email && emailKey(email), external_id }
    const given = Object.entries(keys).filter(([, value]) => value !== undefined)
    for (const [member, value] of given) {
      const earlier = lines.get(`${member} ${value}`)
      if (earlier !== undefined) throw invalidArgument(member, `is the same as on line ${earlier}`)
    }
    for (const [member, value] of given) lines.set(`${member} ${value}`, line)
  }
}

function refused(error: unknown, line: number, user: string | undefined): RefusedLine {
  if (!(error instanceof Refusal) || error.statusCode >= 500) throw error
  return { line, ...(user !== undefined && { user: user.slice(0, 255) }), reason: error.message }
}

function reportOf(outcomes: readonly Outcome[]): ImportReport {
  const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length
  return {
    made: count('made'),
    updated: count('updated'),
    skipped: count('skipped'),
    refused: outcomes.filter((outcome) => typeof outcome === 'object')
  }
}
