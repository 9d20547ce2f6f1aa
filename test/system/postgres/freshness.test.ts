import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Check } from 'typebox/value'
import { FeedQuestion } from '../../../src/http/schemas/arguments.js'
import { createId } from '../../../src/ids.js'
import { connect, connectionOptions } from '../../../src/store/postgres/connection.js'
import type { PostgresStoreOptions } from '../../../src/store/postgres/store-parts.js'
import type { Store, TokenReference, TokenState, User } from '../../../src/store/store.js'
import { createClock } from '../../support/helper.js'
import {
  type PostgresServer,
  queryOnce,
  skipWithoutPostgres,
  startPostgres
} from '../../support/postgres-server.js'
import { createSchema, openStoreOf, type StoreSchema } from '../../support/postgres-stores.js'
import { createSession, createUser, hour, limits } from '../../support/records.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'

// In milliseconds, the default of POSTERN_DATABASE_MAX_STALE.
const maxStale = 1000

/** A user with a session, and a token of both. */
interface Issued {
  user: User
  sessionId: string
  token: TokenReference & { sessionId: string }
}

async function issue(store: Store, name = createId()): Promise<Issued> {
  const user = createUser(name)
  const session = createSession(user)
  await store.createUser(user)
  await store.createSession(session, limits)
  const token = { uid: user.uid, gen: user.gen, jti: createId(), sessionId: session.id }
  return { user, sessionId: session.id, token }
}

function isGood({ gen, jti }: TokenReference, { user, isRevoked, isSessionLiving }: TokenState): boolean {
  const isOfAccount =
    user !== undefined && user.state === 'active' && (user.gen === gen || user.keptJti === jti)
  return isOfAccount && !isRevoked && isSessionLiving
}

/** Waits until a store answers for a token from memory, as only for one that it has found good. */
async function remember(store: Store, token: TokenReference): Promise<TokenState> {
  for (;;) {
    const state = store.findTokenState(token)
    if (!(state instanceof Promise)) return state
    if (!isGood(token, await state)) throw new Error('the token is not good')
  }
}

/** Waits until a store refuses a token. Returns the milliseconds from the call to the last answer that took it. */
async function untilRefused(store: Store, token: TokenReference): Promise<number> {
  const began = performance.now()
  let last = 0
  for (;;) {
    const state = await store.findTokenState(token)
    if (!isGood(token, state)) return last
    last = performance.now() - began
    await delay(1)
  }
}

