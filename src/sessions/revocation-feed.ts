import { setImmediate as turn } from 'node:timers/promises'
import { Refusal } from '../errors/refusals.js'
import type { Revocation, RevocationPage, Store } from '../store/store.js'

/** A question of a reader of the revocation feed. */
export interface FeedQuestion {
  /** The `cursor` of the answer before; without one it asks for all that is in force. */
  cursor?: string | undefined
  /** How long it may take, in milliseconds, until there is something to tell. */
  wait: number
}

/** The revocations, for readers that verify tokens by themselves. */
export interface RevocationFeed {
  /** How many readers wait now. */
  readonly waiting: number
  /**
   * The JSON text of the revocations since the cursor, as soon as there are any, else when the wait is over. Readers with the same
   * cursor share it, and all who are up to date may get the same one from the store. A reader that waits costs a timer and an entry of a set.
   *
   * @param onGone is called with a function to call when the reader has gone.
   * @throws `CursorGoneError` for a cursor that is too old, or of another store; the errors of the store.
   */
  read(question: FeedQuestion, onGone: (leave: () => void) => void): Promise<Buffer>
  /** Answers all that wait, and lets nobody wait any more. */
  end(): void
}

/** The text for one cursor; undefined for one that is no good. */
interface Answer {
  body: Buffer | undefined
  /** Where the reader is after it. */
  cursor: string | undefined
  isEmpty: boolean
}

interface Waiter {
  resolve(body: Buffer): void
  reject(error: unknown): void
}

// In milliseconds. Readers that come at once, as after a restart, share an answer; none is older than that.
const sharedFor = 100

// The readers that are answered in one turn of the event loop: other calls go on between.
const atOnce = 100

const nothing = Buffer.alloc(0)

/** See `RevocationFeed`. It asks nothing of the store before the first reader. */
export function createRevocationFeed({ store }: { store: Store }): RevocationFeed {
  const answers = createAnswers(store)
  const waiters = createWaiters()
  let isSubscribed = false
  let isWaking = false
  let isOver = false

  function subscribe(): void {
    if (isSubscribed) return
    isSubscribed = true
    store.subscribeRevocations(() => {
      answers.forget()
      if (!isWaking) void wake()
    })
  }

  async function wake(): Promise<void> {
    let seen: number
    isWaking = true
    do {
      // The changes of one write are told together.
      await turn()
      seen = answers.changes
      for (const cursor of waiters.cursors()) await tell(cursor)
    } while (seen !== answers.changes)
    isWaking = false
  }

  async function tell(cursor: string): Promise<void> {
    const answer = await answers.to(cursor).catch((error: unknown) => ({ error }))
    if ('isEmpty' in answer && answer.isEmpty) return
    let count = 0
    for (const waiter of waiters.take(cursor)) {
      if ('error' in answer) waiter.reject(answer.error)
      else if (answer.body === undefined) waiter.reject(new Refusal('CursorGoneError'))
      else waiter.resolve(answer.body)
      count += 1
      if (count % atOnce === 0) await turn()
    }
  }

  return {
    get waiting() {
      return waiters.count
    },

    async read({ cursor, wait }, onGone) {
      subscribe()
      let answer: Answer
      let seen: number
      do {
        seen = answers.changes
        answer = await answers.to(cursor)
        // Else a change between the look and the wait would be told by the next one.
      } while (answer.isEmpty && seen !== answers.changes)
      const { cursor: position, isEmpty } = answer
      const isAnswered = cursor === undefined || position === undefined || !isEmpty
      if (isAnswered || wait === 0 || isOver) return requireBody(answer)
      const body = await waiters.wait(position, wait, onGone)
      return body ?? requireBody(await answers.to(position))
    },

    end() {
      isOver = true
      waiters.endAll()
    }
  }
}

/** The answers of the store, which readers of the same moment share. */
function createAnswers(store: Store) {
  let shared = new Map<string, Promise<Answer>>()
  let changes = 0

  async function look(cursor: string | undefined): Promise<Answer> {
    const page = await store.findRevocations(cursor)
    return {
      body: page && toBody(page),
      cursor: page?.cursor,
      isEmpty: page?.revocations.length === 0
    }
  }

  return {
    /** How often they were forgotten. */
    get changes() {
      return changes
    },

    to(cursor: string | undefined): Promise<Answer> {
      const key = cursor ?? ''
      const known = shared.get(key)
      if (known !== undefined) return known
      const answer = look(cursor)
      const kept = shared
      const forget = () => kept.delete(key)
      kept.set(key, answer)
      answer.then(() => setTimeout(forget, sharedFor).unref(), forget)
      return answer
    },

    forget(): void {
      changes += 1
      shared = new Map()
    }
  }
}

/** The readers that wait, by their cursors. Those who are up to date have the same one. */
function createWaiters() {
  const byCursor = new Map<string, Set<Waiter & { end(): void }>>()
  let count = 0

  return {
    get count() {
      return count
    },

    cursors: () => [...byCursor.keys()],

    /** Takes those of a cursor, as they are reached: some may leave meanwhile. */
    *take(cursor: string): Iterable<Waiter> {
      const taken = byCursor.get(cursor) ?? []
      byCursor.delete(cursor)
      yield* taken
    },

    /** Waits until it is answered; undefined when the time is over. */
    wait(cursor: string, milliseconds: number, onGone: (leave: () => void) => void) {
      return new Promise<Buffer | undefined>((resolve, reject) => {
        const group = byCursor.get(cursor) ?? new Set()
        byCursor.set(cursor, group)
        const leaving =
          <Value>(settle: (value: Value) => void) =>
          (value: Value) => {
            if (!group.delete(waiter)) return
            clearTimeout(timer)
            count -= 1
            if (group.size === 0 && byCursor.get(cursor) === group) byCursor.delete(cursor)
            settle(value)
          }
        const end = leaving(() => resolve(undefined))
        const waiter = { resolve: leaving(resolve), reject: leaving(reject), end: () => end(undefined) }
        const timer = setTimeout(waiter.end, milliseconds)
        group.add(waiter)
        count += 1
        onGone(() => waiter.resolve(nothing))
      })
    },

    endAll(): void {
      for (const group of byCursor.values()) for (const waiter of group) waiter.end()
    }
  }
}

/** @throws `CursorGoneError`. */
function requireBody({ body }: Answer): Buffer {
  if (body === undefined) throw new Refusal('CursorGoneError')
  return body
}

function toBody({ cursor, revocations }: RevocationPage): Buffer {
  return Buffer.from(JSON.stringify({ cursor, entries: revocations.map(toEntry) }))
}

function toEntry(revocation: Revocation): object {
  if (!('genBelow' in revocation)) return revocation
  const { uid, genBelow, except } = revocation
  return { uid, gen_below: genBelow, except }
}
