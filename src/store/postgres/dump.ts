import type { Invitation, ReservedName, RevokedToken, StoreDump } from '../store.js'
import { toApiKey } from './api-keys.js'
import type { Database } from './database.js'
import type { EventTable } from './events.js'
import type { Queryable } from './queryable.js'
import { newestOf } from './revocation-feed.js'
import { type SessionRow, selectSessions, toSession } from './sessions.js'
import { toUser, type UserRow, userColumns } from './user-row.js'

// In milliseconds: some minutes for millions of records.
const dumpDeadline = 3_600_000

const pieceSize = 2000

/**
 * See `Store.dump`. One snapshot (REPEATABLE READ), read in pieces.
 *
 * @param now a time that has certainly passed, in seconds: what has expired by then is left out.
 */
export async function readDump(
  database: Database,
  events: EventTable,
  knownTime: number,
  now: number
): Promise<StoreDump> {
  const { table } = database
  return await database.transaction(async (transaction) => {
    await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const list = <Row, Item>(select: string, toItem: (row: Row) => Item) =>
      readInPieces(transaction, select, toItem)
    return {
      knownTime,
      users: await list(`SELECT ${userColumns} FROM ${table('users')} u`, (row: UserRow) => toUser(row)),
      sessions: await list(selectSessions(database, `s.exp > ${now}`), (row: SessionRow) => toSession(row)),
      revokedTokens: await list(
        `SELECT jti, exp FROM ${table('revoked_tokens')} WHERE exp > ${now}`,
        asItIs<RevokedToken>
      ),
      reservedNames: await list(
        `SELECT name, uid, until FROM ${table('reserved_names')}`,
        asItIs<ReservedName>
      ),
      purgedUids: await list(`SELECT uid FROM ${table('purged_uids')}`, ({ uid }: { uid: string }) => uid),
      invitations: await list(
        `SELECT record FROM ${table('invitations')} WHERE expires_at > ${now} ORDER BY ordinal`,
        ({ record }: { record: Invitation }) => record
      ),
      apiKeys: await list(
        `SELECT record, last_used_at AS "lastUsedAt" FROM ${table('api_keys')} ORDER BY ordinal`,
        toApiKey
      ),
      revocations: newestOf((await events.findAll(transaction, now)).events)
    }
  }, dumpDeadline)
}

async function readInPieces<Row, Item>(
  transaction: Queryable,
  select: string,
  toItem: (row: Row) => Item
): Promise<Item[]> {
  const items: Item[] = []
  await transaction.query(`DECLARE records NO SCROLL CURSOR FOR ${select}`)
  for (;;) {
    const rows = await transaction.query<Row>(`FETCH ${pieceSize} FROM records`)
    for (const row of rows) items.push(toItem(row))
    if (rows.length < pieceSize) break
  }
  await transaction.query('CLOSE records')
  return items
}

function asItIs<Row>(row: Row): Row {
  return row
}
