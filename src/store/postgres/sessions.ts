import { randomInt } from 'node:crypto'
import type { Session } from '../store.js'
import type { Database } from './database.js'
import { insertionOf } from './insertion.js'
import type { Queryable } from './queryable.js'
import { presentMembers } from './row-values.js'
import { storableText } from './storable-text.js'

/** The columns of a session, for the alias `s`. */
export const sessionColumns = 's.id, s.uid, s.version, s.last_used_at AS "lastUsedAt", s.exp, s.record'

/** A row with these columns. */
export type SessionRow = Pick<Session, 'id' | 'uid' | 'exp'> & {
  readonly version: number
  readonly lastUsedAt: number | null
  readonly record: Partial<Session>
}

/** The table of sessions. */
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
  removeAllOf(transaction: Queryable, uid: string): Promise<number>
  /** The number of all sessions. Costs a look at `shards` rows. */
  count(queryable: Queryable): Promise<number>
  /**
   * Adds a difference to the number. The last statement of its transaction: until the commit, others wait for the row, and whoever
   * waited for another one meanwhile could block them for good.
   */
  addToCount(transaction: Queryable, difference: number): Promise<void>
}

/** In how many rows the number of sessions is kept, so that transactions seldom wait for each other. */
const shards = 16

/** See `SessionTable`. */
export function createSessionTable({ query, table }: Database): SessionTable {
  const [sessions, counts] = [table('sessions'), table('session_counts')]

  return {
    async find(id) {
      const [row] = await query<SessionRow>(`SELECT ${sessionColumns} FROM ${sessions} s WHERE s.id = $1`, [
        storableText(id)
      ])
      return row && toSession(row)
    },

    async findOf(uid, now) {
      const rows = await query<SessionRow>(
        `SELECT ${sessionColumns} FROM ${sessions} s WHERE s.uid = $1 AND s.exp > $2 ORDER BY s.ordinal`,
        [storableText(uid), now]
      )
      return rows.map(toSession)
    },

    async add(transaction, added) {
      const rows = added.map(({ id, uid, version = 0, lastUsedAt = null, exp, ...record }) => {
        return { id, uid, version, last_used_at: lastUsedAt, exp, record: JSON.stringify(record) }
      })
      const { text, values } = insertionOf(rows)
      await transaction.query(`INSERT INTO ${sessions} ${text}`, values)
    },

    async replace(transaction, before, after) {
      const { id: _, uid, version: __, lastUsedAt = null, exp, ...record } = after
      const rows = await transaction.query(
        `UPDATE ${sessions} SET uid = $3, version = version + 1, last_used_at = $4, exp = $5, record = $6
         WHERE id = $1 AND version = $2 RETURNING id`,
        [before.id, before.version ?? 0, uid, lastUsedAt, exp, JSON.stringify(record)]
      )
      return rows.length > 0
    },

    async remove(transaction, id) {
      const [row] = await transaction.query<SessionRow>(
        `DELETE FROM ${sessions} s WHERE s.id = $1 RETURNING ${sessionColumns}`,
        [storableText(id)]
      )
      return row && toSession(row)
    },

    async removeAllOf(transaction, uid) {
      const rows = await transaction.query(`DELETE FROM ${sessions} WHERE uid = $1 RETURNING id`, [uid])
      return rows.length
    },

    async count(queryable) {
      const [row] = await queryable.query<{ sessions: number }>(
        `SELECT sum(sessions)::bigint AS sessions FROM ${counts}`
      )
      return row?.sessions ?? 0
    },

    async addToCount(transaction, difference) {
      await transaction.query(`UPDATE ${counts} SET sessions = sessions + $1 WHERE shard = $2`, [
        difference,
        randomInt(shards)
      ])
    }
  }
}

/** The session of a row. */
export function toSession({ record, version, ...columns }: SessionRow): Session {
  return { ...record, ...presentMembers(columns), ...(version > 0 && { version }) } as Session
}
