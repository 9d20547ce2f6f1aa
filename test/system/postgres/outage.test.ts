import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createAsk } from '../../support/ask.js'
import { cannotMount, mount } from '../../support/mounts.js'
import { type Instance, startInstance, startProxiedInstance } from '../../support/postgres-instances.js'
import {
  connectionsOf,
  independentPaths,
  recovery,
  terminateConnections,
  watchIndependent
} from '../../support/postgres-outages.js'
import { type PostgresServer, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { call } from '../../support/process.js'
import { load } from '../../support/service-model.js'
import type { LoadResult } from '../../support/witness.js'

// In milliseconds.
const maxStale = 1000
const answerBound = 2000
const recoveryBound = 2000

// Each instance has a pool of 10, and listens on one more.
const connectionsEach = 11

// The server would lose what it has acknowledged: that it does not is up to the transactions.
const careless = { synchronous_commit: 'off', wal_writer_delay: '10s', max_connections: '60' }

/** A load on instances while something happens to their database. */
async function disturb(
  t: Test,
  instances: readonly Instance[],
  disturbance: () => Promise<void>
): Promise<LoadResult> {
  let isOver = false
  const isDone = () => isOver
  const urls = instances.map(({ url }) => url)
  const ask = createAsk(() => urls[Math.floor(Math.random() * urls.length)] as string)
  const [result, refused] = await Promise.all([
    load({ ask, maxStale, isOver: isDone }),
    watchIndependent(instances, isDone),
    disturbance().finally(() => {
      isOver = true
    })
  ])
  const { calls, violations, ...counts } = result
  t.comment(JSON.stringify({ calls: Object.values(calls).reduce((sum, count) => sum + count), ...counts }))
  t.same(violations, [], 'no answer contradicts what was acknowledged, and none is 5xx but 503')
  t.same(refused, [], 'what needs no database is there')
  t.ok(instances.every(({ isRunning }) => isRunning))
  for (const { program } of instances) t.notMatch(program.stderr, /uncaught|unhandled/i)
  return result
}

async function requireNoLeak(t: Test, server: PostgresServer, database: string, instances: number) {
  const connections = await connectionsOf(server, database)
  const count = connections.reduce((sum, { count }) => sum + count, 0)
  t.ok(count > 0 && count <= instances * connectionsEach, `${count} connections`)
}

/** Waits until no connection is within a transaction, as none is once all calls are answered. */
async function untilIdle(server: PostgresServer, database: string): Promise<void> {
  while ((await connectionsOf(server, database)).some(({ state }) => state !== 'idle')) await after(50)
}

t.test('the program outlives its database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t, careless)

  async function startTwo(name: string) {
    const url = await server.createDatabase(name)
    return await Promise.all([startInstance(t, url), startInstance(t, url)])
  }

  t.test('a server that is killed 20 times under load loses nothing that was acknowledged', async (t) => {
    const instances = await startTwo('killed')
    const recoveries: number[] = []
    const { unavailable } = await disturb(t, instances, async () => {
      for (let round = 0; round < 20; round += 1) {
        await after(200 + Math.random() * 400)
        await server.stop('SIGKILL')
        await server.start()
        recoveries.push(Math.round(await recovery(instances)))
      }
    })
    t.comment(`recovered after ${recoveries.join(', ')} ms`)
    t.ok(unavailable > 0)
    t.ok(Math.max(...recoveries) <= recoveryBound)
    await untilIdle(server, 'killed')
    await requireNoLeak(t, server, 'killed', instances.length)
  })

  t.test('connections that are ended each second lose nothing that was acknowledged', async (t) => {
    const instances = await startTwo('ended')
    await disturb(t, instances, async () => {
      for (let round = 0; round < 8; round += 1) {
        await after(1000)
        await terminateConnections(server, 'ended')
      }
    })
    t.ok((await recovery(instances)) <= recoveryBound)
    await untilIdle(server, 'ended')
    await requireNoLeak(t, server, 'ended', instances.length)
  })

  for (const way of ['stopped', 'unreachable'] as const) {
    t.test(`while the server is ${way}, what needs it is refused soon, and nothing else`, async (t) => {
      const url = await server.createDatabase(way)
      const { instance, proxy } = await startProxiedInstance(t, url, {
        POSTERN_OAUTH_CLIENTS: 'api:a-long-long-secret'
      })
      const account = { user: 'alice', pass: 'wonderland' }
      const at = (path: string) => instance.url + path
      await call(at('/user'), 'POST', account)
      const { body: token } = await call(at('/token'), 'GET', account)
      if (way === 'stopped') await server.stop()
      else proxy.blackHole()
      // What is remembered may be answered until then.
      await after(maxStale)
      const needing: [method: string, path: string, values: Record<string, string>, token?: string][] = [
        ['GET', '/token', account],
        ['GET', '/check', { access_token: token }],
        ['POST', '/user', { user: 'bob', pass: 'wonderland' }],
        ['PATCH', '/user', { pass: 'wonderland' }, token],
        ['DELETE', '/refresh_tokens', {}, token],
        ['POST', '/oauth/introspect', { token, client_id: 'api', client_secret: 'a-long-long-secret' }]
      ]
      for (let round = 0; round < 3; round += 1) {
        const [control, ...answers] = await Promise.all([
          timed(instance, '/version', 'GET', {}),
          ...needing.map(([method, path, values, bearer]) => timed(instance, path, method, values, bearer))
        ])
        t.same(
          answers.map(({ status }) => status),
          needing.map(() => 503)
        )
        for (const { retryAfter } of answers) t.ok(Number(retryAfter) >= 1 && Number(retryAfter) <= 2)
        const longest = Math.max(...answers.map(({ milliseconds }) => milliseconds))
        // The control needs no database, so that its time is that of a busy machine.
        t.ok(longest - control.milliseconds <= answerBound, `${Math.round(longest)} ms`)
        const free = await Promise.all(independentPaths.map((path) => call(at(path), 'GET', {})))
        t.same(
          free.map(({ status }) => status),
          independentPaths.map(() => 200)
        )
      }
      const ready = await call(at('/health/ready'), 'GET', {})
      t.equal(ready.status, 503)
      t.match(ready.body, /store/)
      if (way === 'stopped') await server.start()
      else proxy.heal()
      t.ok((await recovery([instance])) <= recoveryBound)
      t.equal((await call(at('/check'), 'GET', { access_token: token })).status, 200)
      await untilIdle(server, way)
      await requireNoLeak(t, server, way, 1)
    })
  }
})

