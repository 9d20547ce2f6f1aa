import type { ReservedName } from '../store.js'
import type { Database } from './database.js'
import { insertionOf } from './insertion.js'
import type { Queryable } from './queryable.js'
import { storableText } from './storable-text.js'

/** The tables of reserved names and of the ids of purged users. */
export interface ReservedNameTable {
  find(name: string, queryable?: Queryable): Promise<ReservedName | undefined>
  /** The reservation of the name that a purged user had. */
  findOfPurged(uid: string): Promise<ReservedName | undefined>
  isPurged(uid: string): Promise<boolean>
  /** Whether a user has the name, or it is reserved. */
  isTaken(name: string): Promise<boolean>
  /** The purge and the reservation that may stand in the way of a new user. */
  findObstacles(transaction: Queryable, uid: string, name: string): Promise<Obstacles>
  /** Reserves names, no two of them the same, in the place of earlier reservations. */
  reserve(transaction: Queryable, reserved: readonly ReservedName[]): Promise<void>
  free(queryable: Queryable, name: string): Promise<void>
  addPurged(transaction: Queryable, added: readonly string[]): Promise<void>
}

/** A purge of the id, and a reservation of the name. */
export interface Obstacles {
  readonly isPurged: boolean
  readonly reserved: ReservedName | undefined
}

/** See `ReservedNameTable`. */
export function createReservedNameTable(database: Database): ReservedNameTable {
  const [names, uids] = [database.table('reserved_names'), database.table('purged_uids')]

  return {
    async find(name, queryable = database) {
      const [row] = await queryable.query<ReservedName>(
        `SELECT name, uid, until FROM ${names} WHERE name = $1`,
        [storableText(name)]
      )
      return row
    },

    async findOfPurged(uid) {
      const [row] = await database.query<ReservedName>(
        `SELECT name, uid, until FROM ${names} JOIN ${uids} USING (uid) WHERE uid = $1 LIMIT 1`,
        [storableText(uid)]
      )
      return row
    },

    async isPurged(uid) {
      const rows = await database.query(`SELECT FROM ${uids} WHERE uid = $1`, [storableText(uid)])
      return rows.length > 0
    },

    async isTaken(name) {
      const [row] = await database.query<{ isTaken: boolean }>(
        `SELECT EXISTS (SELECT FROM ${database.table('users')} WHERE name = $1)
           OR EXISTS (SELECT FROM ${names} WHERE name = $1) AS "isTaken"`,
        [storableText(name)]
      )
      return row?.isTaken ?? false
    },

    async findObstacles(transaction, uid, name) {
      const [row] = await transaction.query<{ isPurged: boolean; reserved: ReservedName | null }>(
        `SELECT EXISTS (SELECT FROM ${uids} WHERE uid = $1) AS "isPurged",
           (SELECT to_json(r) FROM ${names} r WHERE r.name = $2) AS reserved`,
        [uid, name]
      )
      return { isPurged: row?.isPurged ?? false, reserved: row?.reserved ?? undefined }
    },

    async reserve(transaction, reserved) {
      const { text, values } = insertionOf(reserved.map(({ name, uid, until }) => ({ name, uid, until })))
      await transaction.query(
        `INSERT INTO ${names} ${text}
         ON CONFLICT (name) DO UPDATE SET uid = excluded.uid, until = excluded.until`,
        values
      )
    },

    async free(queryable, name) {
      await queryable.query(`DELETE FROM ${names} WHERE name = $1`, [storableText(name)])
    },

    async addPurged(transaction, added) {
      const { text, values } = insertionOf(added.map((uid) => ({ uid })))
      await transaction.query(`INSERT INTO ${uids} ${text}`, values)
    }
  }
}
