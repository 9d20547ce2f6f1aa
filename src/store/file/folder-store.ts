import type { OpenedStore, StoreEnvironment } from '../driver.js'
import { createMemoryFailureCounts } from '../memory-failure-counts.js'
import { createMemoryPendingSignIns } from '../memory-pending-sign-ins.js'
import { openDataFolder } from './data-folder.js'
import { folderStorage } from './folder-storage.js'
import { openJournaledStore } from './journaled-store.js'
import { createKeyFile } from './key-file.js'

/**
 * A store and keys in a data folder, which this process owns until they are closed. The counts of failures are in memory.
 *
 * @throws as `openDataFolder` and `openJournaledStore`.
 */
export async function openFolderStore(path: string, environment: StoreEnvironment): Promise<OpenedStore> {
  const folder = await openDataFolder(path)
  try {
    for (const warning of folder.warnings) environment.warn(undefined, warning)
    const store = await openJournaledStore({ ...environment, ...folderStorage(folder.path) })
    return {
      store,
      keyStorage: createKeyFile(folder.path),
      failureCounts: createMemoryFailureCounts(environment.clock),
      pendingSignIns: createMemoryPendingSignIns(environment.clock),
      isNew: folder.isNew,
      close: () => store.close().finally(folder.release)
    }
  } catch (error) {
    await folder.release()
    throw error
  }
}
