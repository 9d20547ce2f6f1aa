import type { Database } from './database.js'
import type { Queryable } from './queryable.js'
import { sessionKinds, sessionTableOf } from './sessions.js'

/** The records that are used: a user logs in, a session gives a token, an API key authenticates. */
export type TouchedKind = 'user' | 'session' | 'apiKey'

/** The uses of records that are not stored yet. This instance sees them at once, others once they are stored. */
export interface Touches {
  /** Notes a use, in seconds since the epoch. */
  touch(kind: TouchedKind, id: string, at: number): void
  /** The use of a record that is not stored yet. */
  find(kind: TouchedKind, id: string): number | undefined
  /** Forgets a use, since the whole record was replaced. */
  forget(kind: TouchedKind, id: string): void
  /** Stores all uses, in this transaction or in one of its own. @throws as `Database.transaction`. */
  flush(transaction?: Queryable): Promise<void>
  /** Stores all uses, and takes no more. */
  close(): Promise<void>
}

const kinds: Readonly<Record<TouchedKind, { tables: readonly string[]; id: string; column: string }>> = {
  user: { tables: ['users'], id: 'uid', column: 'last_login_at' },
  session: { tables: sessionKinds.map(sessionTableOf), id: 'id', column: 'last_used_at' },
  apiKey: { tables: ['api_keys'], id: 'id', column: 'last_used_at' }
}

// In milliseconds: uses are stored together, so long after the first of them.
const flushAfter = 1000

// The uses of one statement, whose rows stay locked until its commit.
const pieceSize = 500

/**
 * No uses yet.
 *
 * @param warn is told of uses that could not be stored. They are tried again.
 */
export function createTouches(database: Database, warn: (error: unknown, message: string) => void): Touches {
  const noted: Record<TouchedKind, Map<string, number>> = {
    user: new Map(),
    session: new Map(),
    apiKey: new Map()
  }
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  let isFailing = false

  async function store(transaction: Queryable, kind: TouchedKind, uses: [string, number][]): Promise<void> {
    const { tables, id, column } = kinds[kind]
    for (const name of tables.map(database.table)) {
      // In order, so that two instances which store uses of the same records do not block each other.
      await transaction.query(
        `WITH used AS (
           SELECT r.${id} AS id, u.at FROM ${name} r JOIN unnest($1::text[], $2::bigint[]) AS u (id, at) ON u.id = r.${id}
           ORDER BY r.${id} FOR UPDATE OF r
         )
         UPDATE ${name} r SET ${column} = greatest(r.${column}, used.at) FROM used WHERE r.${id} = used.id`,
        [uses.map(([id]) => id), uses.map(([, at]) => at)]
      )
    }
  }

  async function flush(transaction?: Queryable): Promise<void> {
    for (const kind of Object.keys(noted) as TouchedKind[]) {
      const all = [...noted[kind]]
      for (let from = 0; from < all.length; from += pieceSize) {
        const piece = all.slice(from, from + pieceSize)
        if (transaction !== undefined) {
          // Noted until the next flush: this transaction may be rolled back.
          await store(transaction, kind, piece)
          continue
        }
        await database.transaction((own) => store(own, kind, piece))
        for (const [id, at] of piece) if (noted[kind].get(id) === at) noted[kind].delete(id)
      }
    }
  }

  function flushSoon(): void {
    if (isClosed) return
    timer ??= setTimeout(async () => {
      try {
        await flush()
        isFailing = false
      } catch (error) {
        if (!isFailing)
          warn(error, 'the last uses of accounts and sessions could not be stored; they are tried again')
        isFailing = true
      }
      timer = undefined
      if (Object.values(noted).some(({ size }) => size > 0)) flushSoon()
    }, flushAfter).unref()
  }

  return {
    touch(kind, id, at) {
      if (isClosed || noted[kind].get(id) === at) return
      noted[kind].set(id, at)
      flushSoon()
    },

    find: (kind, id) => noted[kind].get(id),

    forget(kind, id) {
      noted[kind].delete(id)
    },

    flush,

    async close() {
      isClosed = true
      clearTimeout(timer)
      await flush().catch((error) =>
        warn(error, 'the last uses of accounts and sessions could not be stored')
      )
    }
  }
}
