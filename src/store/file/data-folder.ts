import {
  access,
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { exitCodes, StartupError } from '../../errors/startup-error.js'

const pidFile = 'postern.pid'
const probeFile = '.writable.tmp'

// How often, and how many milliseconds apart, a lock is tried that is held only for a moment.
const maxAttempts = 40
const attemptInterval = 50

/** A folder that this process owns until it is released. */
export interface DataFolder {
  /** Its real path. */
  readonly path: string
  /** Lets another process have it. */
  release(): Promise<void>
}

/**
 * Makes the folder if it is missing, with mode 0700, and takes it for this process alone. On Linux the lock is seen by all
 * processes of one network namespace, which two containers do not share.
 *
 * @throws `StartupError` when another process owns it (folder in use), or when it cannot be made or written to
 *   (folder not writable).
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const folder = await makePrivate(resolve(path))
  const lock = await lockFolder(folder)
  try {
    await requireWritable(folder)
  } catch (error) {
    await lock.release()
    throw error
  }
  return { path: folder, release: lock.release }
}

/**
 * Runs a task while no other, in this process or another one, runs under the same name on the folder; waits for them, since
 * they are short.
 *
 * @throws `StartupError` (folder in use) after two seconds of waiting; and what the task throws.
 */
export async function withFolderLock<T>(folder: string, name: string, task: () => Promise<T>): Promise<T> {
  const lock = await lockPatiently(folder, name)
  try {
    return await task()
  } finally {
    await lock.release()
  }
}

async function lockPatiently(folder: string, name: string): Promise<Lock> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await lockFolder(folder, name)
    } catch (error) {
      if (attempt === maxAttempts || !isInUse(error)) throw error
      await after(attemptInterval)
    }
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof StartupError && error.exitCode === exitCodes.folderInUse
}

interface Lock {
  release(): Promise<void>
}

function lockFolder(folder: string, name?: string): Promise<Lock> {
  const suffix = name === undefined ? '' : `-${name}`
  return process.platform === 'linux'
    ? lockBySocket(folder, suffix)
    : lockByFile(folder, `postern${suffix}.pid`)
}

async function makePrivate(path: string): Promise<string> {
  try {
    await makeFolder(path)
    // A folder that was there before, such as the one of a fresh clone, may be open to others. One that holds anything
    // else, or belongs to another user, is left as it is: the files that are written into it are 0600 in any case.
    if ((await readdir(path)).every(isOurs)) await chmod(path, 0o700).catch(() => {})
    return await realpath(path)
  } catch (error) {
    throw notWritable(path, error)
  }
}

/** Makes the names in a folder durable: without it a new or renamed file may be gone after a power failure. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and needs no such call.
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function isOurs(name: string): boolean {
  const isStored = /^((users|keys)\.json(\.tmp)?|users\.\d+\.journal)$/.test(name)
  return isStored || ['.gitkeep', pidFile, 'postern-keys.pid', probeFile].includes(name)
}

// mkdir's own `recursive` loops for ever where a parent exists but takes no folders, as in /proc.
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || (await exists(parent))) throw error
    await makeFolder(parent)
    await mkdir(path, { mode: 0o700 })
  }
  await syncFolder(dirname(path))
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}

// The name of an abstract socket goes away with its process, even after a kill -9: nothing stays behind that the
// next start would have to judge. Device and inode name the folder whatever path leads to it.
async function lockBySocket(folder: string, suffix: string): Promise<Lock> {
  const { dev, ino } = await stat(folder)
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'EADDRINUSE' ? inUse(folder) : error)
    )
    server.listen(`\0postern-${dev}-${ino}${suffix}`, done)
  })
  server.unref()
  return { release: () => new Promise<void>((done) => server.close(() => done())) }
}

/**
 * Takes the folder by a file that holds the process id, where there are no abstract sockets (macOS, Windows). A file
 * whose process is gone is taken over; if its id has been given to another program since, the file must be deleted
 * by hand.
 *
 * @throws `StartupError` (folder in use) that names the file.
 */
export async function lockByFile(folder: string, file = pidFile): Promise<Lock> {
  const path = join(folder, file)
  const takeOver = async () => {
    const owner = Number(await readFile(path, 'utf8'))
    if (owner !== process.pid && isAlive(owner)) throw inUse(folder, ` (by process ${owner}; see ${path})`)
    await writeFile(path, String(process.pid))
  }
  try {
    await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritable(folder, error)
    await takeOver()
  }
  return { release: () => rm(path, { force: true }) }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function requireWritable(folder: string): Promise<void> {
  const probe = join(folder, probeFile)
  try {
    await (await open(probe, 'w', 0o600)).close()
    await rm(probe)
  } catch (error) {
    throw notWritable(folder, error)
  }
}

function inUse(folder: string, by = '') {
  return new StartupError(
    'folderInUse',
    `the data folder ${folder} is in use by another process${by}: stop it, or choose another POSTERN_DATA_DIR`
  )
}

/** The reason not to start when something in the folder could not be written. */
export function notWritable(path: string, error: unknown): StartupError {
  const { code } = error as NodeJS.ErrnoException
  return new StartupError(
    'folderNotWritable',
    `the data folder ${path} cannot be written to (${code}): check its owner and its free space, or choose another POSTERN_DATA_DIR`,
    { cause: error }
  )
}

/** The reason not to start when a file in the folder cannot be read. */
export function unreadable(path: string, error: unknown): StartupError {
  const { code } = error as NodeJS.ErrnoException
  return new StartupError('damagedFile', `${path} cannot be read (${code}): check its owner and the disk`, {
    cause: error
  })
}

/** The reason not to start when a file in the folder is not what was written; `where` must not quote it. */
export function damaged(path: string, where: string): StartupError {
  return new StartupError(
    'damagedFile',
    `${path} is damaged: ${where}. It was left as it is: restore the folder from a backup, or move the file away to give up what is in it`
  )
}
