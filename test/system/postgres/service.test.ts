import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Environment } from '../../../src/config/environment.js'
import { createServer } from '../../../src/server/server.js'
import { cheap, send, signIn, signUp, temporaryFolder } from '../../support/helper.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

const storageKey = randomBytes(32).toString('base64')

/** An instance by the clock of this machine, which is that of the database; closed after the test. */
async function startInstance(t: Test, environment: Environment, clock = Date.now) {
  const log: string[] = []
  const app = createServer(
    { environment: { ...cheap, ...environment }, clock },
    { write: (line) => log.push(line) }
  )
  t.teardown(() => app.close())
  await app.ready()
  return { app, log }
}

t.test('the service on a database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  const settingsOf = async (name: string) => ({
    POSTERN_STORE: '',
    POSTERN_DATA_DIR: temporaryFolder(t),
    POSTERN_DATABASE_URL: await server.createDatabase(name),
    POSTERN_STORAGE_KEY: storageKey
  })

  t.test('two instances on one database are one service', async (t) => {
    const settings = await settingsOf('two')
    const [one, other] = await Promise.all([startInstance(t, settings), startInstance(t, settings)])
    const token = await signUp(one.app)
    const headers = { authorization: `Bearer ${token}` }
    t.equal((await send(other.app, 'GET', '/check', {}, { headers })).statusCode, 200, 'there is one key')
    const tokenThere = await signIn(other.app)
    t.equal(
      (await send(one.app, 'GET', '/check', {}, { headers: { authorization: `Bearer ${tokenThere}` } }))
        .statusCode,
      200
    )
  })
})
