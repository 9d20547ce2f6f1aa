import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { exitCodes, StartupError } from '../../errors/startup-error.js'
import { type Claim, type ClaimKind, type OpenFolder, openFolder } from './claim.js'
import { notWritable } from './file-problems.js'
import { findFormerOwner } from './former-lock.js'
import { fileName, highestNumber, numberIn } from './lock-names.js'
import { createPrivateFile, removeFile } from './private-file.js'
import { processClaim } from './process-claim.js'
import { socketClaim } from './socket-claim.js'

// The attempts at a lock that others hold only for a moment, and the milliseconds between two of them.
const maxAttempts = 40
const attemptInterval = 50

// The number of races that a start may lose. Each of the winners has then had its turn.
const maxRaces = 100

const allKinds = [socketClaim, processClaim]

const kindsHere = process.platform === 'linux' ? allKinds : [processClaim]

// The error codes of a file system without sockets, or without hard links to them.
const unsupported = new Set(['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPROTONOSUPPORT'])

/** The ownership of a folder. */
export interface Lock {
  /** Warnings to the operator about the kind of lock. */
  readonly warnings: readonly string[]
  /** Releases the folder to another process. It never fails. */
  release(): Promise<void>
}

/**
 * Runs a task alone: no other task of the same name runs on the folder meanwhile, in this process or another one. Such tasks
 * are short, so that it waits for them. On a read-only file system it runs without a lock.
 *
 * @throws `StartupError` (folder in use) after two seconds of waiting; the errors of the task and of `lockFolder`.
 */
export async function withFolderLock<T>(folder: string, name: string, task: () => Promise<T>): Promise<T> {
  const lock = await lockPatiently(folder, name)
  try {
    return await task()
  } finally {
    await lock.release()
  }
}

async function lockPatiently(folder: string, name: string): Promise<Pick<Lock, 'release'>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await lockFolder(folder, name)
    } catch (error) {
      // Nobody can change a file by this path, and files are replaced as a whole: a read needs no lock.
      if (isReadOnly(error)) return { release: async () => {} }
      if (attempt === maxAttempts || !isInUse(error)) throw error
      await after(attemptInterval)
    }
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof StartupError && error.exitCode === exitCodes.folderInUse
}

function isReadOnly(error: unknown): boolean {
  const { cause } = error as Error
  return error instanceof StartupError && (cause as NodeJS.ErrnoException | undefined)?.code === 'EROFS'
}

/**
 * Takes a folder until it is released or the process ends. The lock is a Unix socket in the folder; on a file system without
 * sockets it is a file with the process id. docs/decisions/0001-one-owner-of-the-data-folder.md says why it holds.
 *
 * @param name the part of the folder that the lock is for; the whole folder if it is left out.
 * @param kinds the kinds of claims to try, in this order.
 * @throws `StartupError` (folder in use); (folder not writable), also when the highest number of a name leaves no number for
 *   this process; and the file system's ENOENT if there is no such folder.
 */
export async function lockFolder(
  path: string,
  name?: string,
  kinds: readonly ClaimKind[] = kindsHere
): Promise<Lock> {
  const folder = await openFolder(path)
  try {
    await requireNoFormerOwner(folder, name === undefined ? '' : `-${name}`)
    return await lockByFirst(kinds, folder, name === undefined ? 'owner' : `${name}-owner`)
  } catch (error) {
    await folder.close()
    if (error instanceof StartupError || (error as NodeJS.ErrnoException).code === undefined) throw error
    throw notWritable(path, error)
  }
}

async function lockByFirst(kinds: readonly ClaimKind[], folder: OpenFolder, subject: string): Promise<Lock> {
  const [kind, ...others] = kinds
  if (kind === undefined) throw new Error('there is no kind of claim')
  try {
    return await lockBy(kind, folder, subject)
  } catch (error) {
    if (others.length === 0 || !unsupported.has(String((error as NodeJS.ErrnoException).code))) throw error
    const lock = await lockByFirst(others, folder, subject)
    const warning = `the file system of ${folder.path} has no sockets: a second Postern on it is noticed only on the same machine, and not in another container`
    return { ...lock, warnings: [warning, ...lock.warnings] }
  }
}

/**
 * Claims the number above the highest one, whose owner must be dead. The highest name is never removed, not even by its
 * owner: of two processes that find it dead, one gets the next number.
 */
