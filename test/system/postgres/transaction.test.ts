import t, { type Test } from 'tap'
import { sendTogether, toMessage } from '../../../src/store/postgres/batch.js'
import { connect, connectionOptions } from '../../../src/store/postgres/connection.js'
import { type Database, openDatabase } from '../../../src/store/postgres/database.js'
import { violatedConstraint } from '../../../src/store/postgres/database-errors.js'
import type { User } from '../../../src/store/store.js'
import { type PostgresServer, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { createSchema, openStoreOf } from '../../support/postgres-stores.js'
import { createSession, createUser, limits, now } from '../../support/records.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

const unavailable = { name: 'StoreUnavailableError', headers: { 'retry-after': '1' } }

/** A database with a table, behind a proxy. */
async function openEmpty(t: Test, server: PostgresServer, name: string) {
  await server.createDatabase(name)
  await server.query('CREATE TABLE rows (id integer PRIMARY KEY)', name)
  const proxy = await startTcpProxy(t, server.port)
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/${name}`
  const database = openDatabase({ url, source: 'the test', schema: 'public', connections: 4 })
  t.teardown(() => database.close())
  const ids = async () => (await server.query<{ id: number }>('TABLE rows', name)).map(({ id }) => id)
  return { proxy, url, database, ids }
}

function insert({ query }: Pick<Database, 'query'>, id: number): Promise<readonly unknown[]> {
  return query('INSERT INTO public.rows VALUES ($1) RETURNING id', [id])
}

/** How often the database was waited for. */
async function questionsOf(proxy: TcpProxy, work: () => Promise<unknown>): Promise<number> {
  const before = proxy.questions
  await work()
  return proxy.questions - before
}

t.test('a transaction', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  t.test(
    'statements that are asked for at once go in one message, the last ones with the commit',
    async (t) => {
      const { proxy, database, ids } = await openEmpty(t, server, 'together')
      await database.query('SELECT')
      const work = () =>
        database.transaction(async (transaction) => {
          transaction.atCommit(() => insert(transaction, 3))
          const both = [
            insert(transaction, 1),
            transaction.query('TABLE public.rows'),
            insert(transaction, 2)
          ]
          t.same(await Promise.all(both), [[{ id: 1 }], [{ id: 1 }], [{ id: 2 }]])
        })
      t.equal(await questionsOf(proxy, work), 2)
      t.same(await ids(), [1, 2, 3])
    }
  )

  t.test('of statements that go together, none is run after one that fails', async (t) => {
    const { database, ids } = await openEmpty(t, server, 'failing')
    const results = await database
      .transaction(async (transaction) => {
        const all = [1, 1, 2].map((id) => insert(transaction, id))
        throw await Promise.allSettled(all)
      })
      .catch((settled: PromiseSettledResult<unknown>[]) => settled)
    t.same(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected']
    )
    t.same(await ids(), [])
    await database.transaction((transaction) => insert(transaction, 3))
    t.same(await ids(), [3], 'the connection is of use again')
  })

  t.test('a statement does not stand by itself if the beginning before it fails', async (t) => {
    const { url, ids } = await openEmpty(t, server, 'beginning')
    const client = await connect(connectionOptions({ url, source: 'the test' }), () => {})
    t.teardown(() => client.end())
    const head = toMessage([{ text: 'BEGIN NONSENSE' }])
    const { results, error } = await sendTogether(client, head, [{ text: 'INSERT INTO rows VALUES (1)' }])
    t.same(results, [])
    t.match(error, { code: '42601' })
    t.same(await ids(), [])
  })

  t.test('a statement that fails beside the commit leaves nothing, and is told as itself', async (t) => {
    const { database, ids } = await openEmpty(t, server, 'beside')
    const [result] = await Promise.allSettled([
      database.transaction(async (transaction) => {
        await insert(transaction, 1)
        transaction.atCommit(() => insert(transaction, 1))
      })
    ])
    t.equal(violatedConstraint(result?.status === 'rejected' && result.reason), 'rows_pkey')
    t.same(await ids(), [])
  })

  t.test('statements beside a commit that is not answered may have happened with it', async (t) => {
    const { proxy, database } = await openEmpty(t, server, 'silent')
    await t.rejects(
      database.transaction(async (transaction) => {
        await insert(transaction, 1)
        transaction.atCommit(() => insert(transaction, 2))
        proxy.blackHole()
      }),
      { ...unavailable, message: /not known/ }
    )
  })

  t.test('the first message may meet a dead connection, whatever goes with it', async (t) => {
    const { proxy, database, ids } = await openEmpty(t, server, 'dead')
    await database.query('SELECT')
    proxy.cut()
    await database.transaction(async (transaction) => transaction.atCommit(() => insert(transaction, 1)))
    t.same(await ids(), [1])
  })

  t.test('a statement after the end of its transaction is refused', async (t) => {
    const { database, ids } = await openEmpty(t, server, 'late')
    const transaction = await database.transaction(async (transaction) => {
      await insert(transaction, 1)
      return transaction
    })
    await t.rejects(insert(transaction, 2), { message: 'the transaction has ended' })
    t.same(await ids(), [1])
  })

  t.test('a change waits for the database as seldom as it can', async (t) => {
    const place = await createSchema(t, server.url())
    const proxy = await startTcpProxy(t, server.port)
    const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`
    const store = await openStoreOf(t, { ...place, url }, { listenTo: place.url })
    const alice = createUser('alice')
    const session = createSession(alice)
    t.equal(await questionsOf(proxy, async () => store.isNameTaken('alice')), 1)
    t.equal(await questionsOf(proxy, () => store.createUser(alice)), 2, 'a sign-up')
    t.equal(await questionsOf(proxy, () => store.createSession(session, limits)), 3, 'the start of a session')
    const rotated = { ...session, exp: now + 9 }
    t.equal(await questionsOf(proxy, () => store.replaceSession(session, rotated)), 2, 'a rotation')
    const token = { jti: 'a', exp: now + 9 }
    t.equal(await questionsOf(proxy, () => store.revokeToken(token)), 2, 'a revocation')
    const changed: User = { ...alice, hash: `${alice.hash}a`, gen: 1 }
    t.equal(await questionsOf(proxy, () => store.replaceUser(alice, changed)), 3, 'a new password')
  })
})
