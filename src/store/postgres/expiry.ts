import { setTimeout as delay } from 'node:timers/promises'
import type { SessionKind } from '../store.js'
import type { Database } from './database.js'
import type { Queryable } from './queryable.js'
import { type SessionTable, sessionKinds, sessionTableOf } from './sessions.js'

/** Removes the rows that have expired. */
export interface Expiry {
  /** Removes all that have expired by now, in small pieces. Nothing while another instance is at it. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/** The dependencies of the expiry. */
export interface ExpiryDependencies {
  database: Database
  sessions: SessionTable
  /** A time that has certainly passed by the clock of every instance, in seconds: a token whose revocation was forgotten too early would be good again. */
  cautiousNow(): number
  warn(error: unknown, message: string): void
}

interface Sweep {
  readonly table: string
  /** @param now a whole number of seconds. */
  isOver(now: number): string
  /** Whose rows are counted. */
  readonly sessions?: { readonly kind: SessionKind }
}

const pieceSize = 100

// In milliseconds, from the end of one sweep to the next.
const interval = 60_000

// Times of tokens are those of the instances; counts of failures live by the clock of the database.
const sweeps: readonly Sweep[] = [
  { table: 'revoked_tokens', isOver: (now) => `exp <= ${now}` },
  ...sessionKinds.map((kind) => ({
    table: sessionTableOf(kind),
    isOver: (now: number) => `exp <= ${now}`,
    sessions: { kind }
  })),
  { table: 'invitations', isOver: (now) => `expires_at <= ${now}` },
  { table: 'pending_sign_ins', isOver: (now) => `expires_at <= ${now}` },
  { table: 'events', isOver: (now) => `until <= ${now}` },
  { table: 'failure_counts', isOver: () => 'expires_at <= now()' },
  { table: 'pauses', isOver: () => 'expires_at <= now()' }
]

/** Begins to remove expired rows every minute. See `Expiry`. */
export function startExpiry({ database, sessions, cautiousNow, warn }: ExpiryDependencies): Expiry {
  const closing = new AbortController()

  /** Removes a piece. Returns whether there may be more for this instance to do. */
  async function sweepPiece(transaction: Queryable, sweep: Sweep, now: number): Promise<boolean> {
    const { isOver, sessions: counted } = sweep
    const name = database.table(sweep.table)
    const [lock] = await transaction.query<{ isMine: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS "isMine"',
      [`${database.table('')} expiry`]
    )
    if (!lock?.isMine) return false
    const gone = await transaction.query(
      `DELETE FROM ${name} WHERE ctid IN (
         SELECT ctid FROM ${name} WHERE ${isOver(now)} LIMIT ${pieceSize} FOR UPDATE SKIP LOCKED
       ) RETURNING 1`
    )
    if (counted !== undefined)
      await sessions.addToCounts(transaction, new Map([[counted.kind, -gone.length]]))
    return gone.length === pieceSize
  }

  async function sweep(): Promise<void> {
    const now = cautiousNow()
    await database.query(
      `UPDATE ${database.table('meta')} SET value = $1 WHERE key = 'known_time' AND value::bigint < $2`,
      [String(now), now]
    )
    for (const one of sweeps) {
      while (!closing.signal.aborted) {
        if (!(await database.transaction((transaction) => sweepPiece(transaction, one, now)))) break
      }
    }
  }

  async function repeat(): Promise<void> {
    let isFailing = false
    while (!closing.signal.aborted) {
      // Not all instances at once.
      const pause = interval * (0.5 + Math.random())
      await delay(pause, undefined, { ref: false, signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      try {
        await sweep()
        isFailing = false
      } catch (error) {
        if (!isFailing) warn(error, 'expired rows could not be removed; they are tried again')
        isFailing = true
      }
    }
  }

  const repeating = repeat()

  return {
    sweep,

    async close() {
      closing.abort()
      await repeating
    }
  }
}