async function lockBy(kind: ClaimKind, folder: OpenFolder, subject: string): Promise<Lock> {
  for (let race = 0; race < maxRaces; race += 1) {
    const names = await readdir(folder.at('.'))
    for (const other of allKinds) await requireNoOwner(folder, subject, other, names)
    const number = nextNumber(folder, highestNumber(names, subject, kind), subject, kind)
    const name = fileName(subject, number, kind)
    const claim = await makeUnlessTaken(kind, folder, name)
    if (claim === undefined) continue
    // Since the folder was listed, others may have claimed this number and higher ones, and removed this one.
    const seen = await readdir(folder.at('.'))
    if (highestNumber(seen, subject, kind) === number) {
      await requireNoOtherKind(folder, subject, kind, seen).catch(async (error: unknown) => {
        await giveUp(folder, name, claim)
        throw error
      })
      await removeOlder(folder, subject, number, kind, seen)
      return { warnings: [], release: () => release(folder, name, claim) }
    }
    await removeFile(folder.at(name))
    await claim.end()
  }
  throw inUse(folder.path)
}

async function makeUnlessTaken(
  kind: ClaimKind,
  folder: OpenFolder,
  name: string
): Promise<Claim | undefined> {
  try {
    return await kind.make(folder, name)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOENT') return undefined
    throw error
  }
}

async function requireNoOwner(
  folder: OpenFolder,
  subject: string,
  kind: ClaimKind,
  names: readonly string[]
): Promise<void> {
  const highest = highestNumber(names, subject, kind)
  if (highest === 0) return
  const name = fileName(subject, highest, kind)
  if (await kind.isLive(folder, name)) throw inUse(folder.path, ` (see ${name} in it)`)
}

// Numbers of different kinds cannot be compared. Of two processes that claim at once, the later one sees the other here.
async function requireNoOtherKind(
  folder: OpenFolder,
  subject: string,
  { extension }: ClaimKind,
  names: readonly string[]
): Promise<void> {
  for (const other of allKinds) {
    if (other.extension !== extension) await requireNoOwner(folder, subject, other, names)
  }
}

// Release 0.1.0 made a file of this name where there are no abstract sockets. Remove this together with `former-lock.ts`.
async function requireNoFormerOwner(folder: OpenFolder, suffix: string): Promise<void> {
  const file = `postern${suffix}.pid`
  if (await processClaim.isLive(folder, file)) throw inUse(folder.path, ` (see ${file} in it)`)
  const pid = await findFormerOwner(folder.path, suffix)
  if (pid !== undefined) throw inUse(folder.path, ` (process ${pid}, of an older release)`)
}

// The number of the start after the next one must still be a different number.
function nextNumber(folder: OpenFolder, highest: number, subject: string, kind: ClaimKind): number {
  const next = highest + 1
  if (Number.isSafeInteger(next + 1)) return next
  const path = join(folder.path, fileName(subject, highest, kind))
  throw new StartupError(
    'folderNotWritable',
    `${path} has so high a number that none is left for the next start: remove it`
  )
}

/**
 * Removes the names that earlier owners left. A slow start may own one of them by now: it finds a higher name, and gives way.
 */
async function removeOlder(
  folder: OpenFolder,
  subject: string,
  number: number,
  kind: ClaimKind,
  names: readonly string[]
): Promise<void> {
  const older = names.filter((name) => {
    const other = numberIn(name, subject, kind)
    return name.startsWith(`.${subject}.`) || (other > 0 && other < number)
  })
  for (const name of older) await removeFile(folder.at(name)).catch(() => {})
}

async function release(folder: OpenFolder, name: string, claim: Claim): Promise<void> {
  await giveUp(folder, name, claim)
  await folder.close().catch(() => {})
}

/**
 * Replaces the claim by a plain file, and then ends it. The file is as dead as a socket without its process, and it can be
 * copied with the folder, as a socket cannot.
 */
async function giveUp(folder: OpenFolder, name: string, claim: Claim): Promise<void> {
  const temporary = folder.at(`.${name}.0`)
  try {
    const file = await createPrivateFile(temporary)
    await file.writeFile('released\n').finally(() => file.close())
    await rename(temporary, folder.at(name))
  } catch {
    // The folder is gone or not writable. The claim ends all the same.
  }
  await claim.end()
}

function inUse(folder: string, by = '') {
  return new StartupError(
    'folderInUse',
    `the data folder ${folder} is in use by another process${by}: stop it, or choose another POSTERN_DATA_DIR`
  )
}
