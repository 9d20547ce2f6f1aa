import t, { type Test } from 'tap'
import type { Database } from '../../../src/store/postgres/database.js'
import { startExpiry } from '../../../src/store/postgres/expiry.js'
import { createSessionTable } from '../../../src/store/postgres/sessions.js'
import { createClock } from '../../support/helper.js'
import { type PostgresServer, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { createSchema, openSchema, openStoreOf } from '../../support/postgres-stores.js'
import { createBrowserSession, createSession, createUser, hour, limits, now } from '../../support/records.js'

/** A database with so many expired rows of each kind, and one of each that has not expired. */
async function openFilled(t: Test, server: PostgresServer, count: number): Promise<Database> {
  const place = await createSchema(t, server.url())
  const database = openSchema(t, place)
  const { table } = database
  const store = await openStoreOf(t, place, { clock: () => now * 1000 })
  for (const exp of [now, now + hour]) {
    for (let index = 0; index < (exp === now ? 3 : 1); index += 1) {
      await store.createSession(createSession(createUser('alice'), { exp }), limits)
      await store.createSession(createBrowserSession(createUser('alice'), { exp }), limits)
    }
  }
  const [expired, current] = [`${now}, generate_series(1, ${count})`, `${now + hour}, 0`]
  for (const [exp, end] of [
    [expired, '-'],
    [current, '+']
  ]) {
    await database.query(
      `INSERT INTO ${table('revoked_tokens')} SELECT n || '${end}', e FROM (SELECT ${exp}) r (e, n)`
    )
    await database.query(
      `INSERT INTO ${table('events')} (kind, kid, until) SELECT 'key', n, e FROM (SELECT ${exp}) r (e, n)`
    )
    await database.query(
      `INSERT INTO ${table('invitations')} (id, digest, expires_at, record)
       SELECT n || '${end}', '', e, '{}' FROM (SELECT ${exp}) r (e, n)`
    )
  }
  await database.query(
    `INSERT INTO ${table('failure_counts')} VALUES ('name', 'old', 1, now()), ('name', 'new', 1, now() + interval '1 hour')`
  )
  await database.query(
    `INSERT INTO ${table('pauses')} VALUES ('old', now()), ('new', now() + interval '1 hour')`
  )
  return database
}

async function countRows({ query, table }: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of [
    'revoked_tokens',
    'events',
    'invitations',
    'sessions',
    'browser_sessions',
    'failure_counts',
    'pauses'
  ]) {
    const [row] = await query<{ count: number }>(`SELECT count(*) AS count FROM ${table(name)}`)
    counts[name] = row?.count ?? 0
  }
  return counts
}

const noWarning = (error: unknown) => {
  throw error
}

t.test('expired rows are removed', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  t.test('all of them, by instances that do not get in each other’s way', async (t) => {
    const database = await openFilled(t, server, 350)
    const sessions = createSessionTable(database)
    const options = { database, sessions, cautiousNow: () => now, warn: noWarning }
    const instances = [startExpiry(options), startExpiry(options), startExpiry(options)]
    t.teardown(() => Promise.all(instances.map((one) => one.close())))
    await Promise.all(instances.map((one) => one.sweep()))
    for (const { sweep } of instances) await sweep()
    t.same(await countRows(database), {
      revoked_tokens: 1,
      events: 1,
      invitations: 1,
      sessions: 1,
      browser_sessions: 1,
      failure_counts: 1,
      pauses: 1
    })
    t.same([await sessions.count(database, undefined), await sessions.count(database, 'browser')], [1, 1])
  })

  t.test(
    'a revocation is in force until its token has expired by the slowest clock of an instance',
    async (t) => {
      const clock = createClock()
      const place = await createSchema(t, server.url())
      const store = await openStoreOf(t, place, { clock, uptime: clock.uptime })
      const revoked = { jti: 'revoked', exp: now + 2 * hour }
      const reference = { uid: createUser('alice').uid, gen: 0, jti: revoked.jti, sessionId: undefined }
      const inForce = async () => [
        await store.isTokenRevoked(revoked.jti),
        (await store.findTokenState(reference)).isRevoked,
        (await store.findRevocations())?.revocations.length
      ]
      await store.revokeToken(revoked)
      // As fast as a clock may be, compared with that of another instance.
      clock.advance(2 * hour + 59)
      t.same(await inForce(), [true, true, 1])
      clock.advance(1)
      t.same(await inForce(), [false, false, 0])
    }
  )

  t.test('a revocation lasts as long as the tokens of an instance that started later', async (t) => {
    const clock = () => now * 1000
    const place = await createSchema(t, server.url())
    const store = await openStoreOf(t, place, { clock, accessTokenTtl: hour })
    await openStoreOf(t, place, { clock, accessTokenTtl: 9 * hour })
    const alice = createUser('alice')
    await store.createUser(alice)
    await store.replaceUser(alice, { ...alice, gen: 1 })
    const { revocations = [] } = await store.dump()
    t.match([...revocations], [{ until: now + 9 * hour }])
  })

  t.test('none while the clock of this instance may be wrong, nor while another one is at it', async (t) => {
    const database = await openFilled(t, server, 3)
    const sessions = createSessionTable(database)
    const before = await countRows(database)
    const wary = startExpiry({ database, sessions, cautiousNow: () => 0, warn: noWarning })
    const bold = startExpiry({ database, sessions, cautiousNow: () => now, warn: noWarning })
    t.teardown(() => Promise.all([wary.close(), bold.close()]))
    await wary.sweep()
    const { failure_counts: _, pauses: __, ...kept } = before
    t.match(await countRows(database), kept)
    await database.transaction(async (transaction) => {
      await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `${database.table('')} expiry`
      ])
      await bold.sweep()
    })
    t.match(await countRows(database), kept)
    await bold.sweep()
    t.equal((await countRows(database)).revoked_tokens, 1)
  })
})
