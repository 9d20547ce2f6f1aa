import { type Clock, toSeconds } from '../../clock.js'
import type { KeptRevocation, Revocation, RevocationPage } from '../store.js'
import type { Database } from './database.js'
import { type EventTable, type KeptEvent, revocationOf } from './events.js'
import { type FeedPosition, formatCursor, parseCursor } from './feed-cursor.js'
import type { StoreFacts } from './store-facts.js'

/** The revocations, as the events tell them. */
export interface RevocationFeed {
  /** See `Store.findRevocations`. Readers that ask for the same at the same time share one statement. */
  find(cursor?: string): Promise<RevocationPage | undefined>
  /** See `Store.subscribeRevocations`. */
  subscribe(listener: () => void): void
  /** Calls the listeners: events were applied. */
  tell(): void
  close(): void
}

/** The dependencies of the feed. */
export interface RevocationFeedDependencies {
  database: Database
  events: EventTable
  facts: StoreFacts
  clock: Clock
  /** A time that has certainly passed by the clock of every instance, in seconds. */
  cautiousNow(): number
}

// More events than a reader that comes back missed are told as all that are in force.
const maxEvents = 100_000

// In milliseconds. An end of an account is told to waiting readers that long after it has passed, at most.
const endsInterval = 1000

/** See `RevocationFeed`. */
export function createRevocationFeed(dependencies: RevocationFeedDependencies): RevocationFeed {
  const { database, events, facts, clock, cautiousNow } = dependencies
  const users = database.table('users')
  const listeners = new Set<() => void>()
  const shared = new Map<string | undefined, Promise<RevocationPage | undefined>>()
  const now = () => toSeconds(clock())
  let timer: NodeJS.Timeout | undefined
  let endsSeen = now()
  /** The next end of an account; undefined if it must be looked for. */
  let nextEnd: number | undefined

  /** The accounts whose time was over after one moment and not after another. */
  async function endedBetween(after: number, until: number): Promise<Revocation[]> {
    // Older ones have no tokens left.
    const from = Math.max(after, cautiousNow() - facts.accessTokenTtl)
    const rows = await database.query<{ uid: string }>(
      `SELECT uid FROM ${users} WHERE expires_at > $1 AND expires_at <= $2 ORDER BY expires_at`,
      [from, until]
    )
    return rows.map(({ uid }) => ({ uid, ended: true }))
  }

  async function read(cursor: string | undefined): Promise<RevocationPage | undefined> {
    const end = now()
    if (cursor === undefined) return await readAll(end)
    const from = parseCursor(cursor, facts.storeId)
    const page = from && (await events.findSince(database, from.position, maxEvents))
    if (from === undefined || page === undefined) return undefined
    const kept = page.events.filter(({ until }) => until > cautiousNow())
    const ended = await endedBetween(from.end, end)
    // The same position, so that readers who wait go on sharing one.
    if (page.events.length === 0 && ended.length === 0) return { cursor, revocations: [] }
    return toPage({ position: page.position, end }, newestOf(kept), ended)
  }

  async function readAll(end: number): Promise<RevocationPage> {
    const page = await events.findAll(database, cautiousNow())
    return toPage({ position: page.position, end }, newestOf(page.events), await endedBetween(-1, end))
  }

  function toPage(position: FeedPosition, kept: KeptRevocation[], ended: Revocation[]): RevocationPage {
    const revocations = [...kept.map(({ revocation }) => revocation), ...ended]
    return { cursor: formatCursor(position, facts.storeId), revocations }
  }

  function tell(): void {
    // An answer that was asked for before may lack it.
    shared.clear()
    nextEnd = undefined
    for (const listener of listeners) listener()
  }

  async function passEnds(): Promise<void> {
    nextEnd ??= await findNextEnd().catch(() => undefined)
    if (nextEnd === undefined || now() < nextEnd) return
    endsSeen = now()
    tell()
  }

  async function findNextEnd(): Promise<number> {
    const [row] = await database.query<{ next: number | null }>(
      `SELECT min(expires_at) AS next FROM ${users} WHERE expires_at > $1`,
      [endsSeen]
    )
    return row?.next ?? Number.POSITIVE_INFINITY
  }

  return {
    find(cursor) {
      const found = shared.get(cursor) ?? read(cursor)
      shared.set(cursor, found)
      const forget = () => {
        if (shared.get(cursor) === found) shared.delete(cursor)
      }
      found.then(forget, forget)
      return found
    },

    subscribe(listener) {
      listeners.add(listener)
      timer ??= setInterval(passEnds, endsInterval).unref()
    },

    tell,

    close() {
      clearInterval(timer)
    }
  }
}

/** The revocations of events: of each user, session, token and key the newest. */
export function newestOf(events: readonly KeptEvent[]): KeptRevocation[] {
  const newest = new Map<string, KeptRevocation>()
  for (const event of events) {
    const revocation = revocationOf(event)
    if (revocation === undefined) continue
    const subject = subjectOf(revocation)
    newest.delete(subject)
    newest.set(subject, { revocation, until: event.until })
  }
  return [...newest.values()]
}

function subjectOf(revocation: Revocation): string {
  if ('uid' in revocation) return `uid ${revocation.uid}`
  if ('sid' in revocation) return `sid ${revocation.sid}`
  return 'jti' in revocation ? `jti ${revocation.jti}` : `kid ${revocation.kid}`
}
