import type { Revocation } from '../store.js'
import type { Database } from './database.js'
import type { Queryable } from './queryable.js'
import { presentMembers } from './row-values.js'

/** A change that ends or alters what tokens may do. */
export type StoreEvent =
  /** A record was changed in another way than by the end of tokens. */
  | { readonly kind: 'account'; readonly uid: string }
  /** Tokens of generations below this one have ended, except the one of this `jti`. */
  | { readonly kind: 'generation'; readonly uid: string; readonly gen: number; readonly jti?: string }
  /** All tokens of the user have ended. */
  | { readonly kind: 'ended'; readonly uid: string }
  | { readonly kind: 'session'; readonly uid: string; readonly sid: string }
  | { readonly kind: 'token'; readonly jti: string; readonly exp: number }
  | { readonly kind: 'key'; readonly kid: string }
  /** The signing keys have changed. */
  | { readonly kind: 'keys' }

/** An event as it is kept. */
export type KeptEvent = StoreEvent & {
  /** When the last token that it ends has expired, in seconds since the epoch; for a revoked token its `exp`, whatever is recorded. */
  readonly until: number
}

/** Events in order, and the position after them. */
export interface EventPage {
  /** A snapshot (`pg_current_snapshot`), the transactions that were seen, and the server process whose numbers they have. */
  readonly position: string
  readonly events: readonly KeptEvent[]
}

/** The table of events. */
export interface EventTable {
  /**
   * Records events, and notifies all instances at the commit.
   *
   * @param now in seconds since the epoch. An event without `until` ends tokens for the longest lifetime of access tokens of any
   *   instance from then on. A revoked token tells its end by itself.
   */
  record(
    transaction: Queryable,
    events: readonly (StoreEvent & Partial<Pick<KeptEvent, 'until'>>)[],
    now: number
  ): Promise<void>
  /** The id of the store that the events are of. */
  findStoreId(queryable: Queryable): Promise<string | undefined>
  /** The present position. */
  findPosition(queryable: Queryable): Promise<string>
  /**
   * The events of the transactions that this position has not seen, in order. None is missed: a transaction that was under way then
   * is among those that it has not seen.
   *
   * @param limit the most events. Undefined is returned if there are more, and for a position of another server, or of this one
   *   before its start: it may have given the same numbers to other transactions.
   */
  findSince(queryable: Queryable, position: string, limit: number): Promise<EventPage | undefined>
  /** The events that end tokens and are in force at a time, in seconds, in order. */
  findAll(queryable: Queryable, now: number): Promise<EventPage>
  /**
   * Gives the events of a restored dump a transaction of this server. Theirs had numbers of another one: those that are still to come
   * here would be new to each reader for ever. Costs one look at an index where there are none.
   */
  adopt(): Promise<void>
}

/** The channel on which each change is notified. Its text is a hint only. */
export const channel = 'postern'

/** The text of a notification of a change. */
export const changeNotice = 'change'

const members = 'kind text, uid text, sid text, jti text, gen bigint, kid text, exp bigint, until bigint'
const columns = 'kind, uid, sid, jti, gen, kid, exp'
const present = 'pg_current_snapshot()'

// A standby that was promoted, a restored archive and a copied disk give numbers of transactions a second time, as a server of the same
// cluster. Each of them is a start, which anybody may ask for, unlike the identity and the timeline of the cluster.
const server = '(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text'
const presentPosition = `${present}::text || '@' || ${server}`

// In milliseconds: a million events take some seconds.
const adoptionDeadline = 600_000

interface PageRow {
  readonly position: string
  readonly isReached: boolean
  readonly events: readonly (KeptEvent & { seq: number })[]
}

