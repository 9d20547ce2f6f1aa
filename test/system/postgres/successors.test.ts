import { spawnSync } from 'node:child_process'
import t, { type Test } from 'tap'
import { type CheckedToken, check, checkUntil, createCheckedToken } from '../../support/checked-tokens.js'
import { type ProxiedInstance, startProxiedInstance } from '../../support/postgres-instances.js'
import { recovery } from '../../support/postgres-outages.js'
import {
  type PostgresServer,
  postgresProgram,
  skipWithoutPostgres,
  startPostgres,
  startStandby
} from '../../support/postgres-server.js'

// In milliseconds, from the moment at which the address leads to the new server.
const recoveryBound = 2000

const client = 'feed:a-long-long-secret'

/** Two instances, whose way to the database can be led to another server. */
function startTwo(t: Test, url: string): Promise<[ProxiedInstance, ProxiedInstance]> {
  const start = () => startProxiedInstance(t, url, { POSTERN_OAUTH_CLIENTS: client })
  return Promise.all([start(), start()])
}

/** Leads the instances to another server, as a name that has been changed does, and waits until they make changes. */
async function follow(instances: readonly ProxiedInstance[], server: PostgresServer): Promise<number> {
  for (const { proxy } of instances) {
    proxy.lead(server.port)
    proxy.cut()
  }
  return await recovery(instances.map(({ instance }) => instance))
}

interface FeedAnswer {
  readonly status: number
  readonly cursor: string
  readonly entries: readonly object[]
}

async function readFeed({ instance }: ProxiedInstance, cursor?: string): Promise<FeedAnswer> {
  const question = new URLSearchParams({ wait: '5', ...(cursor !== undefined && { cursor }) })
  const authorization = `Basic ${Buffer.from(client).toString('base64')}`
  const response = await fetch(`${instance.url}/revocations?${question}`, { headers: { authorization } })
  const body = (await response.json()) as Omit<FeedAnswer, 'status'>
  return { status: response.status, ...body }
}

/** Requires that both instances know what was acknowledged before, and that the next revocation reaches the other one. */
async function requireContinuity(
  t: Test,
  instances: readonly [ProxiedInstance, ProxiedInstance],
  { good, ended, cursor }: { good: CheckedToken; ended: CheckedToken; cursor: string }
): Promise<void> {
  const [, other] = instances
  for (const { instance } of instances) {
    t.equal((await check(instance.url, good)).status, 200, 'a token is good')
    t.equal((await check(instance.url, ended)).status, 400, 'one that was ended is not')
  }
  t.equal((await readFeed(other, cursor)).status, 410, 'a cursor of before counts for nothing')
  const all = await readFeed(other)
  t.equal(all.entries.length, 1, 'all that is in force is the one revocation')
  const asked = readFeed(other, all.cursor)
  await good.end()
  await checkUntil(other.instance.url, good, 400)
  t.equal((await asked).entries.length, 1, 'and the next one is told')
  await createCheckedToken(other.instance.url)
}

t.test(
  'instances go on with the server that takes the place of theirs',
  { skip: skipWithoutPostgres },
  async (t) => {
    t.test('one into which a dump was restored', async (t) => {
      const [server, successor] = await Promise.all([startPostgres(t), startPostgres(t)])
      const url = await server.createDatabase('service')
      const instances = await startTwo(t, url)
      const [{ instance: first }] = instances
      const [good, ended] = [await createCheckedToken(first.url), await createCheckedToken(first.url)]
      const { cursor } = await readFeed(instances[0])
      await pass(server, 2000)
      await ended.end()
      const dump = spawnSync(postgresProgram('pg_dump'), ['--format=custom', url])
      t.equal(dump.status, 0, String(dump.stderr))
      for (const { instance } of instances) await instance.kill()
      await server.stop()
      const target = await successor.createDatabase('service')
      const restored = spawnSync(postgresProgram('pg_restore'), ['--dbname', target], { input: dump.stdout })
      t.equal(restored.status, 0, String(restored.stderr))
      for (const { proxy, instance } of instances) {
        proxy.lead(successor.port)
        await instance.start()
      }
      await requireContinuity(t, instances, { good, ended, cursor })
    })

    t.test('a replica that was promoted, after a crash', async (t) => {
      const server = await startPostgres(t, { fsync: 'on' })
      const url = await server.createDatabase('service')
      const instances = await startTwo(t, url)
      const [{ instance: first }] = instances
      const [good, ended] = [await createCheckedToken(first.url), await createCheckedToken(first.url)]
      const { cursor } = await readFeed(instances[0])
      const standby = await startStandby(t, server)
      await server.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
      await server.query('SELECT pg_reload_conf()')
      await untilSynchronous(server)
      await ended.end()
      await server.stop('SIGKILL')
      await standby.query('SELECT pg_promote()')
      const duration = await follow(instances, standby)
      t.ok(duration <= recoveryBound, `${Math.round(duration)} ms`)
      await requireContinuity(t, instances, { good, ended, cursor })
    })
  }
)

/** Runs so many transactions: for a server that has run fewer, the events of this one are of the future. */
async function pass(server: PostgresServer, transactions: number): Promise<void> {
  await server.query(
    `DO $$ BEGIN FOR number IN 1..${transactions} LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$`
  )
}

/** Waits until each commit waits for the standby: what is acknowledged from then on outlives the server. */
async function untilSynchronous(server: PostgresServer): Promise<void> {
  for (;;) {
    const [row] = await server.query<{ state: string }>('SELECT sync_state AS state FROM pg_stat_replication')
    if (row?.state === 'sync') return
  }
}
