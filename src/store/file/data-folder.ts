import { access, chmod, mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { notWritable } from './file-problems.js'
import { lockFolder, pidFile } from './folder-lock.js'

const probeFile = '.writable.tmp'

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

async function requireWritable(folder: string): Promise<void> {
  const probe = join(folder, probeFile)
  try {
    await (await open(probe, 'w', 0o600)).close()
    await rm(probe)
  } catch (error) {
    throw notWritable(folder, error)
  }
}
