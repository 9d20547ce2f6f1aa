import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { callDeadline, type DatabaseSettings } from './connection.js'
import { databaseUnavailable, isConflict, toCommitError, toStoreError } from './database-errors.js'
import { TimeoutError } from './deadline.js'
import { openPool } from './pool.js'

/** Runs statements. */
export interface Queryable {
  /**
   * The rows of a statement, with `$1` and so on for the values. A text without values may hold several statements.
   *
   * @throws `StoreUnavailableError` if the database did not answer; `pg.DatabaseError` if the statement is at fault, such as that
   *   of a `violatedConstraint`.
   */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

/** The database. A call is refused with `StoreUnavailableError` after `callDeadline`, and its connection destroyed. */
export interface Database extends Queryable {
  /**
   * Runs one statement by itself, twice if its connection was dead. For reads: the settings of the server say whether a write outlives
   * its crash.
   */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /**
   * Runs statements, one after the other, in a transaction. It is on disk when the promise resolves. Whatever `work` throws rolls it back
   * and is thrown. After a serialization failure or a deadlock `work` is run again.
   *
   * @param milliseconds the deadline of the whole, `callDeadline` unless given.
   * @throws `StoreUnavailableError`, also if it is not known whether the commit has happened.
   */
  transaction<T>(work: (transaction: Queryable) => Promise<T>, milliseconds?: number): Promise<T>
  /** The quoted name of a table, with its schema. */
  table(name: string): string
  /** Waits for the calls under way, and closes all connections. */
  close(): Promise<void>
}

const attempts = 10

/**
 * Opens the database, which is first connected to when it is used.
 *
 * @throws as `connectionOptions`.
 */
export function openDatabase(settings: DatabaseSettings): Database {
  const pool = openPool(settings)

  async function attempt<T>(
    work: (transaction: Queryable) => Promise<T>,
    milliseconds: number,
    left: number
  ) {
    let isCommitting = false
    try {
      return await pool.use(left, async (client, begun) => {
        await begin(client, milliseconds)
        begun()
        const result = await workOrRollBack(client, work)
        isCommitting = true
        await commit(client)
        return result
      })
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      throw isCommitting ? toCommitError(error) : databaseUnavailable(error)
    }
  }

  return {
    async query<Row>(text: string, values?: readonly unknown[]) {
      try {
        return await pool.use(callDeadline, (client) => rowsOf<Row>(client, text, values))
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

async function rowsOf<Row>(
  client: pg.PoolClient,
  text: string,
  values?: readonly unknown[]
): Promise<readonly Row[]> {
  try {
    // A named statement would stay behind in a server process, of which PgBouncer gives the next transaction another one.
    const { rows } = await client.query({ text, ...(values !== undefined && { values: [...values] }) })
    return rows as Row[]
  } catch (error) {
    throw toStoreError(error)
  }
}

async function begin(client: pg.PoolClient, milliseconds: number): Promise<void> {
  // PgBouncer refuses these limits at the start of a connection. A lock is given up before this side destroys the connection.
  await rowsOf(
    client,
    `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
     SET LOCAL synchronous_commit = on;
     SET LOCAL statement_timeout = ${milliseconds};
     SET LOCAL lock_timeout = ${Math.ceil(milliseconds * 0.8)};
     SET LOCAL idle_in_transaction_session_timeout = ${milliseconds}`
  )
}

async function workOrRollBack<T>(
  client: pg.PoolClient,
  work: (transaction: Queryable) => Promise<T>
): Promise<T> {
  try {
    return await work({ query: (text, values) => rowsOf(client, text, values) })
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT').catch((error: unknown) => {
    throw toCommitError(error)
  })
  // The server's answer if a statement has failed, even one whose error `work` has caught.
  if (command !== 'COMMIT') throw databaseUnavailable(new Error(`COMMIT was answered by ${command}`))
}
