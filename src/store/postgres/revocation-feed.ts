import { type Clock, toSeconds } from '../../clock.js'
import type { KeptRevocation, Revocation, RevocationPage } from '../store.js'
import { createAccountEnds } from './account-ends.js'
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

/** See `RevocationFeed`. */
export function createRevocationFeed(dependencies: RevocationFeedDependencies): RevocationFeed {
  const { database, events, facts, clock, cautiousNow } = dependencies
  const listeners = new Set<() => void>()
  const shared = new Map<string | undefined, Promise<RevocationPage | undefined>>()
  const now = () => toSeconds(clock())
  const ends = createAccountEnds({ database, facts, now, cautiousNow })
  /** How often it was told of changes. */
  let generation = 0
  /** The position of which the last look that found nothing was, as long as no change is told. */
  let tip: { readonly cursor: string; readonly end: number } | undefined

  async function read(cursor: string | undefined): Promise<RevocationPage | undefined> {
    const end = now()
    const begun = generation
    // As of before this look, which then has seen all that this position has.
    const before = tip
    if (cursor === undefined) return await readAll(end)
    const from = parseCursor(cursor, facts.storeId)
    const page = from && (await events.findSince(database, from.position, maxEvents))
    if (from === undefined || page === undefined) return undefined
    const kept = page.events.filter(({ until }) => until > cautiousNow())
    const ended = await ends.findBetween(from.end, end, page.events)
    const next = toPage({ position: page.position, end }, newestOf(kept), ended)
    if (next.revocations.length > 0) return next
    // One position for all who wait, so that the next change costs one look. Never that of a reader, who may have made it up.
    if (before !== undefined && before.end <= end) return { cursor: before.cursor, revocations: [] }
    if (begun === generation) tip = { cursor: next.cursor, end }
    return next
  }

  async function readAll(end: number): Promise<RevocationPage> {
    const page = await events.findAll(database, cautiousNow())
    return toPage({ position: page.position, end }, newestOf(page.events), await ends.findBetween(-1, end))
  }

  function toPage(position: FeedPosition, kept: KeptRevocation[], ended: Revocation[]): RevocationPage {
    const revocations = [...kept.map(({ revocation }) => revocation), ...ended]
    return { cursor: formatCursor(position, facts.storeId), revocations }
  }

  function tell(): void {
    // An answer that was asked for before may lack it.
    shared.clear()
    generation += 1
    tip = undefined
    ends.forget()
    for (const listener of listeners) listener()
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
      ends.watch(tell)
    },

    tell,

    close() {
      ends.close()
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
