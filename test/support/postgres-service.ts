import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { createServer } from '../../src/server/server.js'
import { cheap } from './helper.js'

/** The service in process by the clock of this machine, which is that of its databases; closed after the test. */
export async function startOnDatabase(t: Test, environment: Environment, clock = Date.now) {
  const log: string[] = []
  const app = createServer(
    { environment: { ...cheap, POSTERN_STORE: '', ...environment }, clock },
    { write: (line) => log.push(line) }
  )
  t.teardown(() => app.close())
  await app.ready()
  return { app, log }
}
