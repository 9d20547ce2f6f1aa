import { toSeconds } from '../../clock.js'
import { Refusal } from '../../errors/refusals.js'
import type { KeptRevocation, StoreContent, StoreDump } from '../store.js'
import type { Change } from './change.js'
import { type CommitQueue, createCommitQueue } from './commit-queue.js'
import { createCompaction } from './compaction.js'
import { listContents } from './dump.js'
import { createSweeps } from './expiry.js'
import type { StoredFeedState } from './feed-state.js'
import { currentFormat } from './format.js'
import type { Intention } from './intentions.js'
import type { Journal } from './journal.js'
import { apply as applyTo, contentsOf, type Records, refill } from './records.js'
import { createRevocationLog, type RevocationLog } from './revocation-log.js'
import { openSnapshot, type Snapshot } from './snapshot.js'
import type { StoreOptions } from './store-options.js'
import { createUserOrder, type UserOrder } from './user-order.js'
import { createWriteProbe } from './write-probe.js'

/**
 * Records in memory, kept by a snapshot and a journal. A change costs a line of the journal, however many records there are;
 * those that arrive while others are being written are written together, by one sync.
 *
 * The journal is compacted into a new snapshot at the start, at the end, and when it has more changes than there are records.
 * A snapshot is written while changes go on, which does no harm: each of them is also in the next file of the journal, and
 * may be applied twice.
 */
export interface JournaledRecords {
  /** The records with all changes that are stored, and no others. */
  readonly records: Records
  /** The format that the folder was made in; the present one where nothing is kept. */
  readonly made: number
  /** The revocations that these changes have made. */
  readonly revocations: RevocationLog
  /** The users of these records, in order. */
  readonly order: UserOrder
  /** See `CommitQueue.commit`. @throws the same; `StoreUnavailableError` once it is closed. */
  commit(intention: Intention): Promise<boolean>
  /** Notes a use of a record, which is kept with the next snapshot. Readers see it at once. */
  touch(note: (records: Records) => void): void
  /** See `Store.dump`. */
  dump(): Promise<StoreDump>
  /** See `MemoryStore.replaceAll`. */
  replaceAll(content: StoreContent): Promise<void>
  /** See `Store.requireWritable`. @throws `StoreUnavailableError`. */
  requireWritable(): Promise<void>
  /** See `Store.close`. */
  close(): Promise<void>
}

// In milliseconds. A start that fails has failed by then.
const feedStateAfter = 1000

/**
 * Reads the snapshot, and replays what the journal holds beyond it.
 *
 * @throws what the adapter and the journal throw at reading.
 */
