import { Low } from 'lowdb'
import { type Clock, createCautiousClock, toSeconds, type Uptime } from '../../clock.js'
import { current } from './expiry.js'
import { currentFormat } from './format.js'
import { resumeTime, unknownTime } from './recorded-time.js'
import { emptyRecords, fill, type Records, revocationsOf } from './records.js'
import type { StoreDocument } from './store-document.js'
import type { StoreOptions } from './store-options.js'

/** The document that holds all records as of one change of the journal. */
export interface Snapshot {
  /** The number of the last change of the journal that the document held for certain when it was read. */
  readonly seq: number
  /** Its records that had not expired when it was read. Changes are made on these, and `write` writes them. */
  readonly records: Records
  /** The clock for irreversible expiry; it starts from the time that the document has recorded. */
  readonly clock: Clock
  /**
   * Writes the records, without those that have expired, in pieces. Changes may go on meanwhile.
   *
   * @param seq the number of the last change of the journal that the records hold.
   * @param checkTime is called for each record, and may throw to give the write up.
   * @throws what `checkTime` and the adapter throw.
   */
  write(seq: number, checkTime: () => void): Promise<void>
}

/** Reads the snapshot of a store, which is empty if there is none yet. @throws what the adapter throws. */
export async function openSnapshot(
  adapter: StoreOptions['snapshot'],
  clock: Clock,
  uptime: Uptime
): Promise<Snapshot> {
  const db = new Low<StoreDocument>(adapter, {
    version: currentFormat,
    seq: 0,
    time: unknownTime,
    users: [],
    revokedTokens: [],
    sessions: []
  })
  await db.read()

  // A token whose revocation was forgotten would be good again, if the clock were then set back; a session would be lost.
  const time = resumeTime(db.data.time, toSeconds(clock()))
  const cautiousClock = createCautiousClock(clock, uptime, time.known * 1000)
  const now = () => toSeconds(cautiousClock())
  const records = emptyRecords()
  fill(records, {
    users: db.data.users,
    revokedTokens: current(db.data.revokedTokens, now()),
    sessions: current(db.data.sessions, now())
  })

  return {
    seq: db.data.seq,
    records,
    clock: cautiousClock,

    async write(seq, checkTime) {
      db.data = {
        version: currentFormat,
        seq,
        time: { known: Math.max(time.known, now()), seen: time.seen },
        users: checked(records.usersById.values(), checkTime),
        revokedTokens: checked(current(revocationsOf(records), now()), checkTime),
        sessions: checked(current(records.sessionsById.values(), now()), checkTime)
      }
      await db.write()
    }
  }
}

function* checked<Value>(values: Iterable<Value>, check: () => void): Iterable<Value> {
  for (const value of values) {
    check()
    yield value
  }
}
