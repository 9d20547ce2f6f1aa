import type { JsonWebKey } from 'node:crypto'
import { StartupError } from '../../errors/startup-error.js'
import { isSameSchedule, type ScheduledKey } from '../../keys/key-ring.js'
import type { KeyChange, KeyStorage } from '../../keys/key-storage.js'
import { fromStoredJwk, toStoredJwk } from '../../keys/stored-jwk.js'
import type { Sealing } from '../../sealing.js'
import type { Database } from './database.js'
import type { KeyNews } from './key-news.js'
import type { Queryable } from './queryable.js'

interface KeyRow {
  kid: string
  algorithm: string
  signs_from: number
  made_at: number | null
  sealed: Buffer
}

interface MetaRow {
  value: string
}

// In milliseconds: an RSA key takes a second or so, and another process may be making one.
const changeDeadline = 20_000

/** The ways in which instances tell each other of changed keys. A command that ends at once hears of none. */
export interface KeyExchange {
  news?: KeyNews
  /** Tells all instances, in the transaction of the change. */
  tell(transaction: Queryable): Promise<void>
}

/**
 * Keeps the keys in the database, each sealed. The table is locked while changed keys are stored, so that of two processes that
 * start or rotate at once the second one finds the key of the first. Its change is then run again.
 *
 * @throws each method `StartupError`: for a storage key that does not open what is there (wrong setting), or for a key that is
 *   unusable (damaged file); `StoreUnavailableError`.
 */
export function createDatabaseKeys(
  database: Database,
  sealing: Sealing,
  { news, tell }: KeyExchange
): KeyStorage {
  const keysTable = database.table('signing_keys')

  async function change(change: KeyChange): Promise<readonly ScheduledKey[]> {
    const seen = await read(database)
    const wanted = await change(seen)
    // Who only reads waits for nobody, and a key is made before the lock.
    if (wanted === seen) return seen
    return await database.transaction(async (transaction) => {
      await transaction.query(`LOCK TABLE ${keysTable} IN SHARE ROW EXCLUSIVE MODE`)
      const locked = await read(transaction)
      const isSeen = isSameSchedule(locked, seen)
      const before = isSeen ? seen : locked
      const after = isSeen ? wanted : await change(before)
      if (after === before) return before
      const removed = before
        .map(({ key }) => key.kid)
        .filter((kid) => !after.some(({ key }) => key.kid === kid))
      await transaction.query(`DELETE FROM ${keysTable} WHERE kid = ANY ($1)`, [removed])
      await insertKeys(
        database,
        transaction,
        sealing,
        after.filter((scheduled) => !before.includes(scheduled))
      )
      await tell(transaction)
      return after
    }, changeDeadline)
  }

  async function read(queryable: Queryable): Promise<readonly ScheduledKey[]> {
    const rows = await queryable.query<KeyRow>(
      `SELECT kid, algorithm, signs_from, made_at, sealed FROM ${keysTable} ORDER BY signs_from, kid`
    )
    return rows.map((row) => toKey(row, unsealed(sealing, rowName(row.kid), row.sealed).text))
  }

  return {
    async open(first) {
      await database.transaction((transaction) => renewSeals(database, transaction, sealing))
      return await change(first)
    },

    read: () => read(database),

    change,

    // Of memory: each look of each instance would else be a statement, and fail while the database is away.
    fingerprint: async () => String(news?.revision()),

    ...(news !== undefined && { watch: news.watch })
  }
}

/** Adds keys, or gives those that are there other times. */
export async function insertKeys(
  { table }: Database,
  transaction: Queryable,
  sealing: Sealing,
  keys: readonly ScheduledKey[]
): Promise<void> {
  for (const scheduled of keys) {
    const { key, signsFrom, madeAt } = scheduled
    await transaction.query(
      `INSERT INTO ${table('signing_keys')} (kid, algorithm, signs_from, made_at, sealed) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (kid) DO UPDATE SET signs_from = excluded.signs_from`,
      [key.kid, key.algorithm, signsFrom, madeAt, sealing.seal(rowName(key.kid), textOf(scheduled))]
    )
  }
}

const proofRow = 'meta storage_key'

/** Requires that the storage key is that of the database, and seals with the first key what the second one has sealed. */
async function renewSeals({ table }: Database, transaction: Queryable, sealing: Sealing): Promise<void> {
  // A database without generated keys would take any storage key, and could not be read with the right one later.
  const proof = sealing.seal(proofRow, 'postern').toString('base64')
  await transaction.query(
    `INSERT INTO ${table('meta')} VALUES ('storage_key', $1) ON CONFLICT (key) DO NOTHING`,
    [proof]
  )
  const [stored] = await transaction.query<MetaRow>(
    `SELECT value FROM ${table('meta')} WHERE key = 'storage_key' FOR UPDATE`
  )
  if (unsealed(sealing, proofRow, Buffer.from(String(stored?.value), 'base64')).isCurrent) return
  const rows = await transaction.query<KeyRow>(`SELECT kid, sealed FROM ${table('signing_keys')} FOR UPDATE`)
  for (const { kid, sealed } of rows) {
    const { text } = unsealed(sealing, rowName(kid), sealed)
    await transaction.query(`UPDATE ${table('signing_keys')} SET sealed = $2 WHERE kid = $1`, [
      kid,
      sealing.seal(rowName(kid), text)
    ])
  }
  await transaction.query(`UPDATE ${table('meta')} SET value = $1 WHERE key = 'storage_key'`, [proof])
}

function unsealed(sealing: Sealing, row: string, sealed: Buffer) {
  const opened = sealing.unseal(row, sealed)
  if (opened !== undefined) return opened
  throw new StartupError(
    'wrongSetting',
    'POSTERN_STORAGE_KEY does not open the secrets of the database: set the key with which they were written, or both, comma-separated, the new one first'
  )
}

function rowName(kid: string): string {
  return `signing_keys ${kid}`
}

/** The private JWK without its times, which have columns. */
function textOf(scheduled: ScheduledKey): string {
  const { nbf: _, iat: __, ...jwk } = toStoredJwk(scheduled)
  return JSON.stringify(jwk)
}

function toKey({ kid, signs_from: nbf, made_at: iat }: KeyRow, text: string): ScheduledKey {
  try {
    return fromStoredJwk({ ...(JSON.parse(text) as JsonWebKey), nbf, ...(iat !== null && { iat }) })
  } catch (error) {
    const reason = (error as Error).message
    throw new StartupError(
      'damagedFile',
      `the signing key ${kid} of the database is no usable key: ${reason}`
    )
  }
}
