import type { Session, SessionLimits } from '../store.js'
import type { Database } from './database.js'
import type { Queryable } from './queryable.js'
import { type SessionTable, sessionTableOf } from './sessions.js'
import type { Touches } from './touches.js'

/** Says which session, if any, makes room for a new one; see `Store.createSession`. */
export interface SessionEviction {
  /**
   * The id of that session. Until the commit other sessions of the user and kind wait, and near the total limit all others of the kind.
   *
   * @param now in seconds. It need not be cautious: a session must go in any case, and it only says which.
   */
  findEvicted(
    transaction: Queryable,
    newcomer: Session,
    limits: SessionLimits,
    now: number
  ): Promise<string | undefined>
}

interface OwnSession {
  readonly id: string
  readonly exp: number
  readonly lastUsedAt: number | null
}

// More sessions than all instances make at once: so close to the total limit they wait for each other, that none goes over it.
const margin = 500

/** See `SessionEviction`. */
export function createSessionEviction(
  { table }: Database,
  sessions: SessionTable,
  touches: Touches
): SessionEviction {
  async function lock(transaction: Queryable, subject: string): Promise<void> {
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [subject])
  }

  async function findOfAll(transaction: Queryable, name: string, now: number): Promise<string | undefined> {
    // Another instance may have one of these in its hands; what it has not locked will do as well.
    const choices = [
      `exp <= ${now} ORDER BY exp`,
      'last_used_at IS NULL ORDER BY ordinal',
      'true ORDER BY ordinal'
    ]
    for (const choice of choices) {
      const [row] = await transaction.query<{ id: string }>(
        `SELECT id FROM ${name} WHERE ${choice} LIMIT 1 FOR UPDATE SKIP LOCKED`
      )
      if (row !== undefined) return row.id
    }
    return undefined
  }

  return {
    async findEvicted(transaction, { uid, kind }, { perUser, total }, now) {
      const name = table(sessionTableOf(kind))
      // In one message, but each by itself: a statement that has not waited for the lock would miss what its holder has committed.
      const [, rows, count] = await Promise.all([
        lock(transaction, `${name} of ${uid}`),
        transaction.query<OwnSession>(
          `SELECT id, exp, last_used_at AS "lastUsedAt" FROM ${name} WHERE uid = $1 ORDER BY ordinal`,
          [uid]
        ),
        sessions.count(transaction, kind)
      ])
      if (rows.length >= perUser) {
        const own = rows.map((row) => ({
          ...row,
          lastUsedAt: touches.find('session', row.id) ?? row.lastUsedAt
        }))
        return (own.find(({ exp }) => exp <= now) ?? leastUsed(own)).id
      }
      if (count + margin < total) return undefined
      await lock(transaction, `${name} of all`)
      if ((await sessions.count(transaction, kind)) < total) return undefined
      await touches.flush(transaction)
      return await findOfAll(transaction, name, now)
    }
  }
}

/** The oldest session that was never used, else the least recently used one. */
function leastUsed(sessions: readonly OwnSession[]): OwnSession {
  return (
    sessions.find(({ lastUsedAt }) => lastUsedAt === null) ??
    sessions.reduce((a, b) => ((b.lastUsedAt ?? 0) < (a.lastUsedAt ?? 0) ? b : a))
  )
}
