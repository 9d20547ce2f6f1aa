import { type Clock, toSeconds } from '../../clock.js'
import type { Change, FeedState, KeptRevocation, Revocation, RevocationPage } from '../store.js'
import { type AccountEnds, createAccountEnds } from './account-ends.js'
import { revocationOf, revocationsInRecords } from './derived-revocation.js'
import { createFeedState, type StoredFeedState } from './feed-state.js'
import type { Records } from './records.js'
import { createRevocationEntries, type RevocationEntries } from './revocation-entries.js'
import type { LoggedRevocation } from './store-document.js'

/** The revocations in force, in the order of their changes. */
export interface RevocationLog {
  /** It is stored with the records. */
  readonly state: StoredFeedState
  /** All in force at the time when they are iterated. */
  readonly entries: Iterable<LoggedRevocation>
  /** Follows a change, just before it is applied to the records. Returns whether it ends tokens. */
  follow(change: Change): boolean
  /** See `Store.findRevocations`. Costs a binary search, and a look at each revocation since. */
  find(cursor?: string): RevocationPage | undefined
  /** See `Store.subscribeRevocations`. */
  subscribe(listener: () => void): void
  /** Calls the listeners. */
  tell(): void
  /** Puts these in the place of all, when other records have taken the place of all. No cursor is good after it. */
  replace(revocations: readonly KeptRevocation[]): void
  close(): void
}

/** The beginning of a log. */
export interface RevocationLogOptions {
  records: Records
  clock: Clock
  /** The clock for irreversible expiry. */
  cautiousClock: Clock
  /** The number of the last change that the records hold. */
  position: number
  /** As the snapshot has them; without revocations the records tell which are in force. */
  stored: { feed?: FeedState | undefined; revocations?: Iterable<KeptRevocation> | undefined }
  /** The lifetime of access tokens, in seconds, until a change or `stored` says another one. */
  accessTokenTtl: number
}

// In milliseconds. An end of an account is told to waiting readers that long after it has passed, at most.
const endsInterval = 1000

/** See `RevocationLog`. */
export function createRevocationLog(options: RevocationLogOptions): RevocationLog {
  const { records, clock, cautiousClock, stored, accessTokenTtl } = options
  const state = createFeedState(stored.feed, accessTokenTtl, clock)
  const listeners = new Set<() => void>()
  const now = () => toSeconds(clock())
  const certainNow = () => toSeconds(cautiousClock())
  const isOver = (end: number) => state.untilOf(end) <= certainNow()
  let { position } = options
  let entries = createRevocationEntries()
  let ends = endsOf(records, isOver)
  let timer: NodeJS.Timeout | undefined
  add(stored.revocations ?? revocationsInRecords(records, now(), state))

  function add(revocations: Iterable<KeptRevocation & { position?: number }>): void {
    for (const { revocation, until, position = 0 } of revocations) {
      entries.add({ revocation, until, position }, certainNow())
    }
  }

  const inForce = (position: number) => entries.since(position).filter(({ until }) => until > certainNow())

  function tell(): void {
    for (const listener of listeners) listener()
  }

  return {
    state,
    entries: { [Symbol.iterator]: () => inForce(-1)[Symbol.iterator]() },

    follow(change) {
      position += 1
      state.follow(change)
      const revocation = revocationOf(change, records, clock())
      if ('user' in change) ends.set(change.user.uid, change.user.expiresAt)
      else if ('purgedUid' in change) ends.set(change.purgedUid, undefined)
      if (revocation === undefined || isCovered(revocation, records, entries)) return false
      add([{ revocation, until: 'jti' in revocation ? revocation.exp : state.untilOf(now()), position }])
      return true
    },

    find(cursor) {
      ends.pass(now())
      const { storeId } = state.current
      const from = cursor === undefined ? { position: -1, end: -1 } : parse(cursor, storeId)
      if (from === undefined || from.position > position) return undefined
      const told = inForce(from.position).map(({ revocation }) => revocation)
      return {
        // Not the position of the last change: readers who know the same are to have the same cursor.
        cursor: `${storeId}.${entries.last}.${ends.last}`,
        revocations: [...told, ...ends.passedSince(from.end)]
      }
    },

    subscribe(listener) {
      listeners.add(listener)
      let told = ends.last
      timer ??= setInterval(() => {
        ends.pass(now())
        if (ends.last === told) return
        told = ends.last
        tell()
      }, endsInterval).unref()
    },

    tell,

    replace(revocations) {
      state.renew()
      entries = createRevocationEntries()
      ends = endsOf(records, isOver)
      add(revocations)
      tell()
    },

    close: () => clearInterval(timer)
  }
}

function endsOf({ usersById }: Records, isOver: (end: number) => boolean): AccountEnds {
  const ends = createAccountEnds(isOver)
  for (const { uid, expiresAt } of usersById.values()) if (expiresAt !== undefined) ends.set(uid, expiresAt)
  return ends
}

/** Whether it is the end of a session that a raised generation has ended: that ends its access tokens already. */
function isCovered(revocation: Revocation, { sessionsById }: Records, entries: RevocationEntries): boolean {
  const session = 'sid' in revocation ? sessionsById.get(revocation.sid) : undefined
  const covering = session && entries.find({ uid: session.uid, ended: true })
  if (session === undefined || covering === undefined) return false
  return !('genBelow' in covering) || session.gen < covering.genBelow
}

function parse(cursor: string, storeId: string): { position: number; end: number } | undefined {
  const [, id, position, end] = /^([0-9a-f]{32})\.(\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? []
  return id === storeId ? { position: Number(position), end: Number(end) } : undefined
}
