import { emailKey, type User } from '../store.js'
import type { Database } from './database.js'
import { insertionOf } from './insertion.js'
import type { Queryable } from './queryable.js'
import { storableText } from './storable-text.js'
import { orderKeys, type UserOrderTable } from './user-order.js'
import { toUser, toUserRow, type UserRow, userColumns } from './user-row.js'

/** The table of users. */
export interface UserTable {
  findByName(name: string): Promise<User | undefined>
  findById(uid: string): Promise<User | undefined>
  findByEmail(email: string): Promise<User | undefined>
  findByExternalId(id: string): Promise<User | undefined>
  findByLink(digest: string): Promise<User | undefined>
  /** See `Store.findUsersWithClaims`. Reads all users with claims, in pieces. */
  findWithClaims(names: ReadonlySet<string>, limit: number): Promise<readonly User[]>
  findManaged(): Promise<readonly User[]>
  /** See `Store.findUsersWithFactor`. */
  findWithFactor(): Promise<readonly User[]>
  count(): Promise<number>
  /** Adds users, but those whose id, name, e-mail address or external id another one has. Returns how many it has added. */
  insert(transaction: Queryable, added: readonly User[]): Promise<number>
  /** Whether the record has the version of this one. It is locked until the commit. */
  isCurrent(transaction: Queryable, user: User): Promise<boolean>
  /**
   * Replaces a current record, but for a later login.
   *
   * @throws `pg.DatabaseError` of the constraint `users_name`, `users_email` or `users_external_id`.
   */
  replace(transaction: Queryable, before: User, after: User): Promise<void>
  /** Removes a record. Returns false if it has another version by now. */
  remove(transaction: Queryable, before: User): Promise<boolean>
  /** Whether others than this user have its id, name, e-mail address or external id. */
  findConflicts(transaction: Queryable, user: User): Promise<UserConflicts>
}

/** Which members of a user others have. */
export interface UserConflicts {
  readonly uid: boolean
  readonly name: boolean
  readonly email: boolean
  readonly externalId: boolean
}

const pieceSize = 1000

/** See `UserTable`. */
export function createUserTable({ query, table }: Database, order: UserOrderTable): UserTable {
  const users = table('users')

  async function find(column: string, value: string): Promise<User | undefined> {
    const rows = await query<UserRow>(`SELECT ${userColumns} FROM ${users} u WHERE u.${column} = $1`, [
      storableText(value)
    ])
    return rows[0] && toUser(rows[0])
  }

  return {
    findByName: (name) => find('name', name),
    findById: (uid) => find('uid', uid),
    findByEmail: (email) => find('email_key', emailKey(email)),
    findByExternalId: (id) => find('external_id', id),
    findByLink: (digest) => find('link_digest', digest),

    async findWithClaims(names, limit) {
      const found: User[] = []
      let after = ''
      for (;;) {
        // Not by PostgreSQL: its functions on JSON refuse a claim with U+0000.
        const rows = await query<UserRow>(
          `SELECT ${userColumns} FROM ${users} u WHERE u.claims IS NOT NULL AND u.uid > $1 ORDER BY u.uid LIMIT ${pieceSize}`,
          [after]
        )
        for (const row of rows) {
          if (!Object.keys(row.claims ?? {}).some((name) => names.has(name))) continue
          if (found.push(toUser(row)) === limit) return found
        }
        if (rows.length < pieceSize) return found
        after = rows.at(-1)?.uid as string
      }
    },

    async findManaged() {
      const rows = await query<UserRow>(
        `SELECT ${userColumns} FROM ${users} u WHERE u.managed_by = 'file' ORDER BY u.name`
      )
      return rows.map(toUser)
    },

    async findWithFactor() {
      const rows = await query<UserRow>(
        `SELECT ${userColumns} FROM ${users} u
         WHERE u.record->'secondFactor' IS NOT NULL OR u.record->'pendingFactor' IS NOT NULL`
      )
      return rows.map(toUser)
    },

    async count() {
      const [row] = await query<{ count: number }>(`SELECT count(*) AS count FROM ${users}`)
      return row?.count ?? 0
    },

    async insert(transaction, added) {
      const { text, values } = insertionOf(
        added.map((user) => {
          const { uid, version = 0, lastLoginAt = null } = user
          return { uid, version, last_login_at: lastLoginAt, ...toUserRow(user) }
        })
      )
      const keys = order.insertion(added, values.length + 1)
      // One statement, since a sign-up waits for each.
      const rows = await transaction.query(
        `WITH added AS (
           INSERT INTO ${users} ${text} ON CONFLICT DO NOTHING RETURNING uid
         ), ordered AS (${keys.text('added')})
         SELECT uid FROM added`,
        [...values, ...keys.values]
      )
      return rows.length
    },

    async isCurrent(transaction, { uid, version = 0 }) {
      const rows = await transaction.query(
        `SELECT FROM ${users} WHERE uid = $1 AND version = $2 FOR UPDATE`,
        [uid, version]
      )
      return rows.length > 0
    },

    async replace(transaction, before, after) {
      const row = toUserRow(after)
      await transaction.query(
        `UPDATE ${users} SET version = version + 1, last_login_at = coalesce(last_login_at, $3),
           ${Object.keys(row)
             .map((name, index) => `${name} = $${index + 4}`)
             .join(', ')}
         WHERE uid = $1 AND version = $2`,
        [before.uid, before.version ?? 0, after.lastLoginAt ?? null, ...Object.values(row)]
      )
      await order.replace(transaction, before.uid, orderKeys(before), orderKeys(after))
    },

    async remove(transaction, before) {
      const rows = await transaction.query(
        `DELETE FROM ${users} WHERE uid = $1 AND version = $2 RETURNING uid`,
        [before.uid, before.version ?? 0]
      )
      if (rows.length === 0) return false
      await order.replace(transaction, before.uid, orderKeys(before), [])
      return true
    },

    async findConflicts(transaction, { uid, name, email, externalId }) {
      const [row] = await transaction.query<UserConflicts>(
        `SELECT EXISTS (SELECT FROM ${users} WHERE uid = $1) AS uid,
           EXISTS (SELECT FROM ${users} WHERE name = $2 AND uid <> $1) AS name,
           EXISTS (SELECT FROM ${users} WHERE email_key = $3 AND uid <> $1) AS email,
           EXISTS (SELECT FROM ${users} WHERE external_id = $4 AND uid <> $1) AS "externalId"`,
        [uid, name, email === undefined ? null : emailKey(email), externalId ?? null]
      )
      return row as UserConflicts
    }
  }
}