const skipFullDisk = skipWithoutPostgres || cannotMount('cluster')
t.test(
  'a server whose disk is full loses nothing that was acknowledged',
  { skip: skipFullDisk },
  async (t) => {
    const mounts = await mount(t, 'cluster')
    const sizes = { min_wal_size: '2MB', max_wal_size: '4MB', max_connections: '60' }
    const server = await startPostgres(t, sizes, mounts)
    const url = await server.createDatabase('full')
    const instances = await Promise.all([startInstance(t, url), startInstance(t, url)])
    const { unavailable } = await disturb(t, instances, async () => {
      for (let round = 0; round < 3; round += 1) {
        await after(500)
        const filler = `${mounts.disk}/filler`
        // It says that there is no more room, as it should.
        t.throws(() => mounts.run('dd', 'if=/dev/zero', `of=${filler}`, 'bs=64k'), /No space left/)
        for (let number = 0; (await trySignUp(instances, `filling-${round}-${number}`)) === 201; number += 1);
        await after(1000)
        mounts.run('rm', filler)
        // It ends when it cannot write its log; whoever runs it starts it again.
        if (!(await answers(server))) {
          await server.stop()
          await server.start()
        }
        t.ok((await recovery(instances)) <= recoveryBound)
      }
    })
    t.ok(unavailable > 0)
  }
)

async function trySignUp(instances: readonly Instance[], user: string): Promise<number> {
  const pass = 'wonderland'
  const { status } = await call(`${instances[0]?.url}/user`, 'POST', { user, pass })
  return status
}

async function answers(server: PostgresServer): Promise<boolean> {
  return await server.query('SELECT 1').then(
    () => true,
    () => false
  )
}

/** The answer to a call, and how long it took. */
async function timed(
  { url }: Instance,
  path: string,
  method: string,
  values: Record<string, string>,
  token?: string
) {
  const began = performance.now()
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const form = new URLSearchParams(values)
  const response = await (method === 'GET'
    ? fetch(`${url}${path}?${form}`, { headers })
    : fetch(url + path, { method, headers, body: form }))
  await response.text()
  const retryAfter = response.headers.get('retry-after')
  return { status: response.status, retryAfter, milliseconds: performance.now() - began }
}
