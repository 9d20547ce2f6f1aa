import { Low } from 'lowdb'
import { createCautiousClock, toSeconds } from '../../clock.js'
import { Refusal } from '../../errors/refusals.js'
import type { Change, MemoryStore, Session } from '../store.js'
import { createCommitQueue, type Intention } from './commit-queue.js'
import { createCompaction } from './compaction.js'
import { createSweep, current } from './expiry.js'
import { currentFormat } from './format.js'
import type { Journal } from './journal.js'
import { resumeTime, unknownTime } from './recorded-time.js'
import {
  apply as applyTo,
  emptyRecords,
  fill,
  isSameVersion,
  nextVersion,
  removeSession,
  revocationsOf,
  sessionsOf,
  touchSession
} from './records.js'
import { createSessionEviction } from './session-limits.js'
import type { StoreDocument } from './store-document.js'
import type { StoreOptions } from './store-options.js'
import { createWriteProbe } from './write-probe.js'

/**
 * A `Store` in memory, kept by a snapshot and a journal. Lookups cost a hash table's. A change costs a line of the journal,
 * however many users there are; those that arrive while others are being written are written together, by one sync.
 *
 * The journal is compacted into a new snapshot at the start, at the end, and when it has more changes than there are records.
 * A snapshot is written while changes go on, which does no harm: each of them is also in the next file of the journal, and
 * may be applied twice.
 *
 * @throws what the adapter and the journal throw at reading.
 */
