import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { createId } from '../../ids.js'
import { changeNotice, channel, type EventTable, type StoreEvent } from './events.js'
import { type ListeningConnection, openListeningConnection } from './listening-connection.js'
import type { Moment, Moments } from './moments.js'
import type { Queryable } from './queryable.js'

/** Follows the changes of all instances. */
export interface EventListener {
  /** The moment as of which all events were applied; undefined before the first heartbeat. */
  readonly seenUntil: Moment | undefined
  /** Resolves with the first heartbeat, or once the first attempt has failed. */
  readonly tried: Promise<void>
  close(): Promise<void>
}

/** The dependencies of a listener. */
export interface EventListenerDependencies {
  /** Opens a connection of its own. @param failed is told of its end. */
  connect(failed: (error: Error) => void): Promise<pg.Client>
  events: EventTable
  /** The store whose changes it hears of. */
  storeId: string
  moments: Moments
  /** The time from one heartbeat to the next, in milliseconds. */
  interval: number
  /** Applies the events of a heartbeat; undefined stands for any number that was missed. */
  apply(events: readonly StoreEvent[] | undefined): void
  warn(error: unknown, message: string): void
}

// In milliseconds.
const firstBackOff = 50
const maxBackOff = 1000
const noticeDeadline = 1000
const pollInterval = 100

// After so long, in milliseconds, or so many events, all that was remembered is given up instead.
const maxGap = 30_000
const maxEvents = 10_000

/**
 * Listens on a connection of its own, and reads the events at every notification and every heartbeat. A heartbeat is a read of the
 * database, so that it proves that nothing was missed, whatever became of the notifications. It reconnects until it is closed, and
 * begins anew with each connection: all that was remembered is given up.
 */
export function startEventListener(dependencies: EventListenerDependencies): EventListener {
  const { connect, events, storeId, moments, interval, apply, warn } = dependencies
  const id = createId()
  const closing = new AbortController()
  let connection: ListeningConnection | undefined
  let seenUntil: Moment | undefined
  let position: string | undefined
  /** When it has notified itself, until the notification arrives. */
  let triedAt: Moment | undefined
  let isPolling = false
  let isAway = false
  let endTrial = () => {}
  const tried = new Promise<void>((resolve) => {
    endTrial = resolve
  })

  function notified(payload: string): boolean {
    if (payload === id) {
      triedAt = undefined
      isPolling = false
    }
    return payload === changeNotice
  }

  /** Reads what has come since the last heartbeat. */
  async function beat(queryable: Queryable): Promise<void> {
    const sent = moments.now()
    if (seenUntil === undefined || moments.age(seenUntil) > maxGap) position = undefined
    const page = position === undefined ? undefined : await events.findSince(queryable, position, maxEvents)
    position = page?.position ?? (await events.findPosition(queryable))
    apply(page?.events)
    seenUntil = sent
  }

  // Behind a pooler nobody hears of a notification.
  function pollIfUnheard(): void {
    if (triedAt !== undefined && moments.age(triedAt) >= noticeDeadline) poll()
  }

  function poll(): void {
    if (isPolling) return
    isPolling = true
    warn(
      undefined,
      `no notification of the database arrives: changes are looked for every ${pollInterval} ms. POSTERN_DATABASE_DIRECT_URL must lead to the server itself, not to a pooler`
    )
  }

  async function listen(): Promise<never> {
    const opened = await openListeningConnection(connect, channel, notified)
    connection = opened
    // The server may be another one, or have come back with less than this process has seen of it.
    position = undefined
    try {
      closing.signal.throwIfAborted()
      if ((await events.findStoreId(opened)) !== storeId)
        throw new Error('the connection leads to another store')
      await beat(opened)
      endTrial()
      isAway = false
      if (opened.isDirect) {
        triedAt = moments.now()
        await opened.query('SELECT pg_notify($1, $2)', [channel, id])
      } else poll()
      for (;;) {
        await opened.wait(isPolling ? Math.min(interval, pollInterval) : interval)
        await beat(opened)
        pollIfUnheard()
      }
    } finally {
      connection = undefined
      opened.close()
    }
  }

  async function follow(): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      const before = seenUntil
      await listen().catch((error: unknown) => {
        if (!isAway && !closing.signal.aborted) {
          warn(error, 'the connection that hears of changes was lost; it is opened again')
        }
        isAway = true
      })
      endTrial()
      failures = seenUntil === before ? failures + 1 : 0
      // Not all instances at once.
      const backOff = Math.min(maxBackOff, firstBackOff * 2 ** failures) * (0.5 + Math.random() / 2)
      await delay(backOff, undefined, { ref: false, signal: closing.signal }).catch(() => {})
    }
  }

  const following = follow()

  return {
    get seenUntil() {
      return seenUntil
    },

    tried,

    async close() {
      closing.abort()
      connection?.close()
      await following
    }
  }
}
