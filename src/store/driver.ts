import type { Clock } from '../clock.js'
import type { ScheduledKey } from '../keys/key-ring.js'
import type { KeyStorage } from '../keys/key-storage.js'
import type { FailureCounts } from './failure-counts.js'
import type { PendingSignIns } from './pending-sign-ins.js'
import type { Store, StoreContent } from './store.js'

/** The clock and the listeners of a store. */
export interface StoreEnvironment {
  clock: Clock
  /** The lifetime of access tokens, in seconds: 3600 unless told otherwise. Revocations are kept as long as these live. */
  accessTokenTtl?: number
  /** Called after each write with the number of changes that shared it and its duration in seconds. */
  flushed?(changes: number, seconds: number): void
  /** Called for warnings to the operator and for failures that fail no call. */
  warn(error: unknown, message: string): void
  /** Is told that changes which were acknowledged could not be kept. */
  lost?(error: unknown, message: string): void
}

/** The store, the keys, the counts of failures and the sign-ins under way that a driver has opened. */
export interface OpenedStore {
  store: Store
  keyStorage: KeyStorage
  failureCounts: FailureCounts
  pendingSignIns: PendingSignIns
  /** Whether the place where the data is kept was made just now, and is empty. */
  isNew: boolean
  /** Whether that place was made by a release before 0.6.0; false for a database that held no accounts when 0.6.0 came to it. */
  isFromEarlierRelease: boolean
  /** Waits for the changes under way, then releases the data to another process. */
  close(): Promise<void>
}

/** The outcome for a document: it does not exist, its checksum already matched, or its edits now have a matching checksum. */
export type Acceptance = 'missing' | 'intact' | 'accepted'

/** The content that a restore gives to an empty store. */
export interface RestoredContent {
  /** A time that has certainly passed, in seconds since the epoch. */
  readonly knownTime: number
  /** The records, which the driver judges. */
  readonly records: Readonly<Record<keyof StoreContent, readonly unknown[]>>
  readonly keys: readonly ScheduledKey[]
}

/** The records of a backup in the present format. */
export type CheckedRecords = { readonly [Name in keyof StoreContent]: Iterable<StoreContent[Name][number]> }

/** An empty place for data, which this process owns until it is closed. */
export interface Restoration {
  /** For people. */
  readonly where: string
  /**
   * Keeps this content, all of it or nothing, also if the process is killed.
   *
   * @param stored is told how many more records were written.
   * @throws `StartupError` for what is no record (damaged file), before anything is written, and when it cannot be written (folder
   *   not writable).
   */
  restore(content: RestoredContent, stored?: (count: number) => void): Promise<void>
  close(): Promise<void>
}
