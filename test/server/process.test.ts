import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { storedNames, temporaryFolder } from '../support/helper.js'
import { killRounds } from '../support/kill-rounds.js'
import { call, Program, serve } from '../support/process.js'

t.test(
  'it prints its address once it listens, logs JSON lines, and ends with 0 on SIGTERM and SIGINT',
  async (t) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const folder = temporaryFolder(t)
      const program = serve(t, folder)
      const url = await program.url()
      t.match(program.stdout, /^Postern is listening on http:\/\/127\.0\.0\.1:\d+\n$/)
      t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
      program.child.kill(signal)
      t.equal(await program.exit, 0)
      const lines = program.stderr.trim().split('\n')
      t.ok(lines.length > 1)
      for (const line of lines) t.equal(JSON.parse(line).pid, program.child.pid)
      t.equal(program.stdout.trim().split('\n').length, 1)
    }
  }
)

t.test('users, passwords, revocations and tokens survive a restart; files are private', async (t) => {
  const folder = temporaryFolder(t)
  const first = serve(t, folder)
  const url = await first.url()
  await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
  await call(`${url}/user`, 'POST', { user: 'bob', pass: 'builder' })
  const { body: alice } = await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })
  const { body: bob } = await call(`${url}/token`, 'GET', { user: 'bob', pass: 'builder' })
  const { body: kept } = await call(`${url}/refresh_token`, 'GET', {}, alice)
  const { body: revoked } = await call(`${url}/refresh_token`, 'GET', {}, alice)
  await call(`${url}/refresh_token`, 'DELETE', { refresh_token: revoked }, alice)
  await call(`${url}/user`, 'DELETE', {}, bob)
  first.child.kill('SIGTERM')
  await first.exit

  t.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700)
  t.same(storedNames(join(folder, 'data')), ['keys.json', 'users.json'])
  for (const name of ['keys.json', 'users.json'])
    t.equal(statSync(join(folder, 'data', name)).mode & 0o777, 0o600)

  const again = await serve(t, folder).url()
  t.equal((await call(`${again}/check`, 'GET', { access_token: alice })).status, 200)
  t.equal((await call(`${again}/token`, 'GET', { user: kept })).status, 200)
  t.equal((await call(`${again}/token`, 'GET', { user: revoked })).status, 400)
  t.equal((await call(`${again}/user`, 'PATCH', { pass: 'x' }, bob)).status, 404)
})

t.test('with the memory store nothing is written', async (t) => {
  const folder = temporaryFolder(t)
  const program = serve(t, folder, { POSTERN_STORE: 'memory' })
  const url = await program.url()
  t.equal((await call(`${url}/user`, 'POST', { user: 'alice', pass: 'x' })).status, 201)
  t.same(readdirSync(folder), [])
})

t.test(
  'a start that makes the data folder and the first key warns of it, the next one does not',
  async (t) => {
    const folder = temporaryFolder(t)
    const warnings: (string | undefined)[][] = []
    for (let start = 0; start < 2; start += 1) {
      const program = serve(t, folder, { POSTERN_LOG_LEVEL: 'warn' })
      await program.url()
      program.child.kill('SIGTERM')
      await program.exit
      warnings.push(program.stderr.match(/"msg":"[^"]* was made: [^"]*"/g) ?? [])
    }
    t.match(warnings, [[/the data folder \S+data was made: /, /a signing key for ES256 was made: /], []])
    t.equal(readFileSync(join(folder, 'data/.gitignore'), 'utf8'), '*\n')
  }
)

t.test('kill -9 under eight writers loses nothing that was acknowledged', async (t) => {
  t.ok((await killRounds(t, temporaryFolder(t), 2)) > 0)
})

t.test(
  'a second process on the folder ends at once, also by another path; after a kill -9 the next one starts',
  async (t) => {
    const folder = temporaryFolder(t)
    const first = serve(t, folder)
    await first.url()
    for (const path of ['./data', join(folder, 'data'), `${folder}/./data/../data`]) {
      const second = serve(t, folder, { POSTERN_DATA_DIR: path, POSTERN_LOG_LEVEL: 'silent' })
      t.equal(await second.exit, 4)
      t.match(second.stderr, /^postern: the data folder \S+ is in use by another process[^\n]+\n$/)
      t.equal(second.stdout, '')
    }
    first.child.kill('SIGKILL')
    await first.exit
    t.ok(await serve(t, folder).url())
  }
)

