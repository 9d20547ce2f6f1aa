import type { Clock } from '../clock.js'
import type { KeyStorage } from '../keys/key-storage.js'
import type { Store } from './store.js'

/** The clock of a store, and the observers of its work. */
export interface StoreEnvironment {
  clock: Clock
  /** Is told of each write: how many changes shared it, and how long it took, in seconds. */
  flushed?(changes: number, seconds: number): void
  /** Is told of what the operator should know, and of failures that fail no call. */
  warn(error: unknown, message: string): void
  /** Is told that changes which were acknowledged could not be kept. */
  lost?(error: unknown, message: string): void
}

/** The parts that a driver has opened. */
export interface OpenedStore {
  store: Store
  keyStorage: KeyStorage
  /** Waits for the changes that were asked for, and then lets another process have all of it. */
  close(): Promise<void>
}

/** Of a document: there is none; it was as it was written; or it was edited, and is now as if it had been written so. */
export type Acceptance = 'missing' | 'intact' | 'accepted'
