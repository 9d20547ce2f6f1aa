import { Low } from 'lowdb'
import {
  type Clock,
  createCautiousClock,
  resumeTime,
  toSeconds,
  type Uptime,
  unknownTime
} from '../../clock.js'
import { unexpired } from './expiry.js'
import { currentFormat } from './format.js'
import { type Contents, contentsOf, emptyRecords, fill, type Records } from './records.js'
import type { RevocationLog } from './revocation-log.js'
import type { StoreDocument } from './store-document.js'
import type { StoreOptions } from './store-options.js'

/** The document that holds all records as of one change of the journal. */
export interface Snapshot {
  /** The number of the last change of the journal that the document held for certain when it was read. */
  readonly seq: number
  /** The format that the folder was made in, unless there was no document. */
  readonly made: number | undefined
  /** Its records that had not expired when it was read. Changes are made on these, and `write` writes them. */
  readonly records: Records
  /** Its facts about revocations. */
  readonly stored: Pick<StoreDocument, 'feed' | 'revocations'>
  /** The clock for irreversible expiry; it starts from the time that the document has recorded. */
  readonly clock: Clock
  /** The time to record, in seconds since the epoch: one that has certainly passed. */
  knownTime(): number
  /**
   * Writes the records and the revocations, without those that have expired, in pieces. Changes may go on meanwhile.
   *
   * @param seq the number of the last change of the journal that the records hold.
   * @param made the format that the folder was made in.
   * @param checkTime is called for each record, and may throw to give the write up.
   * @throws what `checkTime` and the adapter throw.
   */
  write(seq: number, made: number, revocations: RevocationLog, checkTime: () => void): Promise<void>
}

/** Reads the snapshot of a store, which is empty if there is none yet. @throws what the adapter throws. */
export async function openSnapshot(
  adapter: StoreOptions['snapshot'],
  clock: Clock,
  uptime: Uptime
): Promise<Snapshot> {
  const none: StoreDocument = {
    version: currentFormat,
    made: currentFormat,
    seq: 0,
    time: unknownTime,
    ...contentsOf(emptyRecords())
  }
  const db = new Low<StoreDocument>(adapter, none)
  await db.read()

  // A token whose revocation was forgotten would be good again, if the clock were then set back; a session would be lost.
  const time = resumeTime(db.data.time, toSeconds(clock()))
  const cautiousClock = createCautiousClock(clock, uptime, time.known * 1000)
  const now = () => toSeconds(cautiousClock())
  const knownTime = () => Math.max(time.known, now())
  const { feed, revocations } = db.data
  const records = emptyRecords()
  fill(records, unexpired(db.data, now()))

  return {
    seq: db.data.seq,
    made: db.data === none ? undefined : db.data.made,
    records,
    stored: { feed, revocations },
    clock: cautiousClock,
    knownTime,

    async write(seq, made, revocations, checkTime) {
      db.data = {
        version: currentFormat,
        made,
        seq,
        time: { known: knownTime(), seen: time.seen },
        feed: revocations.state.current,
        ...eachChecked(unexpired(contentsOf(records), now()), checkTime),
        revocations: checked(revocations.entries, checkTime)
      }
      await db.write()
    }
  }
}

/** The contents, with a check before each record. */
function eachChecked(contents: Contents, check: () => void): Contents {
  return {
    users: checked(contents.users, check),
    revokedTokens: checked(contents.revokedTokens, check),
    sessions: checked(contents.sessions, check),
    reservedNames: checked(contents.reservedNames, check),
    purgedUids: checked(contents.purgedUids, check),
    invitations: checked(contents.invitations, check),
    apiKeys: checked(contents.apiKeys, check),
    pendingSignIns: checked(contents.pendingSignIns, check)
  }
}

function* checked<Value>(values: Iterable<Value>, check: () => void): Iterable<Value> {
  for (const value of values) {
    check()
    yield value
  }
}
