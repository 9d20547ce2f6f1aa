import { type Adapter, Low } from 'lowdb'
import { type Clock, createCautiousClock, toSeconds, type Uptime } from '../../clock.js'
import { ServiceError } from '../../errors/refusals.js'
import type { StoreEnvironment } from '../driver.js'
import type { RevokedToken, Session, Store } from '../store.js'
import { currentFormat } from './format.js'
import type { Journal } from './journal.js'
import { resumeTime, unknownTime } from './recorded-time.js'
import {
  apply,
  Draft,
  emptyRecords,
  fill,
  type Records,
  removeSession,
  sessionsOf,
  touchSession
} from './records.js'
import { createSessionEviction } from './session-limits.js'
import type { Change, StoreDocument } from './store-document.js'

/** What a store is made of. */
export interface StoreOptions extends StoreEnvironment {
  /** Reads and writes the snapshot, a JSON document. */
  snapshot: Adapter<StoreDocument>
  /** Opens the journal of the changes since the snapshot of that number. Without it nothing is kept. */
  openJournal?: (seq: number, replay: (change: Change) => void) => Promise<Journal>
  /** That of the process unless told otherwise. */
  uptime?: Uptime
  /** How many changes the journal may grow by, at so many records, before it is folded into a new snapshot. */
  foldAfter?: (records: number) => number
  /**
   * How long, in milliseconds, before it is tried again, after a failure, whether anything can be written; and while all is
   * well, before it is looked again whether the folder and the journal are where they were.
   */
  rehearseAfter?: number
  /** How long, in milliseconds, a file of the journal is kept once it is folded, for a backup that has listed it. */
  removeAfter?: number
  /** How long a write, or a look at what is kept, may take, in milliseconds, before the disk counts as hanging. */
  hangAfter?: number
  /** How long a close may go on folding the journal, in milliseconds; the next start does what is left. */
  foldAtCloseFor?: number
}

/** Says what a call changes, if anything, or throws to refuse. It sees what was changed by those that it is written with. */
type Intention = (draft: Draft) => Change[]

interface Pending {
  intention: Intention
  resolve(hasChanged: boolean): void
  reject(error: unknown): void
}

/**
 * A `Store` in memory, kept by a snapshot and a journal. Lookups cost a hash table's. A change costs a line of the journal,
 * however many users there are; those that arrive while others are being written are written together, by one sync.
 *
 * The journal is folded into a new snapshot at the start, at the end, and when it has more changes than there are records.
 * A snapshot is written while changes go on, which does no harm: each of them is also in the next file of the journal, and
 * may be applied twice.
 *
 * @throws what the adapter and the journal throw at reading.
 */
