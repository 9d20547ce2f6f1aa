import { join } from 'node:path'
import type { Adapter } from 'lowdb'
import { openJournal } from '../src/store/journal.js'
import { openJournaledStore, type StoreOptions } from '../src/store/journaled-store.js'
import { JsonFile } from '../src/store/json-file.js'
import type { Store } from '../src/store/store.js'
import type { StoreDocument } from '../src/store/store-document.js'
import { storeFormat } from '../src/store/store-format.js'

/** The snapshot file of a data folder. */
export function snapshotOf(folder: string): Adapter<StoreDocument> {
  return new JsonFile(join(folder, 'users.json'), storeFormat)
}

/** The store on a data folder, as the service opens it. */
export function openStore(folder: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  return openJournaledStore({
    snapshot: snapshotOf(folder),
    openJournal: (seq, replay) => openJournal(folder, seq, replay),
    clock: Date.now,
    warn(error) {
      throw error
    },
    ...options
  })
}
