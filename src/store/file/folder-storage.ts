import { join } from 'node:path'
import { openJournal } from './journal.js'
import type { StoreOptions } from './journaled-store.js'
import { JsonFile } from './json-file.js'
import type { StoreDocument } from './store-document.js'
import { storeFormat } from './store-format.js'

/** Where a store is kept. */
export type Storage = Pick<StoreOptions, 'snapshot' | 'openJournal'>

/** The storage of a store in this folder: `users.json`, and the journal beside it. */
export function folderStorage(folder: string): Storage & { snapshot: JsonFile<StoreDocument> } {
  return {
    snapshot: new JsonFile(join(folder, 'users.json'), storeFormat),
    openJournal: (seq, replay) => openJournal(folder, seq, replay)
  }
}