/** See `EventTable`. */
export function createEventTable(database: Database): EventTable {
  const { table } = database
  const events = table('events')
  // Read anew: an instance with a longer one may have started since.
  const longest = `SELECT value::bigint FROM ${table('meta')} WHERE key = 'access_token_ttl'`
  const isFuture = `xid >= pg_snapshot_xmax(${present})`

  function selectPage(where: string, isReached = 'true'): string {
    return `SELECT ${presentPosition} AS position, ${isReached} AS "isReached", coalesce((
      SELECT json_agg(e ORDER BY seq) FROM (SELECT seq, ${columns}, until FROM ${events} WHERE ${where}) e
    ), '[]') AS events`
  }

  return {
    async record(transaction, recorded, now) {
      await transaction.query(
        `WITH recorded AS (
           INSERT INTO ${events} (${columns}, until)
           SELECT ${columns}, coalesce(exp, until, $2::bigint + (${longest})) FROM json_to_recordset($1::json) AS e (${members})
         ) SELECT pg_notify('${channel}', '${changeNotice}')`,
        [JSON.stringify(recorded), now]
      )
    },

    async findStoreId(queryable) {
      const [row] = await queryable.query<{ id: string }>(
        `SELECT value AS id FROM ${table('meta')} WHERE key = 'store_id'`
      )
      return row?.id
    },

    async findPosition(queryable) {
      const [row] = await queryable.query<{ position: string }>(`SELECT ${presentPosition} AS position`)
      return String(row?.position)
    },

    async findSince(queryable, position, limit) {
      const [snapshot, origin] = position.split('@')
      const [row] = await queryable.query<PageRow>(
        selectPage(
          `xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) LIMIT ${limit + 1}`,
          `${server} = $2 AND pg_snapshot_xmax(${present}) >= pg_snapshot_xmax($1::pg_snapshot)`
        ),
        [snapshot, origin]
      )
      const page = toPage(row)
      return row?.isReached && page.events.length <= limit ? page : undefined
    },

    async findAll(queryable, now) {
      const [row] = await queryable.query<PageRow>(
        selectPage("until > $1 AND kind NOT IN ('account', 'keys')"),
        [now]
      )
      return toPage(row)
    },

    async adopt() {
      const [row] = await database.query<{ isForeign: boolean }>(
        `SELECT EXISTS (SELECT FROM ${events} WHERE ${isFuture}) AS "isForeign"`
      )
      if (!row?.isForeign) return
      await database.transaction(async (transaction) => {
        // Instances that start together would wait for each other's rows in any order.
        await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `postern events of ${events}`
        ])
        await transaction.query(`UPDATE ${events} SET xid = DEFAULT WHERE ${isFuture}`)
      }, adoptionDeadline)
    }
  }
}

/** The revocation of an event; undefined for one that ends no token. */
export function revocationOf(event: StoreEvent): Revocation | undefined {
  switch (event.kind) {
    case 'account':
    case 'keys':
      return undefined
    case 'generation': {
      const { uid, gen: genBelow, jti: except } = event
      return { uid, genBelow, ...(except !== undefined && { except }) }
    }
    case 'ended':
      return { uid: event.uid, ended: true }
    case 'session':
      return { sid: event.sid }
    case 'token':
      return { jti: event.jti, exp: event.exp }
    case 'key':
      return { kid: event.kid }
  }
}

/** The event of a revocation; `revocationOf` gives the revocation back. */
export function eventOf(revocation: Revocation): StoreEvent {
  if ('genBelow' in revocation) {
    const { uid, genBelow: gen, except: jti } = revocation
    return { kind: 'generation', uid, gen, ...(jti !== undefined && { jti }) }
  }
  if ('ended' in revocation) return { kind: 'ended', uid: revocation.uid }
  if ('sid' in revocation) return { kind: 'session', uid: '', sid: revocation.sid }
  if ('jti' in revocation) return { kind: 'token', ...revocation }
  return { kind: 'key', kid: revocation.kid }
}

function toPage(row: PageRow | undefined): EventPage {
  const events = (row?.events ?? []).map(({ seq: _, ...event }) => presentMembers(event) as KeptEvent)
  return { position: String(row?.position), events }
}
