import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Environment } from '../../../src/config/environment.js'
import { cheap, temporaryFolder } from '../../support/helper.js'
import { type PostgresServer, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { call, Program, serve } from '../../support/process.js'

const storageKey = randomBytes(32).toString('base64')
const alice = { user: 'alice', pass: 'wonderland' }

/** The settings of a service on this database, and the folder in which it works. */
function settingsOf(url: string): Environment {
  return {
    POSTERN_STORE: '',
    POSTERN_LOG_LEVEL: 'warn',
    POSTERN_DATABASE_URL: url,
    POSTERN_STORAGE_KEY: storageKey
  }
}

/** Runs a command to its end. */
async function run(t: Test, cwd: string, environment: Environment, args: string[], input = '') {
  const program = new Program(t, args, { ...cheap, POSTERN_PORT: '0', ...environment }, cwd)
  program.child.stdin.end(input)
  const code = await program.exit
  return { code, stdout: program.stdout, stderr: program.stderr }
}

/** Starts a service, and gives its address and its end. */
async function start(t: Test, cwd: string, environment: Environment) {
  const service = serve(t, cwd, environment)
  const url = await service.url()
  return {
    url,
    async stop() {
      service.child.kill('SIGTERM')
      t.equal(await service.exit, 0, service.stderr)
    }
  }
}

let made = 0

function createDatabase(server: PostgresServer): Promise<string> {
  made += 1
  return server.createDatabase(`commands_${made}`)
}

t.test('commands and a database', { skip: skipWithoutPostgres, timeout: 300_000 }, async (t) => {
  const server = await startPostgres(t)

  t.test('a service moves to a database and back, and everything that was issued stays good', async (t) => {
    const folder = temporaryFolder(t)
    const onFolder = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: 'data', POSTERN_LOG_LEVEL: 'warn' }
    const settings = settingsOf(await createDatabase(server))
    const before = await start(t, folder, onFolder)
    await call(`${before.url}/user`, 'POST', alice)
    await call(`${before.url}/user`, 'POST', { user: 'ends', pass: 'wonderland' })
    const { body: token } = await call(`${before.url}/token`, 'GET', alice)
    const { body: revoked } = await call(`${before.url}/token`, 'GET', alice)
    const refresh = await call(`${before.url}/refresh_token`, 'GET', {}, token)
    await call(`${before.url}/oauth/revoke`, 'POST', { token: revoked })
    const { body: published } = await call(`${before.url}/.well-known/jwks.json`, 'GET', {})
    const copy = ['store', 'copy', '--from', 'file:data', '--to', 'postgres:']
    const busy = await run(t, folder, settings, copy)
    t.match(busy, { code: 4, stderr: /in use/ }, 'the folder is locked')
    await before.stop()

    const isHidden = await run(t, folder, { ...settings, POSTERN_DATA_DIR: 'data' }, ['serve'])
    t.match(isHidden, { code: 2, stderr: /postern store copy/ }, 'a new setting hides no accounts')
    t.match(await run(t, folder, settings, copy), {
      code: 0,
      stdout: /users: 2, sessions: 1, signing keys: 1/
    })
    t.match(await run(t, folder, settings, copy), { code: 2, stderr: /holds data already/ })

    const check = async (url: string) => {
      t.equal((await call(`${url}/check`, 'GET', {}, token)).status, 200)
      t.equal((await call(`${url}/check`, 'GET', {}, revoked)).status, 400)
      t.equal((await call(`${url}/token`, 'GET', { user: refresh.body })).status, 200)
      t.equal((await call(`${url}/.well-known/jwks.json`, 'GET', {})).body, published)
    }
    const there = await start(t, folder, { ...settings, POSTERN_DATA_DIR: 'data' })
    await check(there.url)
    await call(`${there.url}/user`, 'POST', { user: 'bob', pass: 'builder' })
    const back = ['store', 'copy', '--from', 'postgres:', '--to', 'file:back']
    t.match(await run(t, folder, settings, back), { code: 0, stdout: /users: 3/ }, 'while the service runs')
    await there.stop()
    const returned = await start(t, folder, { ...onFolder, POSTERN_DATA_DIR: 'back' })
    await check(returned.url)
    t.equal((await call(`${returned.url}/token`, 'GET', { user: 'bob', pass: 'builder' })).status, 200)
    await returned.stop()
  })

  t.test(
    'commands open the database themselves, while the service runs and while it is stopped',
    async (t) => {
      const folder = temporaryFolder(t)
      const settings = settingsOf(await createDatabase(server))
      t.match(await run(t, folder, settings, ['user', 'add', 'alice'], 'wonderland\n'), { code: 0 })
      const service = await start(t, folder, settings)
      t.equal((await call(`${service.url}/token`, 'GET', alice)).status, 200)
      t.match(await run(t, folder, settings, ['user', 'add', 'bob'], 'builder\n'), { code: 0 })
      t.equal((await call(`${service.url}/token`, 'GET', { user: 'bob', pass: 'builder' })).status, 200)
      t.match(await run(t, folder, settings, ['user', 'list']), { code: 0, stdout: /alice(.|\n)*bob/ })
      t.match(await run(t, folder, settings, ['user', 'show', 'carol']), { code: 7 })
      const { body: token } = await call(`${service.url}/token`, 'GET', alice)
      const [first] = (await run(t, folder, settings, ['keys', 'list'])).stdout.split(' ')
      t.match(await run(t, folder, { ...settings, POSTERN_KEY_PUBLISH_AHEAD: '0' }, ['keys', 'rotate']), {
        code: 0
      })
      t.equal((await call(`${service.url}/check`, 'GET', {}, token)).status, 200)
      const retire = ['keys', 'retire', String(first)]
      t.match(await run(t, folder, settings, retire), { code: 0, stdout: /retired/ })
      const retired = performance.now()
      while ((await call(`${service.url}/check`, 'GET', {}, token)).status === 200) {
        if (performance.now() - retired > 1000)
          return t.fail('a token of a retired key is accepted for too long')
      }
      await service.stop()
      t.notOk(existsSync(join(folder, 'data')), 'there is no data folder')
    }
  )

  t.test(
    'a backup of a database is restored into another one, and into no other than an empty one',
    async (t) => {
      const folder = temporaryFolder(t)
      const settings = settingsOf(await createDatabase(server))
      const service = await start(t, folder, settings)
      await call(`${service.url}/user`, 'POST', alice)
      const { body: token } = await call(`${service.url}/token`, 'GET', alice)
      t.match(await run(t, folder, settings, ['backup', 'file']), { code: 0 })
      await service.stop()
      t.match(await run(t, folder, settings, ['restore', 'file']), { code: 2, stderr: /holds data already/ })
      const other = settingsOf(await createDatabase(server))
      t.match(await run(t, folder, other, ['restore', 'file']), { code: 0, stdout: /users: 1/ })
      const restored = await start(t, folder, other)
      t.equal((await call(`${restored.url}/check`, 'GET', {}, token)).status, 200)
      await restored.stop()
    }
  )

  t.test('migrate tells what a start would do, and does it', async (t) => {
    const folder = temporaryFolder(t)
    const settings = settingsOf(await createDatabase(server))
    t.match(await run(t, folder, settings, ['migrate', '--check']), { code: 0, stdout: /initial: would be/ })
    t.match(await run(t, folder, settings, ['migrate', '--check']), { stdout: /initial: would be/ })
    t.match(await run(t, folder, settings, ['migrate']), { code: 0, stdout: /initial: applied/ })
    t.match(await run(t, folder, settings, ['migrate', '--check']), { code: 0, stdout: /is up to date/ })
    t.match(await run(t, folder, { POSTERN_STORE: 'file' }, ['migrate']), { code: 2 })
  })

  t.test('a start that the operator must mend says what is wrong, and no secret', async (t) => {
    const folder = temporaryFolder(t)
    const url = await createDatabase(server)
    const settings = settingsOf(url)
    await (await start(t, folder, settings)).stop()
    const at = (change: string) => ({ ...settings, POSTERN_DATABASE_URL: url.replace('postgres@', change) })
    writeFileSync(join(folder, 'no-key'), 'hunter2')
    for (const [environment, code, message] of [
      [{ ...settings, POSTERN_STORAGE_KEY: randomBytes(32).toString('base64') }, 2, /POSTERN_STORAGE_KEY/],
      [at('nobody:hunter2@'), 10, /nobody/],
      [{ ...settings, POSTERN_DATABASE_URL: `${url}?hunter2=hunter2` }, 2, /no parameter but/],
      [{ ...settings, POSTERN_DATABASE_URL: `${url}?sslmode=hunter2` }, 2, /sslmode is one of/],
      [{ ...settings, POSTERN_DATABASE_URL: `${url}?sslrootcert=/nowhere` }, 2, /nowhere cannot be read/],
      [{ ...settings, POSTERN_DATABASE_URL: `${url}?sslmode=require` }, 10, /SSL/],
      [{ ...settings, POSTERN_DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/db' }, 10, /ECONNREFUSED/],
      [{ ...settings, POSTERN_STORAGE_KEY: '', POSTERN_STORAGE_KEY_FILE: 'no-key' }, 2, /_FILE takes/]
    ] as const) {
      const { stderr, code: actual } = await run(t, folder, environment, ['serve'])
      t.equal(actual, code, stderr)
      t.match(stderr, message)
      t.notMatch(stderr, /hunter2/)
    }
    const report = await run(t, folder, settings, ['config'])
    t.match(report, { code: 0, stdout: /POSTERN_DATABASE_URL +set|POSTERN_DATABASE_URL\tset/ })
    t.notMatch(report.stdout, storageKey)
    t.match(await run(t, folder, { ...settings, POSTERN_DATABASE_URL: `${url}?a=b` }, ['config']), {
      code: 2
    })
  })
})
