// A soak: three instances behind nginx on one database, with a model that judges every answer, while one thing after the other
// happens to them. Run by hand for longer than the test does: node build/test/support/postgres-soak.js --minutes 5
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import t, { type Test } from 'tap'
import { createAsk } from './ask.js'
import { pickFrom } from './chance.js'
import { freePort } from './free-port.js'
import { startNginx } from './nginx.js'
import { type ProxiedInstance, startProxiedInstance } from './postgres-instances.js'
import { connectionsOf, recovery, terminateConnections, watchIndependent } from './postgres-outages.js'
import { type PostgresServer, startPostgres } from './postgres-server.js'
import { readiness } from './process.js'
import { load } from './service-model.js'
import type { LoadResult } from './witness.js'

/** The counts of a soak. */
export interface PostgresSoakResult extends LoadResult {
  /** The milliseconds after which all instances made changes again, of each time that a thing has happened. */
  readonly recoveries: Readonly<Record<string, readonly number[]>>
  /** The answers without the database that were not 200. */
  readonly refused: readonly string[]
  /** The instances that have ended by themselves. */
  readonly ended: number
  /** The connections of all instances, at the end. */
  readonly connections: number
}

const maxStale = 1000
const database = 'soaked'

// In milliseconds.
const frozenFor = 3000
const unreachableFor = 2500

type Mishap = (server: PostgresServer, victim: ProxiedInstance) => Promise<void>

/** All that happens. Each is over when it resolves. */
const mishaps: Readonly<Record<string, Mishap>> = {
  async 'instance killed'(_, { instance }) {
    await instance.kill()
    await after(200)
    await instance.start()
    await readiness(instance.url)
  },

  async 'instance frozen'(_, { instance }) {
    instance.freeze()
    await after(frozenFor)
    instance.thaw()
  },

  async 'database restarted'(server) {
    await server.stop()
    await after(Math.random() * 2000)
    await server.start()
  },

  async 'database killed'(server) {
    await server.stop('SIGKILL')
    await server.start()
  },

  async 'connections cut'(_, { proxy }) {
    proxy.cut()
  },

  async 'connections ended'(server) {
    await terminateConnections(server, database)
  },

  async 'database unreachable'(_, { proxy }) {
    proxy.blackHole()
    await after(unreachableFor)
    proxy.heal()
  }
}

/** Soaks the program for so many milliseconds; each mishap happens in turn, in an order of chance. */
export async function soakPostgres(t: Test, milliseconds: number): Promise<PostgresSoakResult> {
  const server = await startPostgres(t, { synchronous_commit: 'off', wal_writer_delay: '10s' })
  const url = await server.createDatabase(database)
  const three = await Promise.all([1, 2, 3].map(() => startProxiedInstance(t, url)))
  const instances = three.map(({ instance }) => instance)
  const urls = instances.map((instance) => instance.url)
  const nginx = await startNginx(t, await freePort(), urls)
  const addresses = [...urls, nginx, nginx, nginx]
  const deadline = performance.now() + milliseconds
  const isOver = () => performance.now() > deadline
  const recoveries: Record<string, number[]> = {}

  async function disturb(): Promise<void> {
    for (let names: string[] = []; !isOver(); ) {
      if (names.length === 0) names = Object.keys(mishaps).sort(() => Math.random() - 0.5)
      await after(500 + Math.random() * 1000)
      const name = names.pop() as string
      await mishaps[name]?.(server, pickFrom(three) as ProxiedInstance)
      const others = recoveries[name] ?? []
      recoveries[name] = [...others, Math.round(await recovery(instances))]
    }
  }

  const ask = createAsk(() => pickFrom(addresses) as string)
  const [result, refused] = await Promise.all([
    load({ ask, maxStale, isOver, owners: 6, checkers: 6 }),
    watchIndependent(instances, isOver),
    disturb()
  ])
  const connections = await connectionsOf(server, database)
  return {
    ...result,
    recoveries,
    refused,
    ended: instances.filter(({ isRunning }) => !isRunning).length,
    connections: connections.reduce((sum, { count }) => sum + count, 0)
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } })
  t.setTimeout(0)
  t.test('the soak', { timeout: 0 }, async (t) => {
    const result = await soakPostgres(t, Number(values.minutes) * 60_000)
    t.comment(JSON.stringify(result))
    t.same(result.violations, [])
  })
}
