import { createCautiousClock, toSeconds, type Uptime } from '../../clock.js'
import type { Lookup } from '../../lookup.js'
import type { StoreEnvironment } from '../driver.js'
import type { TokenReference, TokenState } from '../store.js'
import { type ApiKeyTable, createApiKeyTable } from './api-keys.js'
import { type Changes, createChanges } from './changes.js'
import type { Database } from './database.js'
import { type EventListenerDependencies, startEventListener } from './event-listener.js'
import { createEventTable, type EventTable, type StoreEvent } from './events.js'
import { startExpiry } from './expiry.js'
import { createInvitationTable, type InvitationTable } from './invitations.js'
import { createKeyNews, type KeyNews } from './key-news.js'
import { createMoments } from './moments.js'
import { clockSpread } from './ready-database.js'
import { createReservedNameTable, type ReservedNameTable } from './reserved-names.js'
import { createRevocationFeed, type RevocationFeed } from './revocation-feed.js'
import { createRevokedTokenTable, type RevokedTokenTable } from './revoked-tokens.js'
import { createSessionTable, type SessionTable } from './sessions.js'
import { openStoreFacts, type StoreFacts } from './store-facts.js'
import { createTokenCache, type TokenCache } from './token-cache.js'
import { createTokenStates } from './token-states.js'
import { createTouches, type Touches } from './touches.js'
import { createUserOrderTable, type UserOrderTable } from './user-order.js'
import { createUserTable, type UserTable } from './users.js'

/** The options of a store on PostgreSQL. */
export interface PostgresStoreOptions extends StoreEnvironment {
  database: Database
  /** Opens the connection that hears of changes, to the server itself. @param failed is told of its end. */
  connect: EventListenerDependencies['connect']
  /** How old the answer about a token may be, in milliseconds; 0: each call reads the database. */
  maxStale: number
  /** How many tokens are remembered as good. */
  cacheSize: number
  /** In milliseconds; the process's own unless told otherwise. */
  uptime?: Uptime
}

/** The parts of a store, which its methods are made of. */
export interface StoreParts {
  readonly database: Database
  readonly clock: StoreEnvironment['clock']
  readonly facts: StoreFacts
  readonly users: UserTable
  readonly order: UserOrderTable
  readonly sessions: SessionTable
  readonly revokedTokens: RevokedTokenTable
  readonly reservedNames: ReservedNameTable
  readonly invitations: InvitationTable
  readonly apiKeys: ApiKeyTable
  readonly events: EventTable
  readonly changes: Changes
  readonly touches: Touches
  readonly cache: TokenCache
  readonly feed: RevocationFeed
  readonly keyNews: KeyNews
  /** See `Store.findTokenState`. */
  findTokenState(token: TokenReference): Lookup<TokenState>
  /** A time that has certainly passed, in seconds. */
  cautiousNow(): number
  /** A time that has certainly passed by the clock of every instance, in seconds: revocations that expired by then are of no use. */
  passedNow(): number
  /** Waits for the changes under way, stores the uses, and ends the listener. */
  close(): Promise<void>
}

// In seconds: as long as access tokens live where nobody says otherwise. Events are kept at least for as long as a listener catches up.
const defaultTtl = 3600
const leastTtl = 60

// Heartbeats in the time that an answer may be old, so that a late one makes no difference.
const beats = 4

// In milliseconds, between heartbeats where no answer is remembered: then they serve the readers of the revocations alone.
const longestInterval = 1000

/**
 * Opens the parts of a store. The database is migrated, and is closed by the one who opened it.
 *
 * @throws `StoreUnavailableError` if the database cannot be reached.
 */
export async function openStoreParts(options: PostgresStoreOptions): Promise<StoreParts> {
  const { database, clock, uptime = () => performance.now(), maxStale, warn } = options
  const { accessTokenTtl = defaultTtl, cacheSize, connect, flushed } = options
  const facts = await openStoreFacts(database, clock, Math.max(accessTokenTtl, leastTtl))
  const cautiousClock = createCautiousClock(clock, uptime, facts.knownTime * 1000)
  const cautiousNow = () => toSeconds(cautiousClock())
  // A fast clock here must not forget a revocation whose token has not expired by another one.
  const passedNow = () => cautiousNow() - clockSpread
  const moments = createMoments(clock, uptime)
  const seenUntil = () => listener.seenUntil
  const keyNews = createKeyNews({ moments, maxStale, seenUntil })
  const events = createEventTable(database)
  await events.adopt()
  const sessions = createSessionTable(database)
  const order = createUserOrderTable(database)
  const cache = createTokenCache(maxStale === 0 ? 0 : cacheSize)
  const touches = createTouches(database, warn)
  const feed = createRevocationFeed({ database, events, facts, clock, cautiousNow: passedNow })

  function apply(seen: readonly StoreEvent[] | undefined): void {
    if (seen === undefined || seen.some(({ kind }) => kind === 'keys')) keyNews.heard()
    if (seen === undefined) cache.clear()
    else if (seen.length === 0) return
    else cache.forget(seen)
    feed.tell()
  }

  const changes = createChanges({ database, events, sessions, clock, applied: apply, flushed })
  const interval = maxStale === 0 ? longestInterval : Math.min(longestInterval, Math.ceil(maxStale / beats))
  const listener = startEventListener({
    connect,
    events,
    storeId: facts.storeId,
    moments,
    interval,
    apply,
    warn
  })
  const judging = { database, cache, moments, maxStale, seenUntil, cautiousNow: passedNow }
  const findTokenState = createTokenStates(judging)
  const expiry = startExpiry({ database, sessions, cautiousNow: passedNow, warn })
  // A reader of the revocations is called for later changes alone.
  await listener.tried

  return {
    database,
    clock,
    facts,
    users: createUserTable(database, order),
    order,
    sessions,
    revokedTokens: createRevokedTokenTable(database),
    reservedNames: createReservedNameTable(database),
    invitations: createInvitationTable(database),
    apiKeys: createApiKeyTable(database),
    events,
    changes,
    touches,
    cache,
    feed,
    keyNews,
    findTokenState,
    cautiousNow,
    passedNow,

    async close() {
      feed.close()
      await Promise.all([changes.close(), expiry.close(), listener.close()])
      await touches.close()
    }
  }
}