export async function openJournaledStore(options: StoreOptions): Promise<MemoryStore> {
  const { snapshot, openJournal, flushed, warn, compactAfter = outgrown, probeAfter = 1000 } = options
  const { removeAfter = 10_000, hangAfter = 5000, compactAtCloseFor = 3000 } = options
  const { clock, uptime = () => performance.now() } = options
  const db = new Low<StoreDocument>(snapshot, {
    version: currentFormat,
    seq: 0,
    time: unknownTime,
    users: [],
    revokedTokens: [],
    sessions: []
  })
  await db.read()

  const records = emptyRecords()
  // A token whose revocation was forgotten would be good again, if the clock were then set back; a session would be lost.
  const time = resumeTime(db.data.time, toSeconds(clock()))
  const cautiousClock = createCautiousClock(clock, uptime, time.known * 1000)
  const now = () => toSeconds(cautiousClock())
  fill(records, {
    users: db.data.users,
    revokedTokens: current(db.data.revokedTokens, now()),
    sessions: current(db.data.sessions, now())
  })
  const journal = await openJournal?.(db.data.seq, (change) => applyTo(records, change))
  for (const name of journal?.unacknowledgedTails ?? []) {
    warn(undefined, `${name} ends with a batch that was never acknowledged: it is passed over`)
  }
  const sweeps = [
    createSweep(
      records.expiryByJti,
      cautiousClock,
      (exp) => exp,
      (jti) => records.expiryByJti.delete(jti)
    ),
    createSweep(
      records.sessionsById,
      cautiousClock,
      ({ exp }) => exp,
      (id) => removeSession(records, id)
    )
  ]
  const eviction = createSessionEviction(records, clock)
  const listeners = new Set<(change: Change) => void>()

  const queue = createCommitQueue({
    records,
    append: async (changes) => await journal?.append(changes),
    apply,
    paused: () => compaction?.compactIfDue(),
    flushed,
    hangAfter
  })
  const probe = journal && createWriteProbe({ journal, queue, probeAfter: probeAfter, hangAfter })
  const compaction =
    journal &&
    createCompaction({
      journal,
      writeSnapshot: async (checkTime) => await writeSnapshot(journal, checkTime),
      growth: () =>
        compactAfter(records.usersById.size + records.expiryByJti.size + records.sessionsById.size),
      removeAfter,
      compactAtCloseFor,
      warn,
      lost: options.lost
    })
  let closing: Promise<void> | undefined
  let hasUsesToKeep = false

  function apply(change: Change): void {
    applyTo(records, change)
    for (const forgetExpired of sweeps) forgetExpired()
    for (const listener of listeners) listener(change)
  }

  function commit(intention: Intention): Promise<boolean> {
    return closing === undefined ? queue.commit(intention) : Promise.reject(closed())
  }

  async function writeSnapshot(journal: Journal, checkTime: () => void): Promise<void> {
    hasUsesToKeep = false
    db.data = {
      version: currentFormat,
      seq: journal.seq,
      time: { known: Math.max(time.known, now()), seen: time.seen },
      users: checked(records.usersById.values(), checkTime),
      revokedTokens: checked(current(revocationsOf(records), now()), checkTime),
      sessions: checked(current(records.sessionsById.values(), now()), checkTime)
    }
    await db.write()
  }

  async function close(): Promise<void> {
    await queue.settle()
    await compaction?.close(async () => hasUsesToKeep || probe === undefined || !(await probe.isInPlace()))
    await journal?.close()
  }

  return {
    findUserByName(name) {
      return records.usersByName.get(name)
    },

    findUserById(uid) {
      return records.usersById.get(uid)
    },

    async createUser(user) {
      await commit((draft) => {
        const isTaken = draft.userByName(user.name) !== undefined || draft.userById(user.uid) !== undefined
        if (isTaken) throw new Refusal('UserAlreadyExistsError')
        return [{ user }]
      })
    },

    async replaceUser(before, after) {
      return await commit((draft) => {
        if (!isSameVersion(draft.userById(before.uid), before)) return []
        const ended = after.gen === before.gen ? [] : draft.sessionIdsOf(before.uid)
        return [{ user: nextVersion(before, after) }, ...endOf(ended)]
      })
    },

    async revokeToken(revokedToken) {
      await commit((draft) => (draft.isRevoked(revokedToken.jti) ? [] : [{ revokedToken }]))
    },

    isTokenRevoked(jti) {
      return records.expiryByJti.has(jti)
    },

    findSession(id) {
      return records.sessionsById.get(id)
    },

    findSessions(uid) {
      return sessionsOf(records, uid)
    },

    async createSession(session, limits) {
      let evicted: Session | undefined
      await commit((draft) => {
        evicted = eviction.findEvicted(draft, session, limits)
        return [...endOf(evicted === undefined ? [] : [evicted.id]), { session }]
      })
      return evicted
    },

    async replaceSession(before, after) {
      return await commit((draft) =>
        isSameVersion(draft.sessionById(before.id), before) ? [{ session: nextVersion(before, after) }] : []
      )
    },

    touchSession(id, lastUsedAt) {
      touchSession(records, id, lastUsedAt)
      hasUsesToKeep = true
    },

    async endSession(id) {
      await commit((draft) => (draft.sessionById(id) === undefined ? [] : endOf([id])))
    },

    capture() {
      return {
        users: [...records.usersById.values()],
        sessions: [...records.sessionsById.values()],
        revokedTokens: [...revocationsOf(records)]
      }
    },

    async replaceAll(content) {
      if (journal !== undefined) throw new Error('a store that keeps its records does not give them up')
      // Changes under way were drafted on the present records.
      await queue.settle()
      for (const collection of Object.values(records)) collection.clear()
      fill(records, content)
    },

    async requireWritable() {
      if (closing !== undefined) throw closed()
      await probe?.requireWritable()
    },

    subscribe(listener) {
      listeners.add(listener)
    },

    close() {
      closing ??= close()
      return closing
    }
  }
}

function closed(): Refusal {
  return new Refusal('StoreUnavailableError', { cause: new Error('the store is closed') })
}

// A snapshot is then written about as often as it doubles: its cost is spread over as many changes as it has records.
function outgrown(records: number): number {
  return Math.max(10_000, records)
}

function endOf(ids: readonly string[]): Change[] {
  return ids.map((endedSession) => ({ endedSession }))
}

function* checked<Value>(values: Iterable<Value>, check: () => void): Iterable<Value> {
  for (const value of values) {
    check()
    yield value
  }
}
