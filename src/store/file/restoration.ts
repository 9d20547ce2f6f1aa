import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StartupError } from '../../errors/startup-error.js'
import { syncFolder } from '../../sync-folder.js'
import type { CheckedRecords, Restoration, RestoredContent } from '../driver.js'
import { openDataFolder } from './data-folder.js'
import { notWritable } from './file-problems.js'
import { snapshotFile } from './folder-storage.js'
import { isStored, restorationMark } from './folder-trust.js'
import { currentFormat } from './format.js'
import { createKeyFile } from './key-file.js'
import { createPrivateFile, removeFile } from './private-file.js'
import type { StoreDocument } from './store-document.js'
import { storeFormat } from './store-format.js'

// All that a restore writes: a journal is that of a service, and its changes would go on top of the backup.
const restoredFiles: readonly string[] = ['users.json', 'keys.json']

const explanation =
  'A restore into this folder has not ended. Run postern restore once more, or empty the folder.\n'

/**
 * Takes an empty data folder for a restore. `users.json` and `keys.json` are two files: as long as both are not on disk, a mark
 * beside them has every start refuse the folder, and counts as empty for the next restore.
 *
 * @throws `StartupError` as `openDataFolder`, and for a folder that holds anything (wrong setting).
 */
export async function openFolderRestoration(path: string): Promise<Restoration> {
  const folder = await openDataFolder(path, 'restore')
  try {
    requireEmpty(folder.path, await readdir(folder.path))
  } catch (error) {
    await folder.release()
    throw error
  }
  return {
    where: folder.path,
    async restore(content, stored) {
      const document = checked(content)
      await write(folder.path, document, content).catch((error: unknown) => {
        throw error instanceof StartupError ? error : notWritable(folder.path, error)
      })
      stored?.(Object.values(content.records).reduce((sum, { length }) => sum + length, 0))
    },
    close: folder.release
  }
}

function requireEmpty(folder: string, names: readonly string[]): void {
  const begun = names.includes(restorationMark) ? restoredFiles : []
  if (names.every((name) => !isStored(name) || begun.includes(name))) return
  throw new StartupError(
    'wrongSetting',
    `${folder} holds data already, and only an empty folder is taken: move users.* and keys.json away, or choose another POSTERN_DATA_DIR`
  )
}

/**
 * The records of a backup in the present format.
 *
 * @throws `StartupError` (damaged file) for records that this store could not have written.
 */
export function requireRecords(content: RestoredContent): CheckedRecords {
  const { revocations = [], ...lists } = checked(content)
  return { ...lists, revocations }
}

/** @throws as `requireRecords`. */
function checked({ knownTime, records }: RestoredContent): StoreDocument {
  try {
    const time = { known: knownTime, seen: 0 }
    return storeFormat.check({ version: currentFormat, made: currentFormat, seq: 0, time, ...records })
  } catch (error) {
    throw new StartupError('damagedFile', `the backup holds what is no record: ${(error as Error).message}`)
  }
}

async function write(folder: string, document: StoreDocument, { keys }: RestoredContent): Promise<void> {
  await mark(folder)
  await snapshotFile(folder).write(document)
  await createKeyFile(folder).change((none) => (keys.length === 0 ? none : keys))
  await removeFile(join(folder, restorationMark))
  await syncFolder(folder)
}

async function mark(folder: string): Promise<void> {
  const path = join(folder, restorationMark)
  // That of a restore that was cut off; what that one has written goes first.
  for (const name of restoredFiles) await removeFile(join(folder, name))
  await removeFile(path)
  const file = await createPrivateFile(path)
  try {
    await file.writeFile(explanation)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(folder)
}
