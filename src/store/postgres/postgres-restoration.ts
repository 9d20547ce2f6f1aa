import type { Clock } from '../../clock.js'
import { StartupError } from '../../errors/startup-error.js'
import { createSealing, type Sealing } from '../../sealing.js'
import type { CheckedRecords, Restoration, RestoredContent } from '../driver.js'
import { createApiKeyTable } from './api-keys.js'
import type { Database } from './database.js'
import { insertKeys } from './database-keys.js'
import { createEventTable, eventOf } from './events.js'
import { createInvitationTable } from './invitations.js'
import type { PostgresSettings } from './postgres-settings.js'
import type { Queryable } from './queryable.js'
import { openReadyDatabase, toStartupError } from './ready-database.js'
import { createReservedNameTable } from './reserved-names.js'
import { createRevokedTokenTable } from './revoked-tokens.js'
import { countSessions, createSessionTable, sessionKinds, sessionTableOf } from './sessions.js'
import { createUserOrderTable } from './user-order.js'
import { createUserTable } from './users.js'

// In milliseconds: a million records take some minutes.
const restoreDeadline = 3_600_000

// Rows a statement: one by one, each would wait for an answer. With the columns of a user far from the limit of 65,535 parameters.
const pieceSize = 500

/**
 * Takes a database for a restore, whose tables must be empty. Everything is stored in one transaction, so that a restore that was cut off
 * leaves nothing.
 *
 * @param where the database for people.
 * @param check gives the records of the present format. @throws `StartupError` (damaged file).
 * @throws `StartupError` as `openReadyDatabase`, and for a database that holds anything (wrong setting).
 */
export async function openPostgresRestoration(
  settings: PostgresSettings,
  where: string,
  clock: Clock,
  check: (content: RestoredContent) => CheckedRecords
): Promise<Restoration> {
  const { database } = await openReadyDatabase(settings, clock)
  try {
    await requireEmpty(database, database, where)
  } catch (error) {
    await database.close()
    throw toStartupError(error, settings.source)
  }
  return {
    where,
    async restore(content, stored = () => {}) {
      const records = check(content)
      try {
        await database.transaction(async (transaction) => {
          // Against a second restore, and the first changes of a service.
          await transaction.query(`LOCK TABLE ${database.table('users')} IN EXCLUSIVE MODE`)
          await requireEmpty(database, transaction, where)
          await insertAll(
            database,
            transaction,
            createSealing(settings.storageKeys),
            { ...content, records },
            stored
          )
        }, restoreDeadline)
      } catch (error) {
        throw toStartupError(error, settings.source)
      }
    },
    close: () => database.close()
  }
}

const tables = [
  'users',
  ...sessionKinds.map(sessionTableOf),
  'revoked_tokens',
  'reserved_names',
  'purged_uids',
  'invitations',
  'api_keys',
  'signing_keys'
]

async function requireEmpty({ table }: Database, queryable: Queryable, where: string): Promise<void> {
  const full = tables.map((name) => `EXISTS (SELECT FROM ${table(name)})`).join(' OR ')
  const [row] = await queryable.query<{ full: boolean }>(`SELECT ${full} AS full`)
  if (!row?.full) return
  throw new StartupError(
    'wrongSetting',
    `${where} holds data already, and only an empty one is taken: drop its schema, or choose another POSTERN_DATABASE_SCHEMA`
  )
}

async function insertAll(
  database: Database,
  transaction: Queryable,
  sealing: Sealing,
  { knownTime, records, keys }: Omit<RestoredContent, 'records'> & { records: CheckedRecords },
  stored: (count: number) => void
): Promise<void> {
  const order = createUserOrderTable(database)
  const sessions = createSessionTable(database)
  const reservedNames = createReservedNameTable(database)
  const events = createEventTable(database)
  const all = async <Item>(items: Iterable<Item>, insert: (piece: readonly Item[]) => Promise<unknown>) => {
    for (const piece of piecesOf(items)) {
      await insert(piece)
      stored(piece.length)
    }
  }
  const [users, revokedTokens] = [createUserTable(database, order), createRevokedTokenTable(database)]
  const [invitations, apiKeys] = [createInvitationTable(database), createApiKeyTable(database)]
  await all(records.users, (piece) => users.insert(transaction, piece))
  await all(records.sessions, (piece) => sessions.add(transaction, piece))
  await sessions.addToCounts(transaction, countSessions(records.sessions))
  await all(records.revokedTokens, (piece) => revokedTokens.add(transaction, piece))
  await all(records.reservedNames, (piece) => reservedNames.reserve(transaction, piece))
  await all(records.purgedUids, (piece) => reservedNames.addPurged(transaction, piece))
  await all(records.invitations, (piece) => invitations.add(transaction, piece))
  await all(records.apiKeys, (piece) => apiKeys.add(transaction, piece))
  await all(records.revocations, (piece) =>
    events.record(
      transaction,
      piece.map(({ revocation, until }) => ({ ...eventOf(revocation), until })),
      knownTime
    )
  )
  await insertKeys(database, transaction, sealing, keys)
  await transaction.query(
    `INSERT INTO ${database.table('meta')} VALUES ('known_time', $1)
     ON CONFLICT (key) DO UPDATE SET value = greatest(meta.value::bigint, excluded.value::bigint)::text`,
    [String(knownTime)]
  )
}

function* piecesOf<Item>(items: Iterable<Item>): Iterable<Item[]> {
  let piece: Item[] = []
  for (const item of items) {
    if (piece.push(item) < pieceSize) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}
