import type { OpenedStore, StoreEnvironment } from '../driver.js'
import { createMemoryFailureCounts } from '../memory-failure-counts.js'
import { openDataFolder } from './data-folder.js'
import { folderStorage } from './folder-storage.js'
import { isFromEarlierRelease } from './format.js'
import { createJournaledPendingSignIns } from './journaled-pending-sign-ins.js'
import { openJournaledRecords } from './journaled-records.js'
import { createJournaledStore } from './journaled-store.js'
import { createKeyFile } from './key-file.js'

/**
 * A store and keys in a data folder, which this process owns until they are closed. The counts of failures are in memory.
 *
 * @throws as `openDataFolder` and `openJournaledRecords`.
 */
export async function openFolderStore(path: string, environment: StoreEnvironment): Promise<OpenedStore> {
  const folder = await openDataFolder(path)
  try {
    for (const warning of folder.warnings) environment.warn(undefined, warning)
    const journaled = await openJournaledRecords({ ...environment, ...folderStorage(folder.path) })
    const store = createJournaledStore(journaled, environment.clock)
    return {
      store,
      keyStorage: createKeyFile(folder.path),
      failureCounts: createMemoryFailureCounts(environment.clock),
      pendingSignIns: createJournaledPendingSignIns(journaled, environment.clock),
      isNew: folder.isNew,
      isFromEarlierRelease: isFromEarlierRelease(journaled.made),
      close: () => store.close().finally(folder.release)
    }
  } catch (error) {
    await folder.release()
    throw error
  }
}
