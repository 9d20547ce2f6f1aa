import type { Adapter } from 'lowdb'
import type { Uptime } from '../../clock.js'
import type { StoreEnvironment } from '../driver.js'
import type { Change } from './change.js'
import type { Journal } from './journal.js'
import type { StoreDocument } from './store-document.js'

/** The parts and the bounds of a journaled store. */
export interface StoreOptions extends StoreEnvironment {
  /** Reads and writes the snapshot, a JSON document. */
  snapshot: Adapter<StoreDocument>
  /** Opens the journal of the changes since the snapshot of that number. Without it nothing is kept. */
  openJournal?: (seq: number, replay: (change: Change) => void) => Promise<Journal>
  /** The uptime of the process unless told otherwise. */
  uptime?: Uptime
  /** How many changes the journal may grow by, at so many records, before it is compacted into a new snapshot. */
  compactAfter?: (records: number) => number
  /**
   * How long, in milliseconds, before it is tried again, after a failure, whether anything can be written; and while all is
   * well, before it is looked again whether the folder and the journal are where they were.
   */
  probeAfter?: number
  /** How long, in milliseconds, a file of the journal is kept once it is compacted, for a backup that has listed it. */
  removeAfter?: number
  /** How long a write, or a look at what is kept, may take, in milliseconds, before the disk counts as hanging. */
  hangAfter?: number
  /** How long a close may go on compacting the journal, in milliseconds; the next start does what is left. */
  compactAtCloseFor?: number
}
