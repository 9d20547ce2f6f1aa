import pg from 'pg'
import { callDeadline, connectionOptions, type DatabaseSettings, destroy } from './connection.js'
import { isConnectionLost, toStoreError } from './database-errors.js'
import { createDeadline, type Deadline } from './deadline.js'

/** Connections that calls share. */
export interface ConnectionPool {
  /**
   * Runs work on a connection. One that the work leaves within a transaction, or that did not answer in time, is destroyed. The
   * connection may have died long ago: if it fails before the work has called `begun`, the work is run once more on another one.
   *
   * @param milliseconds for all of it, waiting for the connection included.
   * @throws `TimeoutError`; `StoreUnavailableError` if there is no connection; whatever the work throws.
   */
  use<T>(milliseconds: number, work: (client: pg.PoolClient, begun: () => void) => Promise<T>): Promise<T>
  /** Waits for the work under way, and closes all connections. */
  close(): Promise<void>
}

// In milliseconds: a service that is idle keeps no more than the connections of its heartbeats.
const idleTimeout = 60_000

/**
 * A pool, which connects when it is first used.
 *
 * @throws as `connectionOptions`.
 */
export function openPool(settings: DatabaseSettings): ConnectionPool {
  const idle = new Set<pg.PoolClient>()
  const pool = new pg.Pool({
    ...connectionOptions(settings),
    max: settings.connections,
    idleTimeoutMillis: idleTimeout,
    onConnect: (client) => requirePrimary(client as pg.Client)
  })
    // A client without a listener of its own ends the process when its server process dies, whatever the pool listens to.
    .on('connect', (client) => client.on('error', () => {}))
    .on('error', () => {})
    .on('acquire', (client) => idle.delete(client))
    .on('release', (_, client) => idle.add(client))
    .on('remove', (client) => idle.delete(client))

  async function acquire(deadline: Deadline): Promise<pg.PoolClient> {
    const connecting = pool.connect()
    try {
      const client = await deadline.limit(connecting)
      if (!client.connection.stream.destroyed) return client
      // The pool learns of its end a moment later.
      client.release(true)
    } catch (error) {
      connecting.then((client) => client.release()).catch(() => {})
      throw toStoreError(error)
    }
    return await acquire(deadline)
  }

  async function useOne<T>(deadline: Deadline, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await acquire(deadline)
    let isDead = false
    try {
      return await deadline.limit(work(client))
    } catch (error) {
      isDead = deadline.hasPassed || isConnectionLost(error)
      throw error
    } finally {
      const isUsable = !isDead && client.getTransactionStatus() === 'I'
      if (!isUsable) destroy(client)
      client.release(!isUsable)
      // After a cut all others are as dead, and each would cost a call its whole time.
      if (isDead) for (const other of idle) destroy(other)
    }
  }

  return {
    async use(milliseconds, work) {
      const deadline = createDeadline(milliseconds)
      let hasBegun = false
      const attempt = () =>
        useOne(deadline, (client) =>
          work(client, () => {
            hasBegun = true
          })
        )
      try {
        return await attempt().catch((error: unknown) => {
          if (hasBegun || deadline.hasPassed || !isConnectionLost(error)) throw error
          return attempt()
        })
      } finally {
        deadline.clear()
      }
    },

    close: () => pool.end()
  }
}

/** Refuses a server that only follows another one: its data is of the past, and it takes no change. */
async function requirePrimary(client: pg.Client): Promise<void> {
  const deadline = createDeadline(callDeadline)
  try {
    const { rows } = await deadline.limit(
      client.query<{ follows: boolean }>('SELECT pg_catalog.pg_is_in_recovery() AS follows')
    )
    if (rows[0]?.follows) throw new Error('the server takes no changes: it follows another one')
  } catch (error) {
    destroy(client)
    throw error
  } finally {
    deadline.clear()
  }
}
