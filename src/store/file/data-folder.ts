import { access, mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { StartupError } from '../../errors/startup-error.js'
import { syncFolder } from '../../sync-folder.js'
import { notWritable } from './file-problems.js'
import { lockFolder } from './folder-lock.js'
import { ignoreFile, isOurs, requireTrusted, restorationMark } from './folder-trust.js'
import { isJournalName } from './journal-names.js'
import { createPrivateFile, removeFile } from './private-file.js'

/** A folder that this process owns until it is released. */
export interface DataFolder {
  /** Its real path. */
  readonly path: string
  /** Whether it was made just now. */
  readonly isNew: boolean
  /** Warnings to the operator about the folder. */
  readonly warnings: readonly string[]
  /** Releases the folder to another process. */
  release(): Promise<void>
}

/**
 * Makes the folder if it is missing, with mode 0700, and takes it for this process alone, against all others that can write
 * to it: see `lockFolder`. A folder that holds nothing else gets a `.gitignore` for all of it.
 *
 * @throws `StartupError` when another process owns it (folder in use), when it cannot be made or written to, or others could
 *   have written to it (folder not writable), or when a restore into it has not ended (damaged file), unless it is opened for one.
 */
export async function openDataFolder(path: string, purpose: 'use' | 'restore' = 'use'): Promise<DataFolder> {
  const { folder, isNew } = await findFolder(resolve(path))
  const warnings = await requireTrusted(folder).catch((error: unknown) => {
    throw error instanceof StartupError ? error : notWritable(folder, error)
  })
  const lock = await lockFolder(folder)
  try {
    const names = await readdir(folder)
    if (purpose === 'use' && names.includes(restorationMark)) throw unfinished(folder)
    // Release 0.1.0 wrote this file to test whether the folder is writable.
    if (names.includes('.writable.tmp')) await removeFile(join(folder, '.writable.tmp'))
    if (names.every(isOurs) && !names.includes(ignoreFile)) await ignoreFolder(folder)
    if (isNew) warnings.push(`the data folder ${folder} was made: this is a new service without users`)
    warnings.push(...lock.warnings, ...missingUsers(folder, names))
    return { path: folder, isNew, warnings, release: lock.release }
  } catch (error) {
    await lock.release()
    throw error instanceof StartupError ? error : notWritable(folder, error)
  }
}

/** @throws `StartupError` (wrong setting) for a folder that is not there. */
export async function requireFolder(path: string): Promise<void> {
  await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new StartupError('wrongSetting', `there is no data folder ${path} (${cause.code})`, { cause })
  })
}

function unfinished(folder: string): StartupError {
  return new StartupError(
    'damagedFile',
    `a restore into ${folder} has not ended: run postern restore once more, or empty the folder`
  )
}

async function findFolder(path: string): Promise<{ folder: string; isNew: boolean }> {
  try {
    const isNew = await makeFolder(path)
    return { folder: await realpath(path), isNew }
  } catch (error) {
    throw notWritable(path, error)
  }
}

// A folder without it serves as well: a full disk is for the store to find.
async function ignoreFolder(folder: string): Promise<void> {
  try {
    const file = await createPrivateFile(join(folder, ignoreFile))
    await file.writeFile('*\n').finally(() => file.close())
  } catch {}
}

// mkdir's own `recursive` loops for ever where a parent exists but takes no folders, as in /proc.
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) {
      await syncName(path)
      return false
    }
    const parent = dirname(path)
    if (code !== 'ENOENT' || (await exists(parent))) throw error
    await makeFolder(parent)
    await mkdir(path, { mode: 0o700 })
  }
  await syncFolder(dirname(path))
  return true
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
