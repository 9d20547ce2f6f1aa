import { access, mkdir, open, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { StartupError } from '../../errors/startup-error.js'
import { notWritable } from './file-problems.js'
import { lockFolder } from './folder-lock.js'
import { requireTrusted } from './folder-trust.js'
import { isJournalName } from './journal-names.js'
import { removeFile } from './private-file.js'

/** A folder that this process owns until it is released. */
export interface DataFolder {
  /** Its real path. */
  readonly path: string
  /** Warnings to the operator about the folder. */
  readonly warnings: readonly string[]
  /** Releases the folder to another process. */
  release(): Promise<void>
}

/**
 * Makes the folder if it is missing, with mode 0700, and takes it for this process alone, against all others that can write
 * to it: see `lockFolder`.
 *
 * @throws `StartupError` when another process owns it (folder in use), or when it cannot be made or written to, or others
 *   could have written to it (folder not writable).
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const folder = await findFolder(resolve(path))
  const warnings = await requireTrusted(folder).catch((error: unknown) => {
    throw error instanceof StartupError ? error : notWritable(folder, error)
  })
  const lock = await lockFolder(folder)
  try {
    const names = await readdir(folder)
    // Release 0.1.0 wrote this file to test whether the folder is writable.
    if (names.includes('.writable.tmp')) await removeFile(join(folder, '.writable.tmp'))
    warnings.push(...lock.warnings, ...missingUsers(folder, names))
    return { path: folder, warnings, release: lock.release }
  } catch (error) {
    await lock.release()
    throw notWritable(folder, error)
  }
}

async function findFolder(path: string): Promise<string> {
  try {
    await makeFolder(path)
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

// mkdir's own `recursive` loops for ever where a parent exists but takes no folders, as in /proc.
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return await syncName(path)
    const parent = dirname(path)
    if (code !== 'ENOENT' || (await exists(parent))) throw error
    await makeFolder(parent)
    await mkdir(path, { mode: 0o700 })
  }
  await syncFolder(dirname(path))
}

// The process that made the folder may have been killed before the name was on disk. Only an empty folder can be in that
// state.
async function syncName(path: string): Promise<void> {
  if (!(await exists(join(path, 'users.json')))) await syncFolder(dirname(await realpath(path)))
}

/** Keys without users are those of a service that nobody has signed up at, or whose users were lost. */
function missingUsers(folder: string, names: readonly string[]): string[] {
  const isMissing = names.includes('keys.json') && !names.includes('users.json') && !names.some(isJournalName)
  return isMissing
    ? [
        `there is keys.json in ${folder}, but no users.json: if there have ever been users, stop, and restore the folder from a backup`
      ]
    : []
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
