import { Memory } from 'lowdb'
import type { OpenedStore, StoreEnvironment } from './driver.js'
import { createJournaledPendingSignIns } from './file/journaled-pending-sign-ins.js'
import { openJournaledRecords } from './file/journaled-records.js'
import { createJournaledStore } from './file/journaled-store.js'
import type { StoreDocument } from './file/store-document.js'
import { createMemoryFailureCounts } from './memory-failure-counts.js'
import { createMemoryKeys } from './memory-keys.js'

/** A store, keys and counts that end with the process. */
export async function openMemoryStore(environment: StoreEnvironment): Promise<OpenedStore> {
  const { clock } = environment
  const snapshot = new Memory<StoreDocument>()
  const journaled = await openJournaledRecords({ ...environment, snapshot })
  const store = createJournaledStore(journaled, clock)
  return {
    store,
    keyStorage: createMemoryKeys(),
    failureCounts: createMemoryFailureCounts(clock),
    pendingSignIns: createJournaledPendingSignIns(journaled, clock),
    isNew: true,
    isFromEarlierRelease: false,
    close: () => store.close()
  }
}
