import { connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Refusal } from '../../../src/errors/refusals.js'
import { type Database, openDatabase } from '../../../src/store/postgres/database.js'
import { violatedConstraint } from '../../../src/store/postgres/database-errors.js'
import { type PostgresServer, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

const unavailable = { name: 'StoreUnavailableError', headers: { 'retry-after': '1' } }

function open(t: Test, url: string, connections = 10): Database {
  const database = openDatabase({ url, source: 'the test', schema: 'public', connections })
  t.teardown(() => database.close())
  return database
}

async function openEmpty(t: Test, server: PostgresServer, name: string): Promise<Database> {
  const database = open(t, await server.createDatabase(name))
  await server.query('CREATE TABLE rows (id integer PRIMARY KEY)', name)
  return database
}

/** A promise that the test resolves. */
function createSignal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

/** A way to a server that can be made to lose whatever is sent on it. */
async function startBlackHole(t: Test, port: number) {
  let isCut = false
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near]
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        if (!isCut) to.destroy()
      })
      from.on('data', (data) => isCut || to.write(data))
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('a server on TCP has a port')
  return {
    port: address.port,
    cut: () => {
      isCut = true
    },
    mend: () => {
      isCut = false
    },
    count: () => sockets.size / 2
  }
}

t.test('the database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  t.test('a transaction is committed as a whole, or leaves nothing', async (t) => {
    const database = await openEmpty(t, server, 'whole')
    const refusal = new Refusal('UserAlreadyExistsError')
    await t.rejects(
      database.transaction(async (transaction) => {
        await transaction.query(`INSERT INTO ${database.table('rows')} VALUES ($1)`, [1])
        throw refusal
      }),
      refusal
    )
    await database.transaction(async ({ query }) => {
      await query('INSERT INTO public.rows VALUES ($1)', [2])
      t.same(await query('SHOW synchronous_commit'), [{ synchronous_commit: 'on' }])
    })
    t.same(await database.query('SELECT id FROM public.rows'), [{ id: 2 }])
    const [again] = await Promise.allSettled([
      database.transaction(({ query }) => query('INSERT INTO public.rows VALUES (2)'))
    ])
    t.equal(violatedConstraint(again?.status === 'rejected' && again.reason), 'rows_pkey')
  })

  t.test('a transaction whose work has caught the error of a statement is no success', async (t) => {
    const database = await openEmpty(t, server, 'caught')
    await t.rejects(
      database.transaction(async ({ query }) => {
        await query('INSERT INTO public.rows VALUES (1)')
        await query('SELECT nothing FROM public.rows').catch(() => {})
      }),
      unavailable
    )
    t.same(await database.query('SELECT id FROM public.rows'), [])
  })

  t.test('of transactions that lock each other out, each is run again until it succeeds', async (t) => {
    const database = await openEmpty(t, server, 'deadlock')
    await database.transaction(({ query }) => query('INSERT INTO public.rows VALUES (1), (2)'))
    await server.query("ALTER DATABASE deadlock SET deadlock_timeout = '20ms'")
    const both = createSignal()
    let locked = 0
    const lockBoth = (first: number, second: number) =>
      database.transaction(async ({ query }) => {
        await query('SELECT FROM public.rows WHERE id = $1 FOR UPDATE', [first])
        locked += 1
        if (locked === 2) both.give()
        await both.given
        await query('SELECT FROM public.rows WHERE id = $1 FOR UPDATE', [second])
      })
    await Promise.all([lockBoth(1, 2), lockBoth(2, 1)])
    t.equal(locked, 3, 'one of them twice')
  })

  t.test('a call waits neither for a lock nor for a connection any longer than its deadline', async (t) => {
    const database = open(t, await server.createDatabase('slow'), 1)
    const begun = performance.now()
    const results = await Promise.allSettled([
      database.query('SELECT pg_sleep(30)'),
      database.query('SELECT 1'),
      database.transaction(({ query }) => query('SELECT 1'))
    ])
    t.ok(performance.now() - begun < 2000)
    for (const result of results) t.match(result, { status: 'rejected', reason: unavailable })
    t.same(await database.query('SELECT 1 AS one'), [{ one: 1 }], 'the next call gets another connection')
  })

  t.test('a server process that is killed at rest or at work fails its call, and nothing else', async (t) => {
    const database = open(t, await server.createDatabase('killed'))
    const kill = () =>
      server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'killed'")
    await database.query('SELECT 1')
    await kill()
    const started = createSignal()
    const work = database.transaction(async ({ query }) => {
      await query('SELECT 1')
      started.give()
      await query('SELECT pg_sleep(30)')
    })
    const refused = t.rejects(work, unavailable)
    await started.given
    await kill()
    await refused
    t.same(await database.query('SELECT 1 AS one'), [{ one: 1 }])
  })

  t.test('a lock that is not to be had costs no other connection', async (t) => {
    const database = await openEmpty(t, server, 'locked')
    const pids = async () => {
      const rows = await Promise.all(
        Array.from({ length: 3 }, () =>
          database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid FROM pg_sleep(0.2)')
        )
      )
      return new Set(rows.map(([row]) => row?.pid))
    }
    const before = await pids()
    await database.transaction(async ({ query }) => {
      await query('LOCK TABLE public.rows')
      await t.rejects(
        database.transaction(({ query }) => query('LOCK TABLE public.rows NOWAIT')),
        unavailable
      )
    })
    t.same(await pids(), before)
  })

  t.test('a commit that is not answered is no success', async (t) => {
    await server.createDatabase('unanswered')
    await server.query('CREATE TABLE rows (id integer PRIMARY KEY)', 'unanswered')
    const hole = await startBlackHole(t, server.port)
    const database = open(t, `postgres://postgres@127.0.0.1:${hole.port}/unanswered`)
    await t.rejects(
      database.transaction(async ({ query }) => {
        await query('INSERT INTO public.rows VALUES (1)')
        hole.cut()
      }),
      { ...unavailable, message: /not known/ }
    )
  })

  t.test('after a cut without a word the next call after its end succeeds', async (t) => {
    await server.createDatabase('cut')
    const hole = await startBlackHole(t, server.port)
    const database = open(t, `postgres://postgres@127.0.0.1:${hole.port}/cut`)
    const many = () => Promise.allSettled(Array.from({ length: 10 }, () => database.query('SELECT 1')))
    await many()
    hole.cut()
    await t.rejects(database.query('SELECT 1'), unavailable)
    await t.rejects(database.query('SELECT 1'), unavailable, 'nor is there a new connection')
    hole.mend()
    for (const { status } of await many()) t.equal(status, 'fulfilled')
  })

  t.test('a server that follows another one is not used', async (t) => {
    const follower = await startPostgres(t)
    await follower.stop()
    follower.follow()
    await follower.start()
    const database = open(t, follower.url())
    await t.rejects(database.query('SELECT 1'), unavailable)
  })
})
