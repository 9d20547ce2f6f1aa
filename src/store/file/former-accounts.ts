import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJournalName, journalNames } from './journal-names.js'

// In bytes: the members before the users are far shorter.
const headLength = 64 * 1024

/**
 * Whether a folder holds accounts. It is not opened for that, so that it stays as it is, and may be in use. Costs the reading of the
 * journal, unless there are accounts before it.
 *
 * @throws the file system's errors, but for a folder or a file that is missing.
 */
export async function holdsAccounts(folder: string): Promise<boolean> {
  try {
    if (await hasUsers(join(folder, 'users.json'))) return true
    for (const name of await journalNames(folder)) {
      if ((await readFile(join(folder, name))).includes('{"user":')) return true
    }
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Whether a service has ever kept anything in a folder. It is neither opened nor made for that. @throws as `holdsAccounts`. */
export async function holdsStore(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return []
  })
  return names.some((name) => name === 'users.json' || name === 'keys.json' || isJournalName(name))
}

async function hasUsers(path: string): Promise<boolean> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (file === undefined) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headLength), 0, headLength, 0)
    const [, next] = /"users":\s*\[\s*(.)/.exec(buffer.toString('utf8', 0, bytesRead)) ?? []
    // One that is not as Postern writes it holds something all the same.
    return next !== ']'
  } finally {
    await file.close()
  }
}
