import type { Invitation } from '../store.js'
import type { Database, Queryable } from './database.js'
import { storableText } from './storable-text.js'

/** The table of invitations. */
export interface InvitationTable {
  findByDigest(digest: string): Promise<Invitation | undefined>
  /** The oldest first. */
  list(): Promise<readonly Invitation[]>
  add(transaction: Queryable, invitation: Invitation): Promise<void>
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

    async add(transaction, invitation) {
      await transaction.query(
        `INSERT INTO ${invitations} (id, digest, expires_at, record) VALUES ($1, $2, $3, $4)`,
        [invitation.id, invitation.digest, invitation.expiresAt, JSON.stringify(invitation)]
      )
    },

    async remove(transaction, id) {
      const rows = await transaction.query(`DELETE FROM ${invitations} WHERE id = $1 RETURNING id`, [
        storableText(id)
      ])
      return rows.length > 0
    }
  }
}
