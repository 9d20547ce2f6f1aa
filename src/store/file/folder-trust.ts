import type { Stats } from 'node:fs'
import { chmod, lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { notTrusted } from './file-problems.js'
import { isJournalName } from './journal-names.js'
import { lockFileName } from './lock-names.js'
import { groupWrite } from './private-file.js'

const temporaryFile = /^(\.?(users|keys)\.json\.tmp|\.writable\.tmp|postern(-keys)?\.pid)$/

/** The file that says that a restore into the folder has not ended. */
export const restorationMark = 'restore-unfinished'

const othersWrite = 0o002

/** The file that keeps the folder, with its private keys, out of the repository that it may lie in. */
export const ignoreFile = '.gitignore'

/**
 * Checks that nobody but this user, root, or, for root, the folder's owner can have written what is in the folder; modes of
 * ours that are looser than need be are tightened. Costs a look at each file of ours.
 *
 * @returns what the operator should know.
 * @throws `StartupError` (folder not writable) that names the file or the folder, and says what to do; and the file system's
 *   error for a folder that is not there.
 */
export async function requireTrusted(folder: string): Promise<string[]> {
  // Windows has neither these owners nor these modes.
  if (process.geteuid === undefined) return []
  const user = process.geteuid()
  const names = await readdir(folder)
  const stats = await stat(folder)
  const warnings = await requireTrustedFolder(folder, stats, user, names)
  // A group that may write to the folder may have its reasons to read the files.
  const looseBits = warnings.length > 0 ? 0o007 : 0o077
  const owners = [user, 0, stats.uid]
  const stored = names.filter(isStored)
  await Promise.all(stored.map((name) => requireTrustedFile(join(folder, name), owners, looseBits)))
  return warnings
}

async function requireTrustedFolder(
  folder: string,
  { uid, gid, mode }: Stats,
  user: number,
  names: readonly string[]
): Promise<string[]> {
  if (user !== 0 && uid !== user && uid !== 0) throw notTrusted(folder, 'belongs to another user')
  const isOpenToGroup = (mode & groupWrite) !== 0
  const isGroupOurs = user === 0 || [process.getegid?.(), ...(process.getgroups?.() ?? [])].includes(gid)
  // Kubernetes gives a volume to a group (fsGroup), which the process is in beside its own, and takes no notice of owners.
  const isGiven = isOpenToGroup && isGroupOurs && gid !== process.getegid?.()
  // A folder that was there before, such as the one of a fresh clone, may be open to others. One that holds anything else
  // is left as it is: the files that are written into it are 0600 in any case.
  const canTighten = uid === user && !isGiven && names.every(isOurs)
  const holdsData = names.some(isStored)
  if ((mode & othersWrite) !== 0 && (holdsData || !canTighten)) {
    throw notTrusted(folder, 'can be written to by all users')
  }
  if (canTighten && (mode & 0o7777) !== 0o700) await chmod(folder, 0o700)
  else if (isOpenToGroup && !isGroupOurs) throw notTrusted(folder, `can be written to by group ${gid}`)
  return isOpenToGroup && !canTighten
    ? [`all users of group ${gid} can write to the data folder ${folder}`]
    : []
}

/** Whether a file of this name in a data folder holds data. */
export function isStored(name: string): boolean {
  return name === 'users.json' || name === 'keys.json' || isJournalName(name)
}

/** Whether Postern, or its repository, puts a file of this name into a data folder. */
export function isOurs(name: string): boolean {
  return (
    name === '.gitkeep' ||
    name === ignoreFile ||
    name === restorationMark ||
    isStored(name) ||
    [temporaryFile, lockFileName].some((names) => names.test(name))
  )
}

async function requireTrustedFile(path: string, owners: readonly number[], looseBits: number): Promise<void> {
  const stats = await lstat(path).catch(ifMissing)
  if (stats === undefined) return
  if (!stats.isFile()) throw notTrusted(path, 'is no regular file')
  if (!owners.includes(stats.uid)) throw notTrusted(path, 'belongs to another user')
  const mode = stats.mode & 0o777
  if ((mode & looseBits) !== 0) await chmod(path, mode & ~looseBits).catch(() => {})
}

// A journal that has just been compacted.
function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
