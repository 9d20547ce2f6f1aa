import type { Lookup } from '../../lookup.js'
import type { Freshness, SessionKind, TokenReference, TokenState } from '../store.js'
import { callDeadline } from './connection.js'
import type { Database } from './database.js'
import type { Moment, Moments } from './moments.js'
import { sessionKinds, sessionTableOf } from './sessions.js'
import { storableText } from './storable-text.js'
import type { TokenCache } from './token-cache.js'
import { toUser, type UserRow, userColumns } from './user-row.js'

// How old the answer of a read may be with `maxStale` 0, in milliseconds: the process was frozen since.
const frozenAfter = 1000

/** How old the answer of a read may be when it is given, in milliseconds. @param maxStale how old what is remembered may be. */
export function maxAgeOf(maxStale: number): number {
  return maxStale === 0 ? frozenAfter : maxStale
}

/** The dependencies of the states of tokens. */
export interface TokenStatesDependencies {
  database: Database
  cache: TokenCache
  moments: Moments
  /** How old an answer may be, in milliseconds; 0: each call reads. */
  maxStale: number
  /** The moment as of which the cache has seen all events; undefined before the first. */
  seenUntil(): Moment | undefined
  /** A time that has certainly passed by the clock of every instance, in seconds: revocations that have expired by then are forgotten. */
  cautiousNow(): number
}

// In milliseconds: for a second read, after a first one whose answer has come too late. With that one a call waits no longer than 2 seconds.
const secondDeadline = 500

/** See `Store.findTokenState`. A token that was seen before costs three lookups in memory, and any other one statement. */
export function createTokenStates(
  dependencies: TokenStatesDependencies
): (token: TokenReference) => Lookup<TokenState> {
  const { database, cache, moments, maxStale, seenUntil, cautiousNow } = dependencies
  const maxAge = maxAgeOf(maxStale)
  const selectState = statement(database)
  let freshness: (Freshness & { readonly since: Moment }) | undefined

  function freshnessSince(since: Moment): Freshness {
    // One for all answers between two heartbeats.
    if (freshness?.since !== since) freshness = { since, isCurrent: () => moments.age(since) < maxAge }
    return freshness
  }

  async function readOnce(token: TokenReference, deadline: number): Promise<TokenState> {
    const { uid, jti, sessionId } = token
    const session = sessionId === undefined ? null : (storableText(sessionId) ?? '')
    const since = moments.now()
    const { mark } = cache
    const values = [storableText(uid), storableText(jti), session, cautiousNow()]
    const [row] = await database.query<StateRow>(selectState, values, deadline)
    const { isRevoked, isSessionLiving, ...columns } = row as StateRow
    const user = columns.uid === null ? undefined : toUser(columns as UserRow)
    const freshness = { isCurrent: () => moments.age(since) < maxAge }
    if (user !== undefined && !isRevoked && isSessionLiving && freshness.isCurrent()) {
      cache.add(token, user, mark)
    }
    return { user, isRevoked, isSessionLiving, freshness }
  }

  async function read(token: TokenReference): Promise<TokenState> {
    const state = await readOnce(token, callDeadline)
    // The process was frozen, or the database is slow.
    return state.freshness?.isCurrent() === false ? await readOnce(token, secondDeadline) : state
  }

  return (token) => {
    const seen = maxStale === 0 ? undefined : seenUntil()
    if (seen === undefined || moments.age(seen) >= maxStale) return read(token)
    const user = cache.find(token)
    if (user === undefined) return read(token)
    return { user, isRevoked: false, isSessionLiving: true, freshness: freshnessSince(seen) }
  }
}

type StateRow = { [Name in keyof UserRow]: UserRow[Name] | null } & {
  readonly isRevoked: boolean
  readonly isSessionLiving: boolean
}

function statement({ table }: Database): string {
  const living = (kind: SessionKind) => `EXISTS (SELECT FROM ${table(sessionTableOf(kind))} WHERE id = $3)`
  return `SELECT ${userColumns},
    EXISTS (SELECT FROM ${table('revoked_tokens')} WHERE jti = $2 AND exp > $4) AS "isRevoked",
    ($3::text IS NULL OR ${sessionKinds.map(living).join(' OR ')}) AS "isSessionLiving"
  FROM (SELECT) one LEFT JOIN ${table('users')} u ON u.uid = $1`
}