export async function openJournaledStore(options: StoreOptions): Promise<Store> {
  const { snapshot, openJournal, flushed, warn, foldAfter = outgrown, rehearseAfter = 1000 } = options
  const { removeAfter = 10_000, hangAfter = 5000, foldAtCloseFor = 3000 } = options
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

  // What is on disk, and all that a reader ever sees: a change is applied only once it is written.
  const records = emptyRecords()
  // A token whose revocation was forgotten would be good again, if the clock were then set back; a session would be lost.
  const time = resumeTime(db.data.time, toSeconds(clock()))
  const cautiousClock = createCautiousClock(clock, uptime, time.known * 1000)
  fill(records, {
    users: db.data.users,
    revokedTokens: current(db.data.revokedTokens, toSeconds(cautiousClock())),
    sessions: current(db.data.sessions, toSeconds(cautiousClock()))
  })
  const journal = await openJournal?.(db.data.seq, (change) => apply(records, change))
  for (const name of journal?.torn ?? []) {
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

  let pending: Pending[] = []
  let flushing: Promise<void> | undefined
  let folding: Promise<void> | undefined
  let foldAt = nextFold()
  let isFailing = false
  let rehearsal: (() => Promise<void>) | undefined
  let rehearsing: Promise<void> | undefined
  let lookAt = 0
  let looking: Promise<void> | undefined
  let removal: NodeJS.Timeout | undefined
  let removing: Promise<void> | undefined
  let closing: Promise<void> | undefined
  let isHanging = false
  let isFoldGivenUp = false
  let hasUsesToKeep = false

  function nextFold(): number {
    return (
      (journal?.length ?? 0) +
      foldAfter(records.usersById.size + records.expiryByJti.size + records.sessionsById.size)
    )
  }

  function commit(intention: Intention): Promise<boolean> {
    if (closing !== undefined) return Promise.reject(closed())
    if (isHanging) return Promise.reject(hanging())
    return new Promise((resolve, reject) => {
      pending.push({ intention, resolve, reject })
      flushing ??= flushPending()
    })
  }

  /** Refuses all that waits, and all that comes, while a write takes too long; its own outcome is not known. */
  async function watched<T>(write: Promise<T> | undefined): Promise<T | undefined> {
    const timer = setTimeout(() => {
      isHanging = true
      for (const { reject } of pending.splice(0)) reject(hanging())
    }, hangAfter)
    try {
      return await write
    } finally {
      clearTimeout(timer)
      isHanging = false
    }
  }

  /** The outcome of what asks the disk, unless that takes too long: it goes on, but nobody waits for it. */
  function inTime(answer: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(noAnswer()), hangAfter)
      answer.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  async function flushPending(): Promise<void> {
    while (pending.length > 0 || rehearsal !== undefined) {
      const batch = pending
      pending = []
      await flush(batch)
      // Here, between two batches, nothing is being appended.
      const attempt = rehearsal
      rehearsal = undefined
      await attempt?.()
      if (journal !== undefined && journal.length >= foldAt) folding ??= fold(journal)
    }
    flushing = undefined
  }

  async function flush(batch: Pending[]): Promise<void> {
    const { changes, answers } = judge(batch, records)
    try {
      if (changes.length > 0) {
        const start = performance.now()
        await watched(journal?.append(changes))
        flushed?.(changes.length, (performance.now() - start) / 1000)
        isFailing = false
      }
    } catch (cause) {
      isFailing = true
      for (const { reject } of batch) reject(new ServiceError('StoreUnavailableError', { cause }))
      return
    }
    for (const change of changes) {
      apply(records, change)
      for (const forgetExpired of sweeps) forgetExpired()
    }
    for (const answer of answers) answer()
  }

  /** Has it tried, at the next pause between two batches, whether anything can be written. */
  function rehearse(): Promise<void> {
    const attempt = new Promise<void>((resolve, reject) => {
      rehearsal = async () => {
        try {
          if (isFailing) await watched(journal?.rehearse())
          isFailing = false
          resolve()
        } catch (error) {
          reject(error)
        }
      }
    })
    const result = inTime(attempt).catch((cause: unknown) => {
      throw new ServiceError('StoreUnavailableError', { cause })
    })
    flushing ??= flushPending()
    const forget = () => {
      rehearsing = undefined
    }
    // A refusal stands for a while, so that those who ask without a pause do not keep a failing disk busy.
    result.then(forget, () => setTimeout(forget, rehearseAfter).unref())
    return result
  }

  async function fold(journal: Journal): Promise<void> {
    const folded = journal.cut()
    hasUsesToKeep = false
    const now = toSeconds(cautiousClock())
    db.data = {
      version: currentFormat,
      seq: journal.seq,
      time: { known: Math.max(time.known, now), seen: time.seen },
      users: untilGivenUp(records.usersById.values()),
      revokedTokens: untilGivenUp(current(revocationsOf(records), now)),
      sessions: untilGivenUp(current(records.sessionsById.values(), now))
    }
    try {
      // Another folder at its place has another owner.
      await journal.requireFoldable()
      await db.write()
      folded()
      scheduleRemoval(journal)
    } catch (error) {
      // Nothing is lost: the journal goes on, and the next start replays more of it.
      warn(error, 'the journal could not be folded into users.json')
    }
    foldAt = nextFold()
    folding = undefined
  }

  function scheduleRemoval(journal: Journal): void {
    removal ??= setTimeout(() => {
      removal = undefined
      removing = removeFolded(journal)
    }, removeAfter).unref()
  }

  async function removeFolded(journal: Journal): Promise<void> {
    try {
      await journal.removeFolded()
    } catch (error) {
      warn(error, 'the journal that was folded could not be removed')
    }
  }

  async function requireInPlace(): Promise<void> {
    if (journal === undefined || performance.now() < lookAt) return
    lookAt = performance.now() + rehearseAfter
    // One at a time: each that hangs holds a thread.
    looking ??= journal.requireInPlace().finally(() => {
      looking = undefined
    })
    try {
      await inTime(looking)
    } catch (cause) {
      isFailing = true
      throw new ServiceError('StoreUnavailableError', { cause })
    }
  }

  /** Whether the snapshot does not hold all that there is, or is gone. */
  async function isFoldDue(journal: Journal): Promise<boolean> {
    if (!journal.isEmpty || hasUsesToKeep) return true
    return await inTime(journal.requireInPlace()).then(
      () => false,
      () => true
    )
  }

  async function close(): Promise<void> {
    await flushing
    if (journal === undefined) return
    const timer = setTimeout(() => {
      isFoldGivenUp = true
    }, foldAtCloseFor)
    await folding
    if ((await isFoldDue(journal)) && !isFoldGivenUp) await fold(journal)
    clearTimeout(timer)
    clearTimeout(removal)
    await removing
    await removeFolded(journal)
    await journal.close()
  }

  function* untilGivenUp<Value>(values: Iterable<Value>): Iterable<Value> {
    for (const value of values) {
      if (isFoldGivenUp) throw new Error('the time for it was over: the next start does it')
      yield value
    }
  }

  // What a process that was killed has left.
  if (journal !== undefined) removing = removeFolded(journal)
  if (journal?.isEmpty === false) folding = fold(journal)

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
        if (isTaken) throw new ServiceError('UserAlreadyExistsError')
        return [{ user }]
      })
    },

    async replaceUser(before, after) {
      return await commit((draft) => {
        if (draft.userById(before.uid) !== before) return []
        const ended = after.gen === before.gen ? [] : draft.sessionIdsOf(before.uid)
        return [{ user: after }, ...endOf(ended)]
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
      return await commit((draft) => (draft.sessionById(before.id) === before ? [{ session: after }] : []))
    },

    touchSession(id, lastUsedAt) {
      touchSession(records, id, lastUsedAt)
      hasUsesToKeep = true
    },

    async endSession(id) {
      await commit((draft) => (draft.sessionById(id) === undefined ? [] : endOf([id])))
    },

    async endSessions(uid) {
      await commit((draft) => endOf(draft.sessionIdsOf(uid)))
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
      // What is under way was judged by the records that there are.
      while (flushing !== undefined) await flushing
      for (const collection of Object.values(records)) collection.clear()
      fill(records, content)
    },

    async requireWritable() {
      if (closing !== undefined) throw closed()
      if (isHanging) throw hanging()
      if (!isFailing) return await requireInPlace()
      rehearsing ??= rehearse()
      await rehearsing
    },

    close() {
      closing ??= close()
      return closing
    }
  }
}

