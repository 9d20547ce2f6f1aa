import type { User, UserPage, UserQuery } from '../store.js'
import type { Database } from './database.js'
import type { Queryable } from './queryable.js'
import { toUser, type UserRow, userColumns } from './user-row.js'

/** The position of a user in one of the orders. */
export interface OrderKey {
  readonly kind: UserQuery['by']
  readonly key: string
}

/** A part of a statement. */
export interface OrderInsertion {
  /** @param source the name of the rows with the `uid`. */
  text(source: string): string
  readonly values: readonly unknown[]
}

/** The table of the orders in which users are listed. */
export interface UserOrderTable {
  /** See `Store.listUsers`. Costs an index scan of the page. */
  page(query: UserQuery): Promise<UserPage>
  /** The statement that adds the keys of those users whose `uid` another one gives, with its values from this parameter on. */
  insertion(users: readonly User[], firstParameter: number): OrderInsertion
  /** Puts these keys in the place of the former ones. Costs nothing if they are the same. */
  replace(
    transaction: Queryable,
    uid: string,
    former: readonly OrderKey[],
    keys: readonly OrderKey[]
  ): Promise<void>
}

// Stands in no name, no display name and no group.
const separator = '\0'

/** See `UserOrderTable`. */
export function createUserOrderTable({ query, table }: Database): UserOrderTable {
  const order = table('user_order')

  const insertInto = `INSERT INTO ${order} (uid, kind, key)`

  return {
    async page({ by, text, after, limit }) {
      const prefix = by === 'group' ? text + separator : text
      const first = toBytes(prefix)
      const end = afterAll(first)
      const rows = await query<UserRow & { key: Buffer }>(
        `SELECT o.key, ${userColumns} FROM ${order} o JOIN ${table('users')} u USING (uid)
         WHERE o.kind = $1 AND o.key >= $2 AND o.key > $3 AND ($4::bytea IS NULL OR o.key < $4)
         ORDER BY o.key LIMIT $5`,
        [by, first, after === undefined ? Buffer.alloc(0) : toBytes(after), end ?? null, limit + 1]
      )
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        users: page.map(({ key: _, ...row }) => toUser(row as UserRow)),
        ...(rows.length > limit && last !== undefined && { next: toText(last.key) })
      }
    },

    insertion(users, first) {
      const keys = users.flatMap((user) => orderKeys(user).map((key) => ({ uid: user.uid, ...key })))
      return {
        text: (source) => `${insertInto} SELECT uid, k.kind, k.key
          FROM ${source} JOIN unnest($${first}::text[], $${first + 1}::text[], $${first + 2}::bytea[]) AS k (uid, kind, key) USING (uid)`,
        values: [keys.map(({ uid }) => uid), ...columnsOf(keys)]
      }
    },

    async replace(transaction, uid, former, keys) {
      const gone = former.filter((one) => !keys.some((other) => isSame(one, other)))
      const added = keys.filter((one) => !former.some((other) => isSame(one, other)))
      if (gone.length > 0) {
        await transaction.query(
          `DELETE FROM ${order} o USING unnest($2::text[], $3::bytea[]) AS k (kind, key)
           WHERE o.kind = k.kind AND o.key = k.key AND o.uid = $1`,
          [uid, ...columnsOf(gone)]
        )
      }
      if (added.length === 0) return
      await transaction.query(`${insertInto} SELECT $1, * FROM unnest($2::text[], $3::bytea[])`, [
        uid,
        ...columnsOf(added)
      ])
    }
  }
}

/** The keys of a user in all orders. */
export function orderKeys({ uid, name, displayName, groups = [] }: User): OrderKey[] {
  return [
    { kind: 'name', key: name },
    ...(displayName === undefined
      ? []
      : [{ kind: 'displayName' as const, key: displayName + separator + uid }]),
    ...groups.map((group) => ({ kind: 'group' as const, key: group + separator + name }))
  ]
}

/** The values of the columns `kind` and `key`. */
function columnsOf(keys: readonly OrderKey[]): [string[], Buffer[]] {
  return [keys.map(({ kind }) => kind), keys.map(({ key }) => toBytes(key))]
}

function isSame(one: OrderKey, other: OrderKey): boolean {
  return one.kind === other.kind && one.key === other.key
}

// Bytes that are in order as JavaScript compares texts: by UTF-16 code units.
function toBytes(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

function toText(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le')
}

/** The first key after all that begin so; undefined if there is none. */
function afterAll(prefix: Buffer): Buffer | undefined {
  const end = Buffer.from(prefix)
  for (let index = end.length - 1; index >= 0; index -= 1) {
    const byte = end[index] as number
    if (byte < 0xff) {
      end[index] = byte + 1
      return end.subarray(0, index + 1)
    }
  }
  return undefined
}
