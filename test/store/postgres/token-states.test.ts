import t from 'tap'
import { createId } from '../../../src/ids.js'
import type { Database } from '../../../src/store/postgres/database.js'
import { createMoments, type Moment } from '../../../src/store/postgres/moments.js'
import { createTokenCache } from '../../../src/store/postgres/token-cache.js'
import { createTokenStates } from '../../../src/store/postgres/token-states.js'
import { createClock } from '../../support/helper.js'

/** The states of tokens over a database that answers when the test says so. */
function open(maxStale = 1000) {
  const clock = createClock()
  const moments = createMoments(clock, clock.uptime)
  const cache = createTokenCache(100)
  const waiting: (() => void)[] = []
  let seen: Moment | undefined
  const uid = createId()
  const row = {
    uid,
    name: 'alice',
    state: 'active',
    gen: 0,
    version: 0,
    record: {},
    isRevoked: false,
    isSessionLiving: true
  }
  const database = {
    table: (name: string) => name,
    query: () => new Promise((resolve) => waiting.push(() => resolve([row])))
  } as unknown as Database
  const find = createTokenStates({
    database,
    cache,
    moments,
    maxStale,
    seenUntil: () => seen,
    cautiousNow: () => 0
  })
  return {
    clock,
    cache,
    waiting,
    find: () => find({ uid, gen: 0, jti: 'a token', sessionId: undefined }),
    beat: () => {
      seen = moments.now()
    },
    answer: () => waiting.shift()?.()
  }
}

async function turn(): Promise<void> {
  await new Promise(setImmediate)
}

t.test('an answer is remembered, and trusted while the heartbeat is young enough', async (t) => {
  const { clock, find, beat, answer } = open()
  beat()
  const first = find()
  answer()
  t.match(await first, { user: { name: 'alice' } })
  t.notOk(find() instanceof Promise)
  clock.advance(0.999)
  const last = find()
  t.notOk(last instanceof Promise)
  t.equal((await last).freshness?.isCurrent(), true)
  clock.advance(0.001)
  t.ok(find() instanceof Promise)
  t.equal((await last).freshness?.isCurrent(), false)
  beat()
  t.notOk(find() instanceof Promise, 'a heartbeat makes all that was remembered good again')
  t.equal((await last).freshness?.isCurrent(), false, 'but no answer that was given')
})

t.test(
  'nothing is trusted before the first heartbeat, nor while the wall clock alone has jumped',
  async (t) => {
    const { clock, find, beat, answer } = open()
    const first = find()
    answer()
    await first
    t.ok(find() instanceof Promise)
    beat()
    t.notOk(find() instanceof Promise)
    clock.set(5)
    t.ok(find() instanceof Promise)
    clock.set(-10)
    t.notOk(find() instanceof Promise, 'a clock that is set back makes nothing older')
  }
)

t.test('an answer that was under way as an event came is not remembered', async (t) => {
  const { find, beat, answer, cache } = open()
  beat()
  const reading = find()
  cache.forget([{ kind: 'token', jti: 'a token', exp: 1 }])
  answer()
  await reading
  t.ok(find() instanceof Promise)
})

t.test('an answer for which the process was frozen is asked for once more', async (t) => {
  const { clock, find, answer, waiting } = open()
  const reading = Promise.resolve(find())
  clock.advance(5)
  answer()
  await turn()
  t.equal(waiting.length, 1)
  answer()
  t.equal((await reading).freshness?.isCurrent(), true)
})

t.test('without a cache each call reads', async (t) => {
  const { find, beat, answer } = open(0)
  beat()
  const first = find()
  answer()
  await first
  t.ok(find() instanceof Promise)
})
