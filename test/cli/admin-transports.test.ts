import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createAdminClient } from '../../src/cli/admin-client.js'
import { localTransport, remoteTransport } from '../../src/cli/admin-transports.js'
import type { Environment } from '../../src/config/environment.js'
import { type Answerer, listenAsFake, refused } from '../support/fake-admin.js'
import { cheap, temporaryFolder } from '../support/helper.js'

const key = `hunter2${'x'.repeat(40)}`

const ok: Answerer = () => ({ body: { users: [] } })

function localClient(environment: Environment) {
  const open = localTransport({ environment, clock: Date.now }, true)
  return createAdminClient(open, 'userRefused')
}

async function remoteClient(
  t: Test,
  answerer: Answerer,
  environment: Environment = { POSTERN_ADMIN_KEY: key }
) {
  const { calls, server } = await listenAsFake(t, 0, answerer)
  const { port } = server.address() as AddressInfo
  const client = createAdminClient(
    remoteTransport(`http://127.0.0.1:${port}/auth/`, environment),
    'userRefused'
  )
  t.teardown(() => client.close())
  return { client, calls, port }
}

t.test('a running service is asked over the socket in its data folder, without a key', async (t) => {
  const folder = temporaryFolder(t)
  const { calls } = await listenAsFake(t, join(folder, 'postern.sock'), ok)
  const client = localClient({ POSTERN_DATA_DIR: folder, POSTERN_ADMIN_KEY: key })
  const query = { q: 'a b&c', limit: 5, cursor: undefined }
  t.same((await client.call('GET', '/admin/users', { query })).body, { users: [] })
  await client.call('PATCH', '/admin/users/1', { body: { state: 'active' }, headers: { 'if-match': '"1"' } })
  t.equal(client.where, folder)
  await client.close()
  t.match(calls, [
    { method: 'GET', path: '/admin/users?q=a+b%26c&limit=5', body: '' },
    {
      method: 'PATCH',
      body: '{"state":"active"}',
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': '"1"' }
    }
  ])
  for (const { headers } of calls) t.notOk('authorization' in headers)
})

t.test('POSTERN_SOCKET says where the socket is', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'other.sock')
  const { calls } = await listenAsFake(t, path, ok)
  const client = localClient({ POSTERN_DATA_DIR: join(folder, 'none'), POSTERN_SOCKET: path })
  await client.call('GET', '/admin/users')
  await client.close()
  t.equal(calls.length, 1)
})

t.test('a socket of another user, who could read what is sent, is not spoken to', async (t) => {
  if (process.geteuid?.() !== 0) return t.pass('only root can give a socket away')
  const folder = join(temporaryFolder(t), 'open')
  mkdirSync(folder)
  chmodSync(folder, 0o1777)
  const path = join(folder, 'x.sock')
  const { calls } = await listenAsFake(t, path, ok)
  chownSync(path, 12345, 12345)
  const client = localClient({ POSTERN_SOCKET: path })
  await t.rejects(client.call('GET', '/admin/users'), { exitCode: 2, message: /belongs to another user/ })
  t.same(calls, [])
  // The folder of the service's own user, where nobody else can lay a socket.
  chmodSync(folder, 0o755)
  await client.call('GET', '/admin/users')
  await client.close()
  t.equal(calls.length, 1)
})

t.test('a service elsewhere gets the key as a Bearer credential, below the path of its URL', async (t) => {
  const { client, calls } = await remoteClient(t, ok)
  await client.call('GET', '/admin/users')
  await client.call('GET', '/admin/users')
  t.match(calls, [
    { path: '/auth/admin/users', headers: { authorization: `Bearer ${key}` } },
    { path: '/auth/admin/users' }
  ])
  const file = join(temporaryFolder(t), 'key')
  writeFileSync(file, `${key}\n`)
  const fromFile = await remoteClient(t, ok, { POSTERN_ADMIN_KEY_FILE: file })
  await fromFile.client.call('GET', '/admin/users')
  t.match(fromFile.calls, [{ headers: { authorization: `Bearer ${key}` } }])
})

