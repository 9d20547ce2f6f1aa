import type { RevokedToken } from '../store.js'
import type { Database } from './database.js'
import { insertionOf } from './insertion.js'
import type { Queryable } from './queryable.js'
import { storableText } from './storable-text.js'

/** The table of revoked tokens. */
export interface RevokedTokenTable {
  /** @param now in seconds: one that has expired by then is forgotten. */
  has(jti: string, now: number): Promise<boolean>
  /** Adds tokens. Returns how many were not there. */
  add(transaction: Queryable, added: readonly RevokedToken[]): Promise<number>
}

/** See `RevokedTokenTable`. */
export function createRevokedTokenTable({ query, table }: Database): RevokedTokenTable {
  const tokens = table('revoked_tokens')

  return {
    async has(jti, now) {
      const rows = await query(`SELECT FROM ${tokens} WHERE jti = $1 AND exp > $2`, [storableText(jti), now])
      return rows.length > 0
    },

    async add(transaction, added) {
      const { text, values } = insertionOf(added.map(({ jti, exp }) => ({ jti, exp })))
      const rows = await transaction.query(
        `INSERT INTO ${tokens} ${text} ON CONFLICT DO NOTHING RETURNING jti`,
        values
      )
      return rows.length
    }
  }
}
