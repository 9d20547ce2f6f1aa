import { Memory } from 'lowdb'
import type { OpenedStore, StoreEnvironment } from './driver.js'
import { openJournaledStore } from './file/journaled-store.js'
import type { StoreDocument } from './file/store-document.js'
import { createMemoryFailureCounts } from './memory-failure-counts.js'
import { createMemoryKeys } from './memory-keys.js'
import { createMemoryPendingSignIns } from './memory-pending-sign-ins.js'

/** A store, keys and counts that end with the process. */
export async function openMemoryStore(environment: StoreEnvironment): Promise<OpenedStore> {
  const snapshot = new Memory<StoreDocument>()
  const store = await openJournaledStore({ ...environment, snapshot })
  return {
    store,
    keyStorage: createMemoryKeys(),
    failureCounts: createMemoryFailureCounts(environment.clock),
    pendingSignIns: createMemoryPendingSignIns(environment.clock),
    isNew: true,
    close: () => store.close()
  }
}
