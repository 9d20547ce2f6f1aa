import { randomInt } from 'node:crypto'
import type { Session, SessionKind } from '../store.js'
import type { Database } from './database.js'
import { insertionOf } from './insertion.js'
import type { Queryable } from './queryable.js'
import { presentMembers } from './row-values.js'
import { storableText } from './storable-text.js'

/** The kinds of sessions. A transaction counts them in this order, so that two of them never wait for each other. */
export const sessionKinds = [undefined, 'browser'] as const satisfies readonly SessionKind[]

/** The columns of a session, for the alias `s`. */
const sessionColumns = 's.id, s.uid, s.version, s.last_used_at AS "lastUsedAt", s.exp, s.record'

/** A row with these columns. */
export type SessionRow = Pick<Session, 'id' | 'uid' | 'exp'> & {
  readonly version: number
  readonly lastUsedAt: number | null
  readonly record: Partial<Session>
}

/** Numbers of sessions by their kind. */
export type SessionCounts = ReadonlyMap<SessionKind, number>

/** The tables of sessions, of which each kind has its own: release 0.5.0 knows that of refresh tokens alone. */
export interface SessionTable {
  find(id: string): Promise<Session | undefined>
  /** The sessions of a user, the oldest first. @param now in seconds: those that have expired by then are forgotten. */
  findOf(uid: string, now: number): Promise<Session[]>
  add(transaction: Queryable, added: readonly Session[]): Promise<void>
  /** Returns false if it has ended or has another version by now. */
  replace(transaction: Queryable, before: Session, after: Session): Promise<boolean>
  /** Ends a session. Returns it, or undefined if it has ended before. */
  remove(transaction: Queryable, id: string): Promise<Session | undefined>
  /** Ends the sessions of a user. Returns how many there were. */
  removeAllOf(transaction: Queryable, uid: string): Promise<SessionCounts>
  /** The number of all sessions of a kind. Costs a look at `shards` rows. */
  count(queryable: Queryable, kind: SessionKind): Promise<number>
  /**
   * Adds differences to the numbers. The last statements of their transaction: until the commit, others wait for the rows, and whoever
   * waited for another one meanwhile could block them for good.
   */
  addToCounts(transaction: Queryable, differences: SessionCounts): Promise<void>
}

/** In how many rows the number of sessions of a kind is kept, so that transactions seldom wait for each other. */
const shards = 16

/** The name of the table of a kind. */
export function sessionTableOf(kind: SessionKind): string {
  return kind === 'browser' ? 'browser_sessions' : 'sessions'
}

/** A query of the sessions of all kinds, the oldest of each kind first. @param condition for the alias `s`. */
export function selectSessions({ table }: Database, condition: string, order = 's.ordinal'): string {
  const selects = sessionKinds.map(
    (kind) => `SELECT * FROM ${table(sessionTableOf(kind))} s WHERE ${condition}`
  )
  return `SELECT ${sessionColumns} FROM (${selects.join(' UNION ALL ')}) s ORDER BY ${order}`
}

/** See `SessionTable`. */
export function createSessionTable(database: Database): SessionTable {
  const { query, table } = database
  const tableOf = (kind: SessionKind) => table(sessionTableOf(kind))
  const countsOf = (kind: SessionKind) =>
    table(kind === 'browser' ? 'browser_session_counts' : 'session_counts')
  const selectOne = selectSessions(database, 's.id = $1')
  const selectOfUser = selectSessions(
    database,
    's.uid = $1 AND s.exp > $2',
    "(s.record->>'issuedAt')::bigint, s.ordinal"
  )

  async function addOfKind(transaction: Queryable, kind: SessionKind, added: readonly Session[]) {
    if (added.length === 0) return
    const rows = added.map(({ id, uid, version = 0, lastUsedAt = null, exp, ...record }) => {
      return { id, uid, version, last_used_at: lastUsedAt, exp, record: JSON.stringify(record) }
    })
    const { text, values } = insertionOf(rows)
    await transaction.query(`INSERT INTO ${tableOf(kind)} ${text}`, values)
  }

  return {
    async find(id) {
      const [row] = await query<SessionRow>(selectOne, [storableText(id)])
      return row && toSession(row)
    },

    async findOf(uid, now) {
      return (await query<SessionRow>(selectOfUser, [storableText(uid), now])).map(toSession)
    },

    async add(transaction, added) {
      for (const kind of sessionKinds) {
        const ofKind = added.filter((session) => session.kind === kind)
        await addOfKind(transaction, kind, ofKind)
      }
    },

    async replace(transaction, before, after) {
      const { id: _, uid, version: __, lastUsedAt = null, exp, ...record } = after
      const rows = await transaction.query(
        `UPDATE ${tableOf(before.kind)} SET uid = $3, version = version + 1, last_used_at = $4, exp = $5, record = $6
         WHERE id = $1 AND version = $2 RETURNING id`,
        [before.id, before.version ?? 0, uid, lastUsedAt, exp, JSON.stringify(record)]
      )
      return rows.length > 0
    },

    async remove(transaction, id) {
      const ended = await Promise.all(
        sessionKinds.map((kind) =>
          transaction.query<SessionRow>(
            `DELETE FROM ${tableOf(kind)} s WHERE s.id = $1 RETURNING ${sessionColumns}`,
            [storableText(id)]
          )
        )
      )
      const [row] = ended.flat()
      return row && toSession(row)
    },

    async removeAllOf(transaction, uid) {
      const counts = sessionKinds.map(async (kind): Promise<[SessionKind, number]> => {
        const statement = `DELETE FROM ${tableOf(kind)} WHERE uid = $1 RETURNING id`
        return [kind, (await transaction.query(statement, [uid])).length]
      })
      return new Map(await Promise.all(counts))
    },

    async count(queryable, kind) {
      const [row] = await queryable.query<{ sessions: number }>(
        `SELECT sum(sessions)::bigint AS sessions FROM ${countsOf(kind)}`
      )
      return row?.sessions ?? 0
    },

    async addToCounts(transaction, differences) {
      const changed = sessionKinds.filter((kind) => (differences.get(kind) ?? 0) !== 0)
      await Promise.all(
        changed.map((kind) =>
          transaction.query(`UPDATE ${countsOf(kind)} SET sessions = sessions + $1 WHERE shard = $2`, [
            differences.get(kind),
            randomInt(shards)
          ])
        )
      )
    }
  }
}

/** How many sessions of each kind these are. */
export function countSessions(sessions: Iterable<Session>): SessionCounts {
  const counts = new Map<SessionKind, number>()
  for (const { kind } of sessions) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** The session of a row. */
export function toSession({ record, version, ...columns }: SessionRow): Session {
  return { ...record, ...presentMembers(columns), ...(version > 0 && { version }) } as Session
}
