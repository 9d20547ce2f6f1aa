import { type Clock, toSeconds } from '../../clock.js'
import { Refusal } from '../../errors/refusals.js'
import type { SessionKind } from '../store.js'
import type { Database } from './database.js'
import type { EventTable, StoreEvent } from './events.js'
import type { Queryable } from './queryable.js'
import type { SessionTable } from './sessions.js'

/** The transaction of a change. */
export interface ChangeTransaction extends Queryable {
  /** Notes an event, which is stored with the change. */
  record(event: StoreEvent): void
  /** Notes that so many sessions of a kind were added, or ended if it is negative. */
  countSessions(kind: SessionKind, difference: number): void
}

/** Runs the changes of a store. */
export interface Changes {
  /** Whether the last change could not be stored. */
  readonly isFailing: boolean
  /**
   * Runs a change in a transaction, with its events. When it resolves, the change is stored and its events have been applied here. It may
   * be run more than once.
   *
   * @throws as `Database.transaction`; `StoreUnavailableError` once it is closed.
   */
  run<T>(work: (transaction: ChangeTransaction) => Promise<T>): Promise<T>
  /** Runs a change as far as to its commit, and rolls it back: for a dry run. @throws as `run`. */
  rehearse<T>(work: (transaction: ChangeTransaction) => Promise<T>): Promise<T>
  /** Waits for the changes under way, and refuses later ones. */
  close(): Promise<void>
}

/** The dependencies of changes. */
export interface ChangesDependencies {
  database: Database
  events: EventTable
  sessions: SessionTable
  clock: Clock
  /** Is told of the events of each change, also if it is not known whether it was stored. */
  applied(events: readonly StoreEvent[]): void
  /** See `StoreEnvironment.flushed`. */
  flushed?: ((changes: number, seconds: number) => void) | undefined
}

/** See `Changes`. */
export function createChanges(dependencies: ChangesDependencies): Changes {
  const { database, events, sessions, clock, applied, flushed } = dependencies
  const running = new Set<Promise<unknown>>()
  let isFailing = false
  let isClosed = false

  async function change<T>(work: (transaction: ChangeTransaction) => Promise<T>): Promise<T> {
    const began = performance.now()
    let recorded: StoreEvent[] = []
    try {
      const result = await database.transaction(async (transaction) => {
        recorded = []
        const differences = new Map<SessionKind, number>()
        const outcome = await work({
          query: transaction.query,
          record: (event) => recorded.push(event),
          countSessions: (kind, more) => differences.set(kind, (differences.get(kind) ?? 0) + more)
        })
        if (recorded.length > 0)
          transaction.atCommit(() => events.record(transaction, recorded, toSeconds(clock())))
        transaction.atCommit(() => sessions.addToCounts(transaction, differences))
        return outcome
      })
      isFailing = false
      flushed?.(1, (performance.now() - began) / 1000)
      return result
    } catch (error) {
      if (error instanceof Refusal && error.statusCode >= 500) isFailing = true
      throw error
    } finally {
      if (recorded.length > 0) applied(recorded)
    }
  }

  async function rehearsal<T>(work: (transaction: ChangeTransaction) => Promise<T>): Promise<T> {
    try {
      return await database.transaction(async ({ query }) => {
        throw new Rehearsed(await work({ query, record: () => {}, countSessions: () => {} }))
      })
    } catch (error) {
      if (error instanceof Rehearsed) return error.outcome as T
      throw error
    }
  }

  /** Counts it as under way, unless the store is closed. */
  function started<T>(begin: () => Promise<T>): Promise<T> {
    if (isClosed) return Promise.reject(closedStore())
    const changing = begin()
    running.add(changing)
    const forget = () => running.delete(changing)
    changing.then(forget, forget)
    return changing
  }

  return {
    get isFailing() {
      return isFailing
    },

    run: (work) => started(() => change(work)),
    rehearse: (work) => started(() => rehearsal(work)),

    async close() {
      isClosed = true
      await Promise.allSettled(running)
    }
  }
}

/** Rolls the transaction of a rehearsal back. */
class Rehearsed extends Error {
  constructor(readonly outcome: unknown) {
    super('a dry run stores nothing')
  }
}

/** The refusal of a store that was closed. */
export function closedStore(): Refusal {
  return new Refusal('StoreUnavailableError', { cause: new Error('the store is closed') })
}
