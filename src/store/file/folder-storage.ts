import { join } from 'node:path'
import { openJournal } from './file-journal.js'
import { HeldFile } from './held-file.js'
import { JsonFile } from './json-file.js'
import type { StoreDocument } from './store-document.js'
import { storeFormat } from './store-format.js'
import type { StoreOptions } from './store-options.js'

/** The storage of a store: its snapshot and its journal. */
export type Storage = Pick<StoreOptions, 'snapshot' | 'openJournal'>

/** The storage of a store in this folder: `users.json`, and the journal beside it. */
export function folderStorage(folder: string): Storage {
  const held = new HeldFile(snapshotPath(folder))
  return {
    snapshot: new JsonFile(snapshotPath(folder), storeFormat, held),
    openJournal: (seq, replay) => openJournal(folder, seq, replay, held)
  }
}

/** The file `users.json` in this folder, for callers that open no store on it. */
export function snapshotFile(folder: string): JsonFile<StoreDocument> {
  return new JsonFile(snapshotPath(folder), storeFormat)
}

function snapshotPath(folder: string): string {
  return join(folder, 'users.json')
}
