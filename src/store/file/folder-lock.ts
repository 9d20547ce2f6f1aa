import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { exitCodes, StartupError } from '../../errors/startup-error.js'
import { notWritable } from './file-problems.js'

/** The file by which a folder is taken where there are no abstract sockets. */
export const pidFile = 'postern.pid'

// How often, and how many milliseconds apart, a lock is tried that is held only for a moment.
const maxAttempts = 40
const attemptInterval = 50

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

/** A folder that is taken. */
export interface Lock {
  release(): Promise<void>
}

/** Locks a folder; with `name`, only the part of it that goes by that name. @throws `StartupError` (folder in use). */
export function lockFolder(folder: string, name?: string): Promise<Lock> {
  const suffix = name === undefined ? '' : `-${name}`
  return process.platform === 'linux'
    ? lockBySocket(folder, suffix)
    : lockByFile(folder, `postern${suffix}.pid`)
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

function inUse(folder: string, by = '') {
  return new StartupError(
    'folderInUse',
    `the data folder ${folder} is in use by another process${by}: stop it, or choose another POSTERN_DATA_DIR`
  )
}