function closed(): ServiceError {
  return new ServiceError('StoreUnavailableError', { cause: new Error('the store is closed') })
}

function hanging(): ServiceError {
  return new ServiceError('StoreUnavailableError', { cause: noAnswer() })
}

function noAnswer(): Error {
  return new Error('the disk does not answer')
}

// A snapshot is then written about as often as it doubles: its cost is spread over as many changes as it has records.
function outgrown(records: number): number {
  return Math.max(10_000, records)
}

/** Judges the calls of a batch in turn, each in the view of what those before it change. */
function judge(batch: readonly Pending[], records: Records) {
  const draft = new Draft(records)
  const changes: Change[] = []
  // Even a refusal waits for the write: it may be due to another change of the batch, which may fail.
  const answers: (() => void)[] = []
  for (const { intention, resolve, reject } of batch) {
    try {
      const intended = intention(draft)
      for (const change of intended) draft.change(change)
      changes.push(...intended)
      answers.push(() => resolve(intended.length > 0))
    } catch (error) {
      answers.push(() => reject(error))
    }
  }
  return { changes, answers }
}

function endOf(ids: readonly string[]): Change[] {
  return ids.map((endedSession) => ({ endedSession }))
}

function* revocationsOf({ expiryByJti }: Records): Iterable<RevokedToken> {
  for (const [jti, exp] of expiryByJti) yield { jti, exp }
}

// `exp` alone refuses a token that has expired.
function* current<T extends { exp: number }>(records: Iterable<T>, now: number): Iterable<T> {
  for (const record of records) if (record.exp > now) yield record
}

/**
 * Forgets the expired ones, two of them looked at for each call: every change pays a little, none for all, and no more than
 * twice as many are kept as are current.
 */
function createSweep<Value>(
  entriesById: Map<string, Value>,
  clock: Clock,
  expiryOf: (value: Value) => number,
  forget: (id: string) => void
): () => void {
  let entries = entriesById.entries()
  return () => {
    const now = toSeconds(clock())
    for (let looks = 0; looks < 2; looks += 1) {
      const { value, done } = entries.next()
      if (done) entries = entriesById.entries()
      else if (expiryOf(value[1]) <= now) forget(value[0])
    }
  }
}
