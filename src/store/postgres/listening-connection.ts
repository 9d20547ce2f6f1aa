import type pg from 'pg'
import { callDeadline, destroy } from './connection.js'
import { createDeadline } from './deadline.js'
import type { Queryable } from './queryable.js'

/** A connection of its own that listens to notifications. */
export interface ListeningConnection extends Queryable {
  /** Whether it leads to the server itself, and not to a pooler, where notifications arrive by luck alone. */
  readonly isDirect: boolean
  /**
   * Waits for the next notification, at most so many milliseconds; not at all if one has come since the last wait. The wait alone
   * keeps no process alive.
   *
   * @throws the error that has ended the connection.
   */
  wait(milliseconds: number): Promise<void>
  /** Ends the connection at once, and a wait with it. */
  close(): void
}

/**
 * Listens to this channel.
 *
 * @param notified is told of the text of each notification. Returns whether a wait is over.
 * @throws the errors of pg; `TimeoutError`.
 */
export async function openListeningConnection(
  connect: (failed: (error: Error) => void) => Promise<pg.Client>,
  channel: string,
  notified: (payload: string) => boolean
): Promise<ListeningConnection> {
  let lost: Error | undefined
  let isNotified = false
  let wake = () => {}

  function end(error: Error): void {
    lost ??= error
    wake()
  }

  const client = await connect(end)
  client.on('end', () => end(new Error('the connection has ended')))
  client.on('notification', ({ payload = '' }) => {
    if (!notified(payload)) return
    isNotified = true
    wake()
  })

  async function query<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const deadline = createDeadline(callDeadline)
    try {
      const { rows } = await deadline.limit(client.query({ text, values: [...values] }))
      return rows as Row[]
    } finally {
      deadline.clear()
    }
  }

  let isDirect: boolean
  try {
    await query(`LISTEN ${channel}`)
    const [row] = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    // A pooler gives its clients keys of its own making to cancel statements with.
    isDirect = row?.pid === (client as pg.Client & { processID?: number }).processID
  } catch (error) {
    destroy(client)
    throw error
  }

  return {
    isDirect,
    query,

    async wait(milliseconds) {
      if (!isNotified && lost === undefined) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds).unref()
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      if (lost !== undefined) throw lost
      isNotified = false
    },

    close() {
      end(new Error('the connection was closed'))
      destroy(client)
    }
  }
}
