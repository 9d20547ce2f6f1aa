import type { Invitation } from '../store.js'
import type { Database } from './database.js'
import { insertionOf } from './insertion.js'
import type { Queryable } from './queryable.js'
import { storableText } from './storable-text.js'

/** The table of invitations. */
export interface InvitationTable {
  findByDigest(digest: string): Promise<Invitation | undefined>
  /** The oldest first. */
  list(): Promise<readonly Invitation[]>
  add(transaction: Queryable, added: readonly Invitation[]): Promise<void>
  /** Returns false if there is none of this id. */
  remove(transaction: Queryable, id: string): Promise<boolean>
}

interface InvitationRow {
  readonly record: Invitation
}

/** See `InvitationTable`. */
export function createInvitationTable({ query, table }: Database): InvitationTable {
  const invitations = table('invitations')

  return {
    async findByDigest(digest) {
      const [row] = await query<InvitationRow>(
        `SELECT record FROM ${invitations} WHERE digest = $1 ORDER BY ordinal LIMIT 1`,
        [storableText(digest)]
      )
      return row?.record
    },

    async list() {
      const rows = await query<InvitationRow>(`SELECT record FROM ${invitations} ORDER BY ordinal`)
      return rows.map(({ record }) => record)
    },

    async add(transaction, added) {
      const rows = added.map((invitation) => {
        const { id, digest, expiresAt } = invitation
        return { id, digest, expires_at: expiresAt, record: JSON.stringify(invitation) }
      })
      const { text, values } = insertionOf(rows)
      await transaction.query(`INSERT INTO ${invitations} ${text}`, values)
    },

    async remove(transaction, id) {
      const rows = await transaction.query(`DELETE FROM ${invitations} WHERE id = $1 RETURNING id`, [
        storableText(id)
      ])
      return rows.length > 0
    }
  }
}
