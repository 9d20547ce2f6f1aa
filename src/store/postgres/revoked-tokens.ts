import type { RevokedToken } from '../store.js'
import type { Database, Queryable } from './database.js'
import { storableText } from './storable-text.js'

/** The table of revoked tokens. */
export interface RevokedTokenTable {
  /** @param now in seconds: one that has expired by then is forgotten. */
  has(jti: string, now: number): Promise<boolean>
  /** Adds a token. Returns false if it is there. */
  add(transaction: Queryable, token: RevokedToken): Promise<boolean>
}

/** See `RevokedTokenTable`. */
export function createRevokedTokenTable({ query, table }: Database): RevokedTokenTable {
  const tokens = table('revoked_tokens')

  return {
    async has(jti, now) {
      const rows = await query(`SELECT FROM ${tokens} WHERE jti = $1 AND exp > $2`, [storableText(jti), now])
      return rows.length > 0
    },

    async add(transaction, { jti, exp }) {
      const rows = await transaction.query(
        `INSERT INTO ${tokens} (jti, exp) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING jti`,
        [jti, exp]
      )
      return rows.length > 0
    }
  }
}