/** Opens a store that reaches the database by a proxy. */
async function openByProxy(
  t: Test,
  server: PostgresServer,
  { schema }: StoreSchema,
  options: Partial<PostgresStoreOptions> = {}
) {
  const proxy = await startTcpProxy(t, server.port)
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`
  return { proxy, store: await openStoreOf(t, { url, schema }, options) }
}

/** Two stores on one empty database; the second one reaches it by a proxy. */
async function openTwo(t: Test, server: PostgresServer, options: Partial<PostgresStoreOptions> = {}) {
  const place = await createSchema(t, server.url())
  const first = await openStoreOf(t, place)
  const { proxy, store: second } = await openByProxy(t, server, place, options)
  return { place, first, second, proxy }
}

const ends: Record<string, (store: Store, issued: Issued) => Promise<unknown>> = {
  'a revoked token': (store, { token }) =>
    store.revokeToken({ jti: token.jti, exp: Math.ceil(Date.now() / 1000) + hour }),
  'an ended session': (store, { sessionId }) => store.endSession(sessionId),
  'a password change': (store, { user }) => store.replaceUser(user, { ...user, gen: 1 }),
  'a disabled account': (store, { user }) => store.replaceUser(user, { ...user, state: 'disabled' }),
  'a purged account': (store, { user }) => store.purgeUser(user, undefined),
  'a session that makes room': (store, { user }) =>
    store.createSession(createSession(user), { perUser: 1, total: 1_000_000 })
}

t.test('the instances on one database are fresh', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t, { max_prepared_transactions: '1000' })

  t.test('a token that was seen before touches no database', async (t) => {
    const { first, second, proxy } = await openTwo(t, server)
    const { token, user } = await issue(first)
    await remember(second, token)
    proxy.blackHole()
    const state = second.findTokenState(token)
    t.notOk(state instanceof Promise)
    t.match(state, { user, isRevoked: false, isSessionLiving: true })
    const other = second.findTokenState({ ...token, jti: createId() })
    t.ok(other instanceof Promise, 'and any other one does')
    await t.rejects(Promise.resolve(other), { name: 'StoreUnavailableError' })
  })

  for (const [name, end] of Object.entries(ends)) {
    t.test(`${name} is refused by another instance within the bound`, async (t) => {
      const { first, second } = await openTwo(t, server)
      const issued = await issue(first)
      for (const store of [first, second]) await remember(store, issued.token)
      await end(first, issued)
      t.equal(isGood(issued.token, await first.findTokenState(issued.token)), false, 'here at once')
      t.ok((await untilRefused(second, issued.token)) <= maxStale)
    })
  }

  t.test('an account that is changed is seen with its change by another instance', async (t) => {
    const { first, second } = await openTwo(t, server)
    const { user, token } = await issue(first)
    await remember(second, token)
    const began = performance.now()
    await first.replaceUser(user, { ...user, groups: ['staff'] })
    let state = await second.findTokenState(token)
    while (state.user?.groups === undefined) {
      await delay(1)
      state = await second.findTokenState(token)
    }
    t.ok(performance.now() - began <= maxStale)
  })

  t.test('a token of a newer generation than is remembered is read, not refused', async (t) => {
    const { first, second, proxy } = await openTwo(t, server)
    const { user, token } = await issue(first)
    await remember(second, token)
    proxy.delay(20)
    await first.replaceUser(user, { ...user, gen: 1 })
    const newer = { uid: user.uid, gen: 1, jti: createId(), sessionId: undefined }
    t.match(await second.findTokenState(newer), { user: { gen: 1 } })
  })

  t.test('an instance that is cut off refuses what it cannot know within the bound', async (t) => {
    for (const way of ['blackHole', 'cut'] as const) {
      const { first, second, proxy } = await openTwo(t, server)
      const { token } = await issue(first)
      await remember(second, token)
      proxy.blackHole()
      if (way === 'cut') proxy.cut()
      await first.revokeToken({ jti: token.jti, exp: Math.ceil(Date.now() / 1000) + hour })
      const acknowledged = performance.now()
      let [accepted, last] = [0, 0]
      const watch = async () => {
        for (;;) {
          const state = await second.findTokenState(token)
          if (!isGood(token, state)) throw new Error('it has heard of the revocation')
          accepted += 1
          last = performance.now() - acknowledged
          await delay(2)
        }
      }
      await t.rejects(watch(), { name: 'StoreUnavailableError' })
      t.ok(accepted > 0, 'for a moment it goes on')
      t.ok(last <= maxStale)
      proxy.heal()
      t.equal(await answerOf(second, token), false, 'and knows it when it is back')
    }
  })

  t.test('what is remembered counts for nothing once either clock says that it is too old', async (t) => {
    for (const jump of ['wall', 'monotonic'] as const) {
      const clock = createClock()
      let passed = 0
      const options = { clock, uptime: () => passed }
      const { first, second, proxy } = await openTwo(t, server, options)
      const { token } = await issue(first)
      const before = await remember(second, token)
      // No heartbeat arrives any more.
      proxy.blackHole()
      t.notOk(second.findTokenState(token) instanceof Promise)
      t.equal(before.freshness?.isCurrent(), true)
      if (jump === 'wall') clock.set(maxStale / 1000)
      else passed += maxStale
      const later = second.findTokenState(token)
      t.ok(later instanceof Promise)
      t.equal(before.freshness?.isCurrent(), false, 'nor does an answer that was given')
      await t.rejects(Promise.resolve(later), { name: 'StoreUnavailableError' })
    }
  })

  t.test('a change that is committed after a later one is not missed', async (t) => {
    const { place, first, second } = await openTwo(t, server)
    const [early, late] = [await issue(first), await issue(first)]
    await remember(second, early.token)
    await remember(second, late.token)
    const exp = Math.ceil(Date.now() / 1000) + hour
    const other = await connect(connectionOptions({ url: place.url, source: 'the test' }), () => {})
    t.teardown(() => other.end())
    await other.query('BEGIN')
    await other.query(`INSERT INTO ${place.schema}.revoked_tokens VALUES ($1, $2)`, [early.token.jti, exp])
    await other.query(
      `INSERT INTO ${place.schema}.events (kind, jti, exp, until) VALUES ('token', $1, $2, $2)`,
      [early.token.jti, exp]
    )
    await first.revokeToken({ jti: late.token.jti, exp })
    t.ok((await untilRefused(second, late.token)) <= maxStale)
    await remember(second, early.token)
    await other.query('COMMIT')
    t.ok((await untilRefused(second, early.token)) <= maxStale)
    const page = await second.findRevocations()
    t.equal(page?.revocations.length, 2)
  })

  t.test('a reader of the revocations misses none that is committed after a later one', async (t) => {
    const { place, first } = await openTwo(t, server)
    const other = await connect(connectionOptions({ url: place.url, source: 'the test' }), () => {})
    t.teardown(() => other.end())
    const [early, late] = [{ kid: 'early' }, { kid: 'late' }]
    await other.query('BEGIN')
    await other.query(`INSERT INTO ${place.schema}.events (kind, kid, until) VALUES ('key', 'early', $1)`, [
      Math.ceil(Date.now() / 1000) + hour
    ])
    await first.revokeKey('late')
    const page = await first.findRevocations()
    t.same(page?.revocations, [late])
    await other.query('COMMIT')
    const next = await first.findRevocations(page?.cursor)
    t.same(next?.revocations, [early])
    t.same((await first.findRevocations(next?.cursor))?.revocations, [])
  })

  t.test(
    'a thousand transactions under way make no cursor too long, and none of them is missed',
    async (t) => {
      const { place, first } = await openTwo(t, server)
      const other = await connect(connectionOptions({ url: place.url, source: 'the test' }), () => {})
      t.teardown(() => other.end())
      const until = Math.ceil(Date.now() / 1000) + hour
      async function leaveUnderWay(kid: string): Promise<void> {
        await other.query('BEGIN')
        await other.query(`INSERT INTO ${place.schema}.events (kind, kid, until) VALUES ('key', $1, $2)`, [
          kid,
          until
        ])
        await other.query(`PREPARE TRANSACTION '${kid}'`)
      }
      const told = async (cursor?: string) => {
        const page = await first.findRevocations(cursor)
        return { cursor: page?.cursor ?? '', kids: page?.revocations.map((entry) => Object(entry).kid) }
      }
      const underWay = Array.from({ length: 1000 }, (_, index) => `under-way-${index}`)
      for (const kid of underWay.slice(0, 500)) await leaveUnderWay(kid)
      await first.revokeKey('early')
      for (const kid of underWay.slice(500)) await leaveUnderWay(kid)
      await first.revokeKey('late')
      const all = await told()
      t.same(all.kids, ['early', 'late'])
      t.ok(Check(FeedQuestion, { cursor: all.cursor }), `${all.cursor.length} characters`)
      const again = await told(all.cursor)
      t.same(again.kids, ['late'], 'once more, and not the one of before')
      for (const kid of underWay) await other.query(`COMMIT PREPARED '${kid}'`)
      const next = await told(again.cursor)
      t.same(new Set(next.kids), new Set([...underWay, 'late']))
      t.same((await told(next.cursor)).kids, [])
    }
  )

  t.test('an end of an account that is committed after it has passed is told', async (t) => {
    const { place, first } = await openTwo(t, server)
    const { user } = await issue(first)
    const other = await connect(connectionOptions({ url: place.url, source: 'the test' }), () => {})
    t.teardown(() => other.end())
    const past = Math.floor(Date.now() / 1000) - 5
    await other.query('BEGIN')
    await other.query(`UPDATE ${place.schema}.users SET expires_at = $1`, [past])
    await other.query(`INSERT INTO ${place.schema}.events (kind, uid, until) VALUES ('account', $1, $2)`, [
      user.uid,
      past + hour
    ])
    const page = await first.findRevocations()
    t.same(page?.revocations, [])
    await other.query('COMMIT')
    const next = await first.findRevocations(page?.cursor)
    t.same(next?.revocations, [{ uid: user.uid, ended: true }])
    t.same((await first.findRevocations(next?.cursor))?.revocations, [])
  })

  t.test('a cursor counts for nothing once the server was started again', async (t) => {
    const restarted = await startPostgres(t)
    const place = await createSchema(t, restarted.url())
    const store = await openStoreOf(t, place)
    await store.revokeKey('a')
    const page = await store.findRevocations()
    t.match(await store.findRevocations(page?.cursor), { revocations: [] })
    await restarted.stop()
    await restarted.start()
    t.equal(await store.findRevocations(page?.cursor), undefined)
    t.match(await store.findRevocations(), { revocations: [{ kid: 'a' }] })
  })

  t.test('a reader of a restored dump is told of its revocations once', async (t) => {
    const place = await createSchema(t, server.url())
    const before = await openStoreOf(t, place)
    await before.revokeKey('a')
    const cursor = (await before.findRevocations())?.cursor
    // As of a server that has run more transactions.
    await queryOnce(place.url, `UPDATE ${place.schema}.events SET xid = '4000000000'`)
    const [one, other] = await Promise.all([openStoreOf(t, place), openStoreOf(t, place)])
    const page = await one.findRevocations(cursor)
    t.same(page?.revocations, [{ kid: 'a' }])
    t.same((await other.findRevocations(page?.cursor))?.revocations, [])
    const all = await one.findRevocations()
    t.same(all?.revocations, [{ kid: 'a' }])
    t.same((await other.findRevocations(all?.cursor))?.revocations, [])
  })

  t.test('an instance whose connection for changes was ended hears of them again', async (t) => {
    const { place, first, second } = await openTwo(t, server)
    for (let round = 0; round < 3; round += 1) {
      const issued = await issue(first)
      await remember(second, issued.token)
      await queryOnce(
        place.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_current_snapshot%' AND pid <> pg_backend_pid()`
      )
      await first.revokeToken({ jti: issued.token.jti, exp: Math.ceil(Date.now() / 1000) + hour })
      t.ok((await untilRefused(second, issued.token)) <= maxStale)
    }
  })

  t.test('an instance to which no notification comes says so, and looks for changes', async (t) => {
    const place = await createSchema(t, server.url())
    const first = await openStoreOf(t, place)
    const warnings: string[] = []
    const second = await openStoreOf(t, place, {
      maxStale: 60_000,
      warn: (_error, message) => warnings.push(message),
      async connect(failed) {
        const client = await connect(connectionOptions({ url: place.url, source: 'the test' }), failed)
        // As behind a pooler, which forgets who listens.
        const on = client.on.bind(client) as (...args: unknown[]) => typeof client
        client.on = (...args: unknown[]) => (args[0] === 'notification' ? client : on(...args))
        return client
      }
    })
    while (warnings.length === 0) await delay(10)
    t.match(warnings, [/no notification .* POSTERN_DATABASE_DIRECT_URL/])
    const { token } = await issue(first)
    await remember(second, token)
    await first.revokeToken({ jti: token.jti, exp: Math.ceil(Date.now() / 1000) + hour })
    t.ok((await untilRefused(second, token)) <= 1000)
  })

  t.test('without a cache each call reads the database', async (t) => {
    const { first, second, proxy } = await openTwo(t, server, { maxStale: 0 })
    const issued = await issue(first)
    for (let round = 0; round < 3; round += 1) {
      const state = second.findTokenState(issued.token)
      t.ok(state instanceof Promise)
      t.equal(isGood(issued.token, await state), true)
    }
    await first.endSession(issued.sessionId)
    t.equal((await second.findTokenState(issued.token)).isSessionLiving, false)
    proxy.blackHole()
    await t.rejects(Promise.resolve(second.findTokenState(issued.token)), { name: 'StoreUnavailableError' })
  })
})

/** Whether a store takes a token, as soon as it can tell. */
async function answerOf(store: Store, token: TokenReference): Promise<boolean> {
  for (;;) {
    try {
      return isGood(token, await store.findTokenState(token))
    } catch {
      await delay(10)
    }
  }
}