t.test('a key is neither sent in the clear to another machine, nor repeated', async (t) => {
  const environment = { POSTERN_ADMIN_KEY: key }
  for (const url of ['http://auth.example.org', 'http://192.0.2.1:3000', 'http://localhost.example.org']) {
    t.throws(() => remoteTransport(url, environment), {
      exitCode: 2,
      message: /takes https, or http to this machine/
    })
  }
  for (const url of ['auth.example.org', 'ftp://a', 'https://u:p@a', 'https://a?b', 'https://a#b', '']) {
    t.throws(() => remoteTransport(url, environment), {
      exitCode: 2,
      message: /^--url takes the URL of a service/
    })
  }
  for (const url of [
    'https://auth.example.org',
    'http://127.0.0.2:1',
    'http://[::1]:1',
    'http://localhost'
  ]) {
    remoteTransport(url, environment)
  }
  const { message } = await remoteTransport('https://a', { POSTERN_ADMIN_KEY: `${key}\nx` })().catch(
    (error) => error
  )
  t.match(message, /^POSTERN_ADMIN_KEY takes (?!.*hunter2)/)
  await t.rejects(remoteTransport('https://a', {})(), {
    exitCode: 2,
    message: /takes the key in POSTERN_ADMIN_KEY/
  })
  await t.rejects(remoteTransport('https://a', { ...environment, POSTERN_ADMIN_KEY_FILE: 'x' })(), {
    name: 'StartupError',
    exitCode: 2
  })
})

t.test('a redirection is not followed: it could lead the key elsewhere', async (t) => {
  const other = await listenAsFake(t, 0, ok)
  const { port } = other.server.address() as AddressInfo
  const { client } = await remoteClient(t, () => ({
    status: 307,
    headers: { location: `http://127.0.0.1:${port}/` }
  }))
  await t.rejects(client.call('GET', '/admin/users'), { exitCode: 1, message: /is not Postern$/ })
  t.same(other.calls, [])
})

t.test('each refusal has the exit code of its cause, and the sentence of the service', async (t) => {
  for (const [answer, exitCode, message] of [
    [refused(400, 'InvalidArgumentError', 'email: no.'), 7, 'email: no.'],
    [refused(403, 'UserAlreadyExistsError', 'Taken.'), 7, 'Taken.'],
    [refused(403, 'InsufficientScopeError', 'This call needs the scope all.'), 7, /scope all/],
    [refused(404, 'UserDoesNotExistError'), 7, 'there is no user x'],
    [refused(404, 'NotFoundError'), 1, /has no such call: .*POSTERN_ADMIN=http$/],
    [refused(401, 'AuthenticationRequiredError'), 2, /refuses the key/],
    [refused(429, 'TooManyFailuresError', 'Later.'), 1, 'Later.'],
    [refused(503, 'StoreUnavailableError', 'Not stored.'), 5, 'Not stored.'],
    [refused(503, 'ServerBusyError', 'Busy.'), 1, 'Busy.'],
    [refused(400, 'InvalidArgumentError', 'a\u001b[2J'), 7, 'a\\u{1b}[2J'],
    [{ status: 200, body: 'hello' }, 1, /is not Postern$/],
    [{ status: 404, body: {} }, 1, /is not Postern$/],
    [{ status: 200, body: 'null' }, 1, /is not Postern$/]
  ] as const) {
    const { client } = await remoteClient(t, () => answer)
    const call = client.call('GET', '/admin/users/x', { missing: 'there is no user x' })
    await t.rejects(call, { name: 'StartupError', exitCode, message })
  }
})

t.test('a service that does not answer is told as such, without the key', async (t) => {
  const closed = createAdminClient(
    remoteTransport('http://127.0.0.1:1', { POSTERN_ADMIN_KEY: key }),
    'userRefused'
  )
  await t.rejects(closed.call('GET', '/x'), {
    exitCode: 1,
    message: 'no answer from http://127.0.0.1:1 (ECONNREFUSED)'
  })
})

t.test('a command that nothing could keep is refused before anything is opened', (t) => {
  t.throws(() => localClient({ POSTERN_STORE: 'memory' }), { exitCode: 2, message: /keeps no users/ })
  t.throws(() => localClient({ POSTERN_PORT: 'x' }), { name: 'StartupError', exitCode: 2 })
  t.end()
})

t.test('without a running service the data folder is opened, alone, and let go', async (t) => {
  const folder = temporaryFolder(t)
  const environment = {
    ...cheap,
    POSTERN_STORE: 'file',
    POSTERN_LOG_LEVEL: 'silent',
    POSTERN_DATA_DIR: folder
  }
  const first = localClient(environment)
  await first.call('POST', '/admin/users', { body: { user: 'alice', pass: 'wonderland' } })
  const second = localClient(environment)
  await t.rejects(second.call('GET', '/admin/users'), {
    name: 'StartupError',
    exitCode: 4,
    message: /is in use by another process.*; it does not answer on .*postern\.sock: set POSTERN_SOCKET/
  })
  await t.rejects(localClient({ ...environment, POSTERN_SOCKET: 'off' }).call('GET', '/admin/users'), {
    name: 'StartupError',
    exitCode: 4,
    message: /POSTERN_SOCKET=off leaves no way/
  })
  await first.close()
  t.match(await second.call('GET', '/admin/users'), { status: 200, body: { users: [{ user: 'alice' }] } })
  await second.close()
})
