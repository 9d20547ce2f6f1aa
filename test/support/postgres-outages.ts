import { setTimeout as after } from 'node:timers/promises'
import type { Instance } from './postgres-instances.js'
import type { PostgresServer } from './postgres-server.js'
import { call } from './process.js'

/** What an instance answers without its database. */
export const independentPaths = [
  '/health/live',
  '/version',
  '/pubkey',
  '/.well-known/jwks.json',
  '/.well-known/oauth-authorization-server'
]

/** Asks running instances for what needs no database until it is over. Returns what was not answered 200. */
export async function watchIndependent(
  instances: readonly Instance[],
  isOver: () => boolean
): Promise<string[]> {
  const refused: string[] = []
  while (!isOver()) {
    for (const instance of instances) {
      for (const path of independentPaths) {
        if (!instance.isListening) break
        const answer = await call(instance.url + path, 'GET', {}).catch(() => undefined)
        // It may have been killed meanwhile.
        if (answer?.status !== 200 && instance.isListening) refused.push(`${path}: ${answer?.status}`)
      }
    }
    await after(50)
  }
  return refused
}

let probes = 0

/** Waits until each instance makes changes again. Returns the milliseconds that the last one took. */
export async function recovery(instances: readonly Instance[]): Promise<number> {
  const began = performance.now()
  const durations = instances.map(async ({ url }) => {
    for (;;) {
      probes += 1
      const values = { user: `probe-${process.pid}-${probes}`, pass: 'wonderland' }
      const answer = await call(`${url}/user`, 'POST', values).catch(() => undefined)
      if (answer?.status === 201) return performance.now() - began
      await after(20)
    }
  })
  return Math.max(...(await Promise.all(durations)))
}

/** The connections of the clients of a database, by what they are doing. */
export async function connectionsOf(
  server: PostgresServer,
  database: string
): Promise<{ state: string; count: number }[]> {
  return await server.query(
    `SELECT coalesce(state, 'starting') AS state, count(*)::int FROM pg_stat_activity
     WHERE datname = '${database}' AND pid <> pg_backend_pid() GROUP BY 1`
  )
}

/** Ends all connections of the clients of a database. */
export async function terminateConnections(server: PostgresServer, database: string): Promise<void> {
  await server.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = '${database}' AND pid <> pg_backend_pid()`
  )
}
