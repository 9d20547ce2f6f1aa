import type { Registration } from '../accounts/registration.js'
import { normaliseUserName } from '../accounts/user-name.js'
import type { SeedUser } from '../accounts/users-file.js'
import { Refusal } from '../errors/refusals.js'
import { StartupError } from '../errors/startup-error.js'
import type { Store, User } from '../store/store.js'
import type { Claim } from './unique-members.js'

interface Named {
  name: string
  /** The ids of the accounts that the entry is about, as far as there are any. */
  uids: (string | undefined)[]
}

/** An entry of the users file beside the account of its name. */
export type FileEntry = ConflictingEntry | UnmanagedEntry | OpenEntry

/** An entry that cannot have the account that it names, and why. */
export interface ConflictingEntry extends Named {
  kind: 'conflict'
  reason: string
}

/** An entry without `managed` whose account is there. */
export interface UnmanagedEntry extends Named {
  kind: 'unmanaged'
  known: User
}

/** An entry that makes an account, or that an account is brought back to. */
export interface OpenEntry extends Named, Claim {
  kind: 'open'
  known: User | undefined
}

/**
 * Finds the accounts of these users.
 *
 * @throws `StartupError` (wrong setting) that names a user that no account may be.
 */
export async function findEntries(
  store: Store,
  registration: Pick<Registration, 'judgeUser'>,
  users: readonly SeedUser[]
): Promise<FileEntry[]> {
  const entries: FileEntry[] = []
  for (const given of users) {
    try {
      const name = normaliseUserName(given.name)
      const known = await store.findUserByName(name)
      const entry = known === undefined ? await newEntry(store, given, name) : knownEntry(given, known)
      if (entry.kind === 'open') registration.judgeUser(given)
      entries.push(entry)
    } catch (error) {
      throw error instanceof Refusal && error.statusCode < 500 ? wrongUser(given.name, error) : error
    }
  }
  return entries
}

async function newEntry(store: Store, given: SeedUser, name: string): Promise<FileEntry> {
  const reserved = await store.findReservedName(name)
  const named = { name, uids: [reserved?.uid, given.uid] }
  if (reserved !== undefined) {
    const reason = 'the name is reserved, since its account was renamed or purged'
    return { kind: 'conflict', ...named, reason }
  }
  if (given.uid !== undefined && (await store.findUserById(given.uid)) !== undefined) {
    return { kind: 'conflict', ...named, reason: 'another account has the uid' }
  }
  return { kind: 'open', ...named, given, known: undefined, uid: undefined }
}

function knownEntry(given: SeedUser, known: User): FileEntry {
  const { name, uid, managedBy } = known
  const named = { name, uids: [uid, given.uid] }
  if (given.managed !== true) return { kind: 'unmanaged', ...named, known }
  if (managedBy === undefined) {
    const reason = 'there is an account of this name that the file does not manage'
    return { kind: 'conflict', ...named, reason }
  }
  if (given.uid !== undefined && given.uid !== uid) {
    return { kind: 'conflict', ...named, reason: 'the account has another uid' }
  }
  return { kind: 'open', ...named, given, known, uid }
}

function wrongUser(name: string, cause: Refusal): StartupError {
  const message = `POSTERN_USERS_FILE: ${JSON.stringify(name)} is refused: ${cause.message}`
  return new StartupError('wrongSetting', message, { cause })
}