export async function openJournaledRecords(options: StoreOptions): Promise<JournaledRecords> {
  const { flushed, warn, lost, compactAfter = outgrown, probeAfter = 1000 } = options
  const { removeAfter = 10_000, hangAfter = 5000, compactAtCloseFor = 3000 } = options
  const { snapshot, journal, revocations } = await recover(options)
  const { records } = snapshot
  // The first snapshot of a folder comes after its first changes.
  const made = snapshot.made ?? journal?.oldestFormat ?? currentFormat
  const order = createUserOrder(records.usersById)
  const sweepExpired = createSweeps(records, snapshot.clock, options.clock)
  let closing: Promise<void> | undefined
  let hasUsesToKeep = false

  const queue = createCommitQueue({
    records,
    append: async (changes) => await journal?.append(changes),
    apply,
    paused: () => compaction?.compactIfDue(),
    flushed,
    hangAfter
  })
  const probe = journal && createWriteProbe({ journal, queue, probeAfter, hangAfter })
  const compaction =
    journal &&
    createCompaction({
      journal,
      writeSnapshot: async (checkTime) => {
        hasUsesToKeep = false
        await snapshot.write(journal.seq, made, revocations, checkTime)
      },
      growth: () => compactAfter(countOf(records)),
      removeAfter,
      compactAtCloseFor,
      warn,
      lost
    })

  function apply(change: Change): void {
    order.follow(change)
    const isRevocation = revocations.follow(change)
    applyTo(records, change)
    sweepExpired()
    if (isRevocation) revocations.tell()
  }

  async function close(): Promise<void> {
    giveUpFeedState?.()
    revocations.close()
    await queue.settle()
    await compaction?.close(async () => hasUsesToKeep || probe === undefined || !(await probe.isInPlace()))
    await journal?.close()
  }

  const giveUpFeedState = journal && storeFeedState(options, revocations.state, { records, queue })

  return {
    records,
    made,
    revocations,
    order,

    commit(intention) {
      if (closing !== undefined) return Promise.reject(closed())
      return queue.commit((draft) => revocations.state.withState(intention(draft)))
    },

    touch(note) {
      note(records)
      hasUsesToKeep = true
    },

    dump() {
      if (closing !== undefined) return Promise.reject(closed())
      return queue.runBetween(async () => {
        const knownTime = snapshot.knownTime()
        const now = toSeconds(snapshot.clock())
        const contents = await listContents(contentsOf(records), now)
        return { knownTime, ...contents, revocations: listKept(revocations) }
      })
    },

    async replaceAll(content) {
      if (journal !== undefined) throw new Error('a store that keeps its records does not give them up')
      // Changes under way were drafted on the present records.
      await queue.settle()
      refill(records, { ...content, pendingSignIns: [] })
      order.forget()
      revocations.replace(content.revocations)
    },

    async requireWritable() {
      if (closing !== undefined) throw closed()
      await probe?.requireWritable()
    },

    close() {
      closing ??= close()
      return closing
    }
  }
}

interface Recovered {
  snapshot: Snapshot
  journal: Journal | undefined
  revocations: RevocationLog
}

/** The records as of the last change that was acknowledged: those of the snapshot, with what the journal holds beyond it. */
async function recover(options: StoreOptions): Promise<Recovered> {
  const { clock, uptime = () => performance.now(), openJournal, warn, accessTokenTtl = 3600 } = options
  const snapshot = await openSnapshot(options.snapshot, clock, uptime)
  const { records, seq: position, stored, clock: cautiousClock } = snapshot
  const revocations = createRevocationLog({
    records,
    clock,
    cautiousClock,
    position,
    stored,
    accessTokenTtl
  })
  const journal = await openJournal?.(snapshot.seq, (change) => {
    revocations.follow(change)
    applyTo(records, change)
  })
  for (const name of journal?.unacknowledgedTails ?? []) {
    warn(undefined, `${name} ends with a batch that was never acknowledged: it is passed over`)
  }
  return { snapshot, journal, revocations }
}

/**
 * Has the lifetime of tokens stored, if it is another one than before. Not at once: a start that fails changes nothing. Nobody has a
 * token of an empty store, whose first change takes it along.
 *
 * @returns what gives it up.
 */
function storeFeedState(
  { accessTokenTtl }: StoreOptions,
  state: StoredFeedState,
  { records, queue }: { records: Records; queue: CommitQueue }
): () => void {
  if (accessTokenTtl === undefined || state.resume(accessTokenTtl) === undefined) return () => {}
  const timer = setTimeout(() => {
    if (records.usersById.size === 0 || !state.mustStore) return
    // A failure is no loss: the next change stores it, too.
    queue.commit(() => [{ feed: state.current }]).catch(() => {})
  }, feedStateAfter)
  timer.unref()
  return () => clearTimeout(timer)
}

function listKept({ entries }: RevocationLog): KeptRevocation[] {
  return Array.from(entries, ({ revocation, until }) => ({ revocation, until }))
}

function countOf({ usersById, expiryByJti, sessionsById }: Records): number {
  return usersById.size + expiryByJti.size + sessionsById.size
}

function closed(): Refusal {
  return new Refusal('StoreUnavailableError', { cause: new Error('the store is closed') })
}

// A snapshot is then written about as often as it doubles: its cost is spread over as many changes as it has records.
function outgrown(records: number): number {
  return Math.max(10_000, records)
}