t.test('each reason not to start has its exit code and one line that says what to do', async (t) => {
  const folder = temporaryFolder(t)
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  mkdirSync(join(folder, 'damaged'))
  writeFileSync(join(folder, 'damaged/users.json'), '{"version":1,"users":[{"hash":"$argon2id$hunter2')
  writeFileSync(join(folder, 'file'), '')
  writeFileSync(join(folder, '.env'), 'POSTERN_ISSUER=x\n')

  const reasons = [
    [{ POSTERN_PORT: 'x' }, 2, /POSTERN_PORT takes a whole number from 0 to 65535/],
    [{ POSTERN_SIGNING_KEY: 'hunter2', POSTERN_ALGORITHM: 'HS256' }, 2, /POSTERN_SIGNING_KEY does not fit/],
    [
      { POSTERN_DATA_DIR: 'damaged' },
      3,
      /damaged\/users\.json is damaged: it ends too early.*restore the folder from a backup/
    ],
    [{ POSTERN_DATA_DIR: 'file' }, 5, /file cannot be written to \(EEXIST\)/],
    [{ POSTERN_DATA_DIR: '/proc/postern' }, 5, /\/proc\/postern cannot be written to \(ENOENT\)/],
    [
      { POSTERN_PORT: String(port) },
      6,
      new RegExp(`cannot listen on 127.0.0.1 port ${port} \\(EADDRINUSE\\)`)
    ],
    [{ POSTERN_HOST: '192.0.2.1' }, 6, /cannot listen on 192\.0\.2\.1 port 0 \(EADDRNOTAVAIL\)/]
  ] as const
  await Promise.all(
    reasons.map(async ([environment, code, line], index) => {
      const program = serve(t, folder, {
        POSTERN_LOG_LEVEL: 'silent',
        POSTERN_DATA_DIR: `data-${index}`,
        ...environment
      })
      t.equal(await program.exit, code)
      t.match(program.stderr, /^postern: [^\n]+\n$/)
      t.match(program.stderr, line)
      t.notMatch(program.stderr, /hunter2|at .*\.js/)
      t.equal(program.stdout, '')
    })
  )
})

t.test('a .env file in the working folder is read, and the environment wins over it', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(
    join(folder, '.env'),
    'POSTERN_STORE=memory\nPOSTERN_ALGORITHM=HS256\nPOSTERN_HOST=192.0.2.1\n'
  )
  const environment = { POSTERN_PORT: '0', POSTERN_HOST: '127.0.0.1' }
  const url = await new Program(t, ['serve'], environment, folder).url()
  t.equal((await call(`${url}/pubkey`, 'GET', {})).status, 404)
  t.same(readdirSync(folder), ['.env'])
})

t.test('L8: a .env of another user, or that everybody may write, stops the start', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, '.env')
  writeFileSync(path, 'POSTERN_STORE=memory\n')
  chmodSync(path, 0o666)
  const loose = serve(t, folder)
  t.equal(await loose.exit, 2)
  t.match(loose.stderr, /^postern: \.env may be written by everybody[^\n]+\n$/)
  chmodSync(path, 0o600)
  if (process.geteuid?.() !== 0) return
  chownSync(path, 12345, 12345)
  const foreign = serve(t, folder)
  t.equal(await foreign.exit, 2)
  t.match(foreign.stderr, /^postern: \.env belongs to another user \(12345\)[^\n]+\n$/)
})

t.test('L8: the log says which settings came from a .env, and the environment wins over it', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, '.env'), 'POSTERN_ISSUER=secret-issuer\nPOSTERN_PORT=1\nOTHER=x\n', {
    mode: 0o600
  })
  const program = serve(t, folder)
  await program.url()
  await program.logged(/"msg":"\.env sets POSTERN_ISSUER"/)
  t.notMatch(program.stderr, 'secret-issuer')
})
