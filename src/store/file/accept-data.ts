import { StartupError } from '../../errors/startup-error.js'
import type { Acceptance } from '../driver.js'
import { openDataFolder, requireFolder } from './data-folder.js'
import { snapshotFile } from './folder-storage.js'
import { acceptKeys } from './key-file.js'

/**
 * Takes the documents in a data folder as an operator has edited them: checks their shape, and writes the checksum of what is
 * in them. Gives what became of each.
 *
 * @throws `StartupError` when there is no such folder (wrong setting), another process owns it (folder in use), a document is
 *   not of the right shape (damaged file), or it cannot be written (folder not writable); that document stays untouched.
 */
export async function acceptData(path: string): Promise<Record<string, Acceptance>> {
  await requireFolder(path)
  const folder = await openDataFolder(path)
  try {
    return {
      'users.json': await snapshotFile(folder.path).accept(),
      'keys.json': await acceptKeys(folder.path)
    }
  } catch (cause) {
    if (cause instanceof StartupError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    throw new StartupError('folderNotWritable', `${folder.path} cannot be written to (${code})`, { cause })
  } finally {
    await folder.release()
  }
}
