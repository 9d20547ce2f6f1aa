import { randomBytes } from 'node:crypto'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { StartupError } from '../errors/startup-error.js'
import { syncFolder } from '../sync-folder.js'
import { visibleText } from '../visible-text.js'

/**
 * Writes a file of mode 0600, which is there whole or not at all: under a provisional name, synced, then renamed.
 *
 * @param isReplacing whether a file of the name may be there.
 * @param begin gives the content, once there is a file to write it to.
 * @throws `StartupError` for a name that is taken, or is no file (wrong setting), and when it cannot be written (folder not
 *   writable); what `begin` and its chunks throw.
 */
export async function writePrivateFile(
  path: string,
  isReplacing: boolean,
  begin: () => Promise<AsyncIterable<Uint8Array>>
): Promise<void> {
  await requireFree(path, isReplacing)
  const provisional = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.partial`)
  const file = await create(provisional, path)
  try {
    await fill(file, begin)
    // Another one may have been put there meanwhile.
    await requireFree(path, isReplacing)
    await rename(provisional, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(provisional, { force: true }).catch(() => {})
    throw asStartupError(path, error)
  }
}

async function requireFree(path: string, isReplacing: boolean): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw asStartupError(path, error)
  })
  if (stats === undefined) return
  if (!stats.isFile()) throw new StartupError('wrongSetting', `${visibleText(path)} is no regular file`)
  if (isReplacing) return
  throw new StartupError('wrongSetting', `${visibleText(path)} is there already: --force replaces it`)
}

async function create(provisional: string, path: string): Promise<FileHandle> {
  return await open(provisional, 'wx', 0o600).catch((error: unknown) => {
    throw asStartupError(path, error)
  })
}

async function fill(file: FileHandle, begin: () => Promise<AsyncIterable<Uint8Array>>): Promise<void> {
  try {
    for await (const chunk of await begin()) await file.writeFile(chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}

function asStartupError(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof StartupError || code === undefined) return error
  return new StartupError('folderNotWritable', `${visibleText(path)} cannot be written (${code})`, {
    cause: error
  })
}
