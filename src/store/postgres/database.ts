import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type Statement, toMessage } from './batch.js'
import { callDeadline, type DatabaseSettings } from './connection.js'
import { databaseUnavailable, isConflict, toCommitError, toStoreError } from './database-errors.js'
import { TimeoutError } from './deadline.js'
import { openPool } from './pool.js'
import type { Queryable } from './queryable.js'
import { createTransaction, type OpenTransaction, type Transaction } from './transaction.js'

/** The database. A call is refused with `StoreUnavailableError` after `callDeadline`, and its connection destroyed. */
export interface Database extends Queryable {
  /**
   * Runs one statement by itself, twice if its connection was dead. For reads: the settings of the server say whether a write outlives
   * its crash.
   *
   * @param milliseconds the deadline, `callDeadline` unless given.
   */
  query<Row>(text: string, values?: readonly unknown[], milliseconds?: number): Promise<readonly Row[]>
  /**
   * Runs statements, one after the other, in a transaction. It is on disk when the promise resolves. Whatever `work` throws rolls it back
   * and is thrown. After a serialization failure or a deadlock `work` is run again.
   *
   * @param milliseconds the deadline of the whole, `callDeadline` unless given.
   * @throws `StoreUnavailableError`, also if it is not known whether the commit has happened.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, milliseconds?: number): Promise<T>
  /** The quoted name of a table, with its schema. */
  table(name: string): string
  /** Waits for the calls under way, and closes all connections. */
  close(): Promise<void>
}

const attempts = 10

// Made once: it is as long as many a change itself.
const usualHead = toMessage(beginning(callDeadline))

/**
 * Opens the database, which is first connected to when it is used.
 *
 * @throws as `connectionOptions`.
 */
export function openDatabase(settings: DatabaseSettings): Database {
  const pool = openPool(settings)

  async function attempt<T>(
    work: (transaction: Transaction) => Promise<T>,
    milliseconds: number,
    left: number
  ) {
    let transaction: OpenTransaction | undefined
    try {
      return await pool.use(left, (client, begun) => {
        const head = milliseconds === callDeadline ? usualHead : toMessage(beginning(milliseconds))
        transaction = createTransaction(client, head, begun)
        return committed(transaction, work)
      })
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      throw transaction?.isCommitting ? toCommitError(error) : databaseUnavailable(error)
    }
  }

  return {
    async query<Row>(text: string, values?: readonly unknown[], milliseconds = callDeadline) {
      try {
        return await pool.use(milliseconds, (client) => rowsOf<Row>(client, { text, values }))
      } catch (error) {
        throw toStoreError(error)
      }
    },

    async transaction(work, milliseconds = callDeadline) {
      const until = performance.now() + milliseconds
      for (let count = 1; ; count += 1) {
        try {
          return await attempt(work, milliseconds, until - performance.now())
        } catch (error) {
          if (!isConflict(error)) throw error
          // Those that got in each other's way come back one by one.
          const pause = Math.random() * 20 * count
          if (count === attempts || performance.now() + pause > until) throw databaseUnavailable(error)
          await delay(pause)
        }
      }
    },

    table: (name) => `${pg.escapeIdentifier(settings.schema)}.${pg.escapeIdentifier(name)}`,

    close: () => pool.close()
  }
}

async function rowsOf<Row>(client: pg.PoolClient, { text, values = [] }: Statement): Promise<readonly Row[]> {
  try {
    // A named statement would stay behind in a server process, of which PgBouncer gives the next transaction another one.
    const { rows } = await client.query({ text, values: [...values] })
    return rows as Row[]
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The statements that begin a transaction. */
function beginning(milliseconds: number): Statement[] {
  // PgBouncer refuses these limits at the start of a connection. A lock is given up before this side destroys the connection.
  const settings = {
    synchronous_commit: 'on',
    statement_timeout: milliseconds,
    lock_timeout: Math.ceil(milliseconds * 0.8),
    idle_in_transaction_session_timeout: milliseconds
  }
  return [
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
    ...Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${value}`)
  ].map((text) => ({ text }))
}

async function committed<T>(
  transaction: OpenTransaction,
  work: (transaction: Transaction) => Promise<T>
): Promise<T> {
  try {
    const result = await work(transaction)
    await transaction.commit()
    return result
  } catch (error) {
    await transaction.rollBack()
    throw error
  }
}
