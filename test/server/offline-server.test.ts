import { readdirSync } from 'node:fs'
import t from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { createOfflineServer, createServer, start } from '../../src/server/server.js'
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

t.test('a service for a command warns of nothing that is the business of the one that serves', async (t) => {
  const folder = temporaryFolder(t)
  const environment = {
    ...cheap,
    POSTERN_STORE: 'file',
    POSTERN_DATA_DIR: folder,
    POSTERN_PORT: '0',
    POSTERN_LOG_LEVEL: 'warn'
  }
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  const options = { environment, clock: createClock(), config: loadConfig(environment) }
  const first = createServer(options, stream)
  await first.ready()
  await first.accounts.ensureUser({ name: 'alice', password: 'wonderland' })
  const alice = await first.store.findUserByName('alice')
  if (alice === undefined) throw new Error('there is no alice')
  await first.store.replaceUser(alice, { ...alice, claims: { scope: 'of an earlier release' } })
  await first.close()

  const written = t.capture(process.stderr, 'write', process.stderr.write)
  const offline = await createOfflineServer(options)
  await offline.close()
  t.same(
    written().filter(({ args }) => /claims of their own/.test(String(args[0]))),
    []
  )
  const served = createServer(options, stream)
  await served.ready()
  await served.close()
  t.match(lines.join(''), 'accounts have claims of their own')
})
