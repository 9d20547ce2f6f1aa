import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Environment } from '../src/config/config.js'
import { decodePart, temporaryFolder } from './support/helper.js'
import { call, Program } from './support/process.js'

t.test('serve --fixture prints one line of JSON once it is ready, and nothing else', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'users.json'), JSON.stringify([{ name: 'alice', password: 'wonderland' }]))
  const program = new Program(t, ['serve', '--fixture', '--users', 'users.json'], {}, folder)
  const url = await program.url()
  const ready = JSON.parse(program.stdout)
  t.same(Object.keys(ready), ['ready', 'url', 'pid', 'ms'])
  t.match(ready, { ready: true, url, ms: Number })
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)

  const { body: token } = await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })
  t.equal((await call(`${url}/check`, 'GET', { access_token: token })).status, 200)
  t.equal((await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wrong' })).status, 404)
  t.equal((await call(`${url}/fixture/reset`, 'POST', {})).status, 204)
  process.kill(ready.pid, 'SIGTERM')
  t.equal(await program.exit, 0)
  t.equal(program.stdout.trimEnd().split('\n').length, 1)
  t.equal(program.stderr, '')
})

t.test('a key and a port that are given are the ones of a fixture, too', async (t) => {
  const environment = { POSTERN_ALGORITHM: 'HS256', POSTERN_SIGNING_KEY: 'x'.repeat(32) }
  const folder = temporaryFolder(t)
  const first = await new Program(t, ['serve', '--fixture'], environment, folder).url()
  await call(`${first}/user`, 'POST', { user: 'alice', pass: 'x' })
  const { body: token } = await call(`${first}/token`, 'GET', { user: 'alice', pass: 'x' })
  const { uid } = decodePart(token, 1)
  writeFileSync(join(folder, 'users.json'), JSON.stringify([{ name: 'alice', password: 'x', uid }]))
  const second = new Program(t, ['serve', '--fixture', '--users', 'users.json'], environment, folder)
  t.equal((await call(`${await second.url()}/check`, 'GET', { access_token: token })).status, 200)
  const { port } = new URL(first)
  const taken = new Program(t, ['serve', '--fixture'], { POSTERN_PORT: port }, folder)
  t.equal(await taken.exit, 6)
})

t.test('what a fixture does not do stops its start with a line', async (t) => {
  const folder = temporaryFolder(t)
  const cases: [string[], Environment, RegExp][] = [
    [['--fixture'], { POSTERN_HOST: '0.0.0.0' }, /POSTERN_FIXTURE_SECRET/],
    [['--fixture'], { POSTERN_STORE: 'file' }, /POSTERN_STORE/],
    [['--fixture', '--users', 'missing.json'], {}, /POSTERN_USERS_FILE/]
  ]
  for (const [flags, environment, message] of cases) {
    const program = new Program(t, ['serve', ...flags], environment, folder)
    t.equal(await program.exit, 2)
    t.equal(program.stdout, '')
    t.match(program.stderr, /^postern: [^\n]+\n$/)
    t.match(program.stderr, message)
  }
})
