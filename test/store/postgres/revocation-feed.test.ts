import t, { type Test } from 'tap'
import type { Database } from '../../../src/store/postgres/database.js'
import type { EventPage, EventTable, KeptEvent } from '../../../src/store/postgres/events.js'
import { formatCursor } from '../../../src/store/postgres/feed-cursor.js'
import { createRevocationFeed } from '../../../src/store/postgres/revocation-feed.js'
import { createClock } from '../../support/helper.js'

const storeId = 'a'.repeat(32)

/** A feed over a database whose events each number of a transaction stands for; reads are answered when the test says so. */
function open(t: Test) {
  const clock = createClock()
  const now = () => Math.floor(clock() / 1000)
  const events: KeptEvent[] = []
  let held: (() => void)[] | undefined
  let nextEnd: number | null = null
  let looks = 0

  async function look(from: number): Promise<EventPage> {
    // As of the call, whenever it is answered.
    const page = { position: `1:${events.length + 1}:@1`, events: events.slice(from) }
    if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve))
    return page
  }

  async function query(text: string): Promise<object[]> {
    if (!text.includes('min(expires_at)')) return []
    const next = nextEnd
    looks += 1
    if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve))
    return [{ next }]
  }

  const feed = createRevocationFeed({
    database: { table: (name: string) => name, query } as unknown as Database,
    events: {
      findAll: () => look(0),
      findSince: (_: unknown, position: string) => look(Number(position.split(':')[1]) - 1)
    } as unknown as EventTable,
    facts: { storeId, knownTime: 0, accessTokenTtl: 3600, isFromEarlierRelease: false },
    clock,
    cautiousNow: now
  })
  t.teardown(() => feed.close())

  return {
    feed,
    clock,
    now,
    /** The cursor of a reader who has seen so many events. */
    cursorAfter: (count: number, end = now()) =>
      formatCursor({ position: `1:${count + 1}:@1`, end }, storeId),
    /** A change that ends no token. */
    change() {
      events.push({ kind: 'account', uid: 'a user', until: now() + 3600 })
    },
    commit(kid: string) {
      events.push({ kind: 'key', kid, until: now() + 3600 })
    },
    setEnd(time: number) {
      nextEnd = time
    },
    /** How often the next end of an account was looked for. */
    looks: () => looks,
    /** Holds up the answers from now on, and then gives the latest first. */
    hold() {
      held = []
      return () => {
        const answers = held ?? []
        held = undefined
        for (const answer of answers.reverse()) answer()
      }
    }
  }
}

t.test('readers who are up to date get one cursor, until a change is told', async (t) => {
  const { feed, clock, cursorAfter, commit } = open(t)
  commit('a')
  const [older, later] = [cursorAfter(1, 1_000_000), cursorAfter(1, 1_000_001)]
  const first = await feed.find(older)
  t.same(first?.revocations, [])
  clock.advance(5)
  t.same(await feed.find(later), first)
  commit('b')
  feed.tell()
  const next = await feed.find(first?.cursor)
  t.same(next?.revocations, [{ kid: 'b' }])
  t.same((await feed.find(next?.cursor))?.revocations, [])
})

t.test('a change that tells a reader nothing leaves all at one cursor', async (t) => {
  const { feed, cursorAfter, change } = open(t)
  change()
  feed.tell()
  const first = await feed.find(cursorAfter(0, 1_000_000))
  change()
  t.same(await feed.find(cursorAfter(0, 1_000_001)), first)
})

t.test('a reader is never given a position that has seen more than he has', async (t) => {
  const { feed, cursorAfter, commit, hold } = open(t)
  const answer = hold()
  const slow = feed.find(cursorAfter(0))
  commit('a')
  const ahead = feed.find(cursorAfter(1))
  answer()
  t.same((await ahead)?.revocations, [])
  const page = await slow
  t.same(page?.revocations, [])
  t.same((await feed.find(page?.cursor))?.revocations, [{ kid: 'a' }])

  const answerAgain = hold()
  feed.tell()
  const looking = feed.find(cursorAfter(1))
  commit('b')
  feed.tell()
  answerAgain()
  const behind = await looking
  t.not((await feed.find(cursorAfter(2)))?.cursor, behind?.cursor, 'it is as of before the change')
})

t.test('an end that is set while the next one is looked for is told', async (t) => {
  const { feed, now, setEnd, looks, hold } = open(t)
  const told: number[] = []
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const answer = hold()
  feed.subscribe(() => told.push(now()))
  while (looks() === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  setEnd(now())
  feed.tell()
  answer()
  while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  t.equal(told.length, 2, 'of the change, and of the end')
})
