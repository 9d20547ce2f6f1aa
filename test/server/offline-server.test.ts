import { readdirSync } from 'node:fs'
import t from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { createOfflineServer, start } from '../../src/server/server.js'
import { cheap, createClock, storedNames, temporaryFolder } from '../support/helper.js'

t.test('a service for a command takes each request for the operator, and listens nowhere', async (t) => {
  const folder = temporaryFolder(t)
  const environment = {
    ...cheap,
    POSTERN_STORE: 'file',
    POSTERN_DATA_DIR: folder,
    POSTERN_PORT: '0',
    POSTERN_LOG_LEVEL: 'silent'
  }
  const clock = createClock()
  const options = { environment, clock, config: loadConfig(environment) }

  const app = await createOfflineServer(options)
  t.teardown(() => app.close())
  const payload = { name: 'ci', scopes: ['all'] }
  t.equal((await app.inject({ method: 'POST', url: '/admin/api-keys', payload })).statusCode, 201)
  t.notOk(app.server.listening)
  t.notOk(readdirSync(folder).includes('postern.sock'))
  await t.rejects(start(options), { name: 'StartupError', exitCode: 4 }, 'it has the lock of the folder')
  await app.close()

  const served = await start(options)
  t.teardown(() => served.close())
  t.equal((await served.store.listApiKeys()).length, 1)
  await t.rejects(createOfflineServer(options), { name: 'StartupError', exitCode: 4 })
  t.same(
    storedNames(folder).filter((name) => name.endsWith('.json')),
    ['keys.json', 'users.json']
  )
})
