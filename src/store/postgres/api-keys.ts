import type { ApiKey } from '../store.js'
import type { Database } from './database.js'
import { insertionOf } from './insertion.js'
import type { Queryable } from './queryable.js'
import { storableText } from './storable-text.js'

/** The table of API keys. */
export interface ApiKeyTable {
  find(id: string): Promise<ApiKey | undefined>
  /** The oldest first. */
  list(): Promise<readonly ApiKey[]>
  /** Adds keys, but those whose name another one has. Returns how many it has added. */
  add(transaction: Queryable, added: readonly ApiKey[]): Promise<number>
  /** Returns false if there is none of this id. */
  remove(transaction: Queryable, id: string): Promise<boolean>
}

interface ApiKeyRow {
  readonly record: Omit<ApiKey, 'lastUsedAt'>
  readonly lastUsedAt: number | null
}

const columns = 'record, last_used_at AS "lastUsedAt"'

/** See `ApiKeyTable`. */
export function createApiKeyTable({ query, table }: Database): ApiKeyTable {
  const keys = table('api_keys')

  return {
    async find(id) {
      const [row] = await query<ApiKeyRow>(`SELECT ${columns} FROM ${keys} WHERE id = $1`, [storableText(id)])
      return row && toApiKey(row)
    },

    async list() {
      const rows = await query<ApiKeyRow>(`SELECT ${columns} FROM ${keys} ORDER BY ordinal`)
      return rows.map(toApiKey)
    },

    async add(transaction, added) {
      const { text, values } = insertionOf(
        added.map(({ lastUsedAt = null, ...record }) => {
          return {
            id: record.id,
            name: record.name,
            last_used_at: lastUsedAt,
            record: JSON.stringify(record)
          }
        })
      )
      const rows = await transaction.query(
        `INSERT INTO ${keys} ${text} ON CONFLICT (name) DO NOTHING RETURNING id`,
        values
      )
      return rows.length
    },

    async remove(transaction, id) {
      const rows = await transaction.query(`DELETE FROM ${keys} WHERE id = $1 RETURNING id`, [
        storableText(id)
      ])
      return rows.length > 0
    }
  }
}

/** The key of a row. */
export function toApiKey({ record, lastUsedAt }: ApiKeyRow): ApiKey {
  return lastUsedAt === null ? record : { ...record, lastUsedAt }
}
