import { type Clock, toSeconds } from '../../clock.js'
import { createId } from '../../ids.js'
import type { Change, FeedState, KeptRevocation, Revocation, RevocationPage } from '../store.js'
import { createAccountEnds } from './account-ends.js'
import { revocationInRecord, revocationOf } from './derived-revocation.js'
import type { Records } from './records.js'
import type { LoggedRevocation } from './store-document.js'

/** The revocations in force, in the order of their changes. */
export interface RevocationLog {
  /** See `FeedState`; it is stored with the records. */
  readonly feed: FeedState
  /** All in force at the time when they are iterated. */
  readonly entries: Iterable<LoggedRevocation>
  /** Follows a change, just before it is applied to the records. Returns whether it ends tokens. */
  follow(change: Change): boolean
  /** See `Store.findRevocations`. Costs a binary search, and a look at each revocation since. */
  find(cursor?: string): RevocationPage | undefined
  /** Goes on with this lifetime of access tokens, in seconds. Returns the state, if it has to be stored. */
  resume(accessTokenTtl: number): FeedState | undefined
  /** These changes, with the state before them as long as it has to be stored. */
  withState(changes: Change[]): Change[]
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
  const listeners = new Set<() => void>()
  let { position } = options
  let feed = stored.feed ?? { storeId: createId(), accessTokenTtl, earlierUntil: 0 }
  let isStored = stored.feed !== undefined
  let mustStore = false
  let entries = createEntries()
  let ends = createEnds()
  let timer: NodeJS.Timeout | undefined
  if (stored.revocations === undefined) addFromRecords()
  else add(stored.revocations)

  function createEnds() {
    const created = createAccountEnds((end) => untilOf(end) <= toSeconds(cautiousClock()))
    for (const { uid, expiresAt } of records.usersById.values()) {
      if (expiresAt !== undefined) created.set(uid, expiresAt)
    }
    return created
  }

  /** When the last access token that was issued up to a time has expired. */
  function untilOf(time: number): number {
    return Math.max(feed.earlierUntil, time + feed.accessTokenTtl)
  }

  function add(revocations: Iterable<KeptRevocation & { position?: number }>): void {
    for (const { revocation, until, position = 0 } of revocations) {
      entries.add({ revocation, until, position }, toSeconds(cautiousClock()))
    }
  }

  function addFromRecords(): void {
    const now = toSeconds(clock())
    for (const [jti, exp] of records.expiryByJti) add([{ revocation: { jti, exp }, until: exp }])
    for (const user of records.usersById.values()) {
      const revocation = revocationInRecord(user, now, feed.accessTokenTtl)
      if (revocation !== undefined) add([{ revocation, until: untilOf(now) }])
    }
  }

  /** The generation that ends the session ends its access tokens already. */
  function isCovered(revocation: Revocation): boolean {
    const session = 'sid' in revocation ? records.sessionsById.get(revocation.sid) : undefined
    const covering = session && entries.find({ uid: session.uid, ended: true })
    if (session === undefined || covering === undefined) return false
    return !('genBelow' in covering) || session.gen < covering.genBelow
  }

  function inForce(position: number): LoggedRevocation[] {
    const now = toSeconds(cautiousClock())
    return entries.since(position).filter(({ until }) => until > now)
  }

  function tell(): void {
    for (const listener of listeners) listener()
  }

  return {
    get feed() {
      return feed
    },

    entries: { [Symbol.iterator]: () => inForce(-1)[Symbol.iterator]() },

    follow(change) {
      position += 1
      if ('feed' in change) {
        feed = change.feed
        isStored = true
        mustStore = false
      }
      const revocation = revocationOf(change, records, clock())
      if ('user' in change) ends.set(change.user.uid, change.user.expiresAt)
      else if ('purgedUid' in change) ends.set(change.purgedUid, undefined)
      if (revocation === undefined || isCovered(revocation)) return false
      const until = 'jti' in revocation ? revocation.exp : untilOf(toSeconds(clock()))
      entries.add({ revocation, until, position }, toSeconds(cautiousClock()))
      return true
    },

    find(cursor) {
      ends.pass(toSeconds(clock()))
      const from = cursor === undefined ? { position: -1, end: -1 } : parse(cursor, feed.storeId)
      if (from === undefined || from.position > position) return undefined
      return {
        cursor: `${feed.storeId}.${position}.${ends.last}`,
        revocations: [
          ...inForce(from.position).map(({ revocation }) => revocation),
          ...ends.passedSince(from.end)
        ]
      }
    },

    resume(accessTokenTtl) {
      if (isStored && feed.accessTokenTtl === accessTokenTtl) return undefined
      // The tokens that were issued so far live as long as was set then.
      const earlierUntil = isStored ? untilOf(toSeconds(clock())) : 0
      feed = { ...feed, accessTokenTtl, earlierUntil }
      mustStore = true
      return feed
    },

    withState: (changes) => (mustStore && changes.length > 0 ? [{ feed }, ...changes] : changes),

    subscribe(listener) {
      listeners.add(listener)
      timer ??= setInterval(() => {
        if (ends.pass(toSeconds(clock()))) tell()
      }, endsInterval).unref()
    },

    tell,

    replace(revocations) {
      feed = { ...feed, storeId: createId() }
      entries = createEntries()
      ends = createEnds()
      add(revocations)
      tell()
    },

    close() {
      clearInterval(timer)
    }
  }
}

function parse(cursor: string, storeId: string): { position: number; end: number } | undefined {
  const [, id, position, end] = /^([0-9a-f]{32})\.(\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? []
  return id === storeId ? { position: Number(position), end: Number(end) } : undefined
}

/** Revocations in order, the newest alone of each user, session, token and key. At most about half of them have expired. */
function createEntries() {
  const newest = new Map<string, LoggedRevocation>()
  let inOrder: LoggedRevocation[] = []
  let sweepAt = 1024

  const isNewest = (one: LoggedRevocation) => newest.get(subjectOf(one.revocation)) === one

  /** The index of the first one after this position. */
  function indexAfter(position: number): number {
    let [low, high] = [0, inOrder.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((inOrder[middle] as LoggedRevocation).position > position) high = middle
      else low = middle + 1
    }
    return low
  }

  function sweep(now: number): void {
    inOrder = inOrder.filter((one) => {
      if (!isNewest(one)) return false
      if (one.until <= now) newest.delete(subjectOf(one.revocation))
      return one.until > now
    })
    sweepAt = Math.max(1024, 2 * inOrder.length)
  }

  return {
    find: (subject: Revocation): Revocation | undefined => newest.get(subjectOf(subject))?.revocation,

    /** Adds one, unless a later one of the same subject is there: the journal may be replayed over a snapshot that has it. */
    add(one: LoggedRevocation, now: number): void {
      const subject = subjectOf(one.revocation)
      if (Number(newest.get(subject)?.position) >= one.position) return
      newest.set(subject, one)
      inOrder.splice(indexAfter(one.position), 0, one)
      if (inOrder.length >= sweepAt) sweep(now)
    },

    since: (position: number): LoggedRevocation[] => inOrder.slice(indexAfter(position)).filter(isNewest)
  }
}

function subjectOf(revocation: Revocation): string {
  if ('uid' in revocation) return `uid ${revocation.uid}`
  if ('sid' in revocation) return `sid ${revocation.sid}`
  return 'jti' in revocation ? `jti ${revocation.jti}` : `kid ${revocation.kid}`
}
