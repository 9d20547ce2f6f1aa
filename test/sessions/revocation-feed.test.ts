import t from 'tap'
import { createRevocationFeed } from '../../src/sessions/revocation-feed.js'
import type { Revocation, RevocationPage, Store } from '../../src/store/store.js'

/** A feed over a store that tells what the test says, and counts how often it is asked. */
function createFeed() {
  const revocations: Revocation[] = []
  let looks = 0
  let failure: Error | undefined
  let notify = () => {}
  const store = {
    async findRevocations(cursor = '0'): Promise<RevocationPage | undefined> {
      looks += 1
      if (failure !== undefined) throw failure
      if (cursor === 'gone') return undefined
      return { cursor: String(revocations.length), revocations: revocations.slice(Number(cursor)) }
    },
    subscribeRevocations(listener: () => void) {
      notify = listener
    }
  }
  const feed = createRevocationFeed({ store: store as unknown as Store })
  return {
    feed,
    looks: () => looks,
    revoke(...kids: string[]) {
      for (const kid of kids) revocations.push({ kid })
      notify()
    },
    notify: () => notify(),
    fail(error?: Error) {
      failure = error
    }
  }
}

const nobodyLeaves = () => {}

async function untilWaiting(feed: { waiting: number }, count: number): Promise<void> {
  while (feed.waiting !== count) await new Promise(setImmediate)
}

t.test('a thousand readers of one cursor share a look at the store and a text', async (t) => {
  const { feed, looks, revoke } = createFeed()
  const cursor = '0'
  const reads = Array.from({ length: 1000 }, () => feed.read({ cursor, wait: 60_000 }, nobodyLeaves))
  await untilWaiting(feed, 1000)
  const before = looks()
  revoke('a')
  const [first, ...others] = await Promise.all(reads)
  t.same(JSON.parse(String(first)), { cursor: '1', entries: [{ kid: 'a' }] })
  t.ok(others.every((other) => other === first))
  t.equal(looks() - before, 1)
})

t.test('readers of different cursors who are all up to date share the look at the next change', async (t) => {
  const { feed, looks, revoke } = createFeed()
  const cursors = Array.from({ length: 1000 }, (_, index) => '0'.repeat(index + 1))
  const reads = cursors.map((cursor) => feed.read({ cursor, wait: 60_000 }, nobodyLeaves))
  await untilWaiting(feed, 1000)
  const before = looks()
  revoke('a')
  for (const body of await Promise.all(reads)) {
    t.same(JSON.parse(String(body)), { cursor: '1', entries: [{ kid: 'a' }] })
  }
  t.equal(looks() - before, 1)
})

t.test('readers who ask at once for everything share it, too', async (t) => {
  const { feed, looks, revoke } = createFeed()
  revoke('a')
  const reads = Array.from({ length: 100 }, () => feed.read({ wait: 0 }, nobodyLeaves))
  const [first, ...others] = await Promise.all(reads)
  t.ok(others.every((other) => other === first))
  t.equal(looks(), 1)
})

t.test('an answer is never older than the last change', async (t) => {
  const { feed, revoke } = createFeed()
  await feed.read({ wait: 0 }, nobodyLeaves)
  revoke('a')
  t.match(JSON.parse(String(await feed.read({ wait: 0 }, nobodyLeaves))), { entries: [{ kid: 'a' }] })
})

t.test('a change while a reader is about to wait is told at once', async (t) => {
  const { feed, revoke } = createFeed()
  const read = feed.read({ cursor: '0', wait: 60_000 }, nobodyLeaves)
  revoke('a')
  t.match(JSON.parse(String(await read)), { entries: [{ kid: 'a' }] })
})

t.test('a change that tells a reader nothing leaves him waiting', async (t) => {
  const { feed, notify, looks, revoke } = createFeed()
  const read = feed.read({ cursor: '0', wait: 60_000 }, nobodyLeaves)
  await untilWaiting(feed, 1)
  const before = looks()
  notify()
  while (looks() === before) await new Promise(setImmediate)
  t.equal(feed.waiting, 1)
  revoke('a', 'b')
  t.match(JSON.parse(String(await read)), { cursor: '2', entries: [{ kid: 'a' }, { kid: 'b' }] })
})

t.test('a reader who has gone is forgotten, and his wait is over', async (t) => {
  const { feed } = createFeed()
  let leave = () => {}
  const read = feed.read({ cursor: '0', wait: 60_000 }, (listener) => {
    leave = listener
  })
  await untilWaiting(feed, 1)
  leave()
  leave()
  t.equal(feed.waiting, 0)
  await read
})

t.test('a store that fails refuses those who wait, and the feed goes on', async (t) => {
  const { feed, fail, notify, revoke } = createFeed()
  const read = feed.read({ cursor: '0', wait: 60_000 }, nobodyLeaves)
  await untilWaiting(feed, 1)
  fail(new Error('the store is gone'))
  notify()
  await t.rejects(read, { message: 'the store is gone' })
  await t.rejects(feed.read({ wait: 0 }, nobodyLeaves), { message: 'the store is gone' })
  fail()
  revoke('a')
  t.match(JSON.parse(String(await feed.read({ wait: 0 }, nobodyLeaves))), { entries: [{ kid: 'a' }] })
  await t.rejects(feed.read({ cursor: 'gone', wait: 60_000 }, nobodyLeaves), { name: 'CursorGoneError' })
})
