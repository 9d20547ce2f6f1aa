import { folderStorage } from '../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../src/store/file/journaled-store.js'
import type { StoreOptions } from '../../src/store/file/store-options.js'
import type { Store } from '../../src/store/store.js'

/** The store on a data folder, as the service opens it. */
export function openStore(folder: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  return openJournaledStore({
    ...folderStorage(folder),
    clock: Date.now,
    warn(error) {
      throw error
    },
    ...options
  })
}
