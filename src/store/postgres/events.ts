import type { Revocation } from '../store.js'
import type { Database, Queryable } from './database.js'
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
  /** When the last token that it ends has expired, in seconds since the epoch. */
  readonly until: number
}

/** Events in order, and the position after them. */
export interface EventPage {
  /** A snapshot as text (`pg_current_snapshot`): the transactions that were seen. */
  readonly position: string
  readonly events: readonly KeptEvent[]
}

/** The table of events. */
export interface EventTable {
  /**
   * Records events, and notifies all instances at the commit.
   *
   * @param now in seconds since the epoch.
   * @param lifetime of the tokens that they end, in seconds: the longest of access tokens of any instance, unless given. A revoked
   *   token tells its end by itself.
   */
  record(transaction: Queryable, events: readonly StoreEvent[], now: number, lifetime?: number): Promise<void>
  /** The id of the store that the events are of. */
  findStoreId(queryable: Queryable): Promise<string | undefined>
  /** The present position. */
  findPosition(queryable: Queryable): Promise<string>
  /**
   * The events of the transactions that this position has not seen, in order. None is missed: a transaction that was under way then
   * is among those that it has not seen.
   *
   * @param limit the most events. Undefined is returned if there are more, and for a position that this server has not reached: it is
   *   another one than before.
   */
  findSince(queryable: Queryable, position: string, limit: number): Promise<EventPage | undefined>
  /** The events that end tokens and are in force at a time, in seconds, in order. */
  findAll(queryable: Queryable, now: number): Promise<EventPage>
}

/** The channel on which each change is notified. Its text is a hint only. */
export const channel = 'postern'

/** The text of a notification of a change. */
export const changeNotice = 'change'

const members = 'kind text, uid text, sid text, jti text, gen bigint, kid text, exp bigint'
const columns = 'kind, uid, sid, jti, gen, kid, exp'
const present = 'pg_current_snapshot()'

interface PageRow {
  readonly position: string
  readonly isReached: boolean
  readonly events: readonly (KeptEvent & { seq: number })[]
}

/** See `EventTable`. */
export function createEventTable({ table }: Database): EventTable {
  const events = table('events')
  // Read anew: an instance with a longer one may have started since.
  const longest = `SELECT value::bigint FROM ${table('meta')} WHERE key = 'access_token_ttl'`

  function selectPage(where: string, isReached = 'true'): string {
    return `SELECT ${present}::text AS position, ${isReached} AS "isReached", coalesce((
      SELECT json_agg(e ORDER BY seq) FROM (SELECT seq, ${columns}, until FROM ${events} WHERE ${where}) e
    ), '[]') AS events`
  }

  return {
    async record(transaction, recorded, now, lifetime) {
      await transaction.query(
        `WITH recorded AS (
           INSERT INTO ${events} (${columns}, until)
           SELECT ${columns}, coalesce(exp, $2::bigint + coalesce($3::bigint, (${longest}))) FROM json_to_recordset($1::json) AS e (${members})
         ) SELECT pg_notify('${channel}', '${changeNotice}')`,
        [JSON.stringify(recorded), now, lifetime]
      )
    },

    async findStoreId(queryable) {
      const [row] = await queryable.query<{ id: string }>(
        `SELECT value AS id FROM ${table('meta')} WHERE key = 'store_id'`
      )
      return row?.id
    },

    async findPosition(queryable) {
      const [row] = await queryable.query<{ position: string }>(`SELECT ${present}::text AS position`)
      return String(row?.position)
    },

    async findSince(queryable, position, limit) {
      const [row] = await queryable.query<PageRow>(
        selectPage(
          `xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) LIMIT ${limit + 1}`,
          `pg_snapshot_xmax(${present}) >= pg_snapshot_xmax($1::pg_snapshot)`
        ),
        [position]
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
