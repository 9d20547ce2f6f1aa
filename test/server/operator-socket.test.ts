import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect, createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { createServer, startServer } from '../../src/server/server.js'
import { cheap, createClock, temporaryFolder } from '../support/helper.js'

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Calls the service on the other end of a socket. */
async function ask(socketPath: string, path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  const sent = request({ socketPath, path, method, headers, agent: false }).end(body)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: reply.statusCode, headers: reply.headers, body: await text(reply) }
}

/** A service on the file store of a folder that listens, and its log. */
async function listen(t: Test, folder: string, environment: Environment = {}) {
  const log: string[] = []
  const settings = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: join(folder, 'data'), POSTERN_PORT: '0' }
  const app = createServer(
    { environment: { ...cheap, ...settings, ...environment }, clock: createClock() },
    { write: (line) => log.push(line) }
  )
  t.teardown(() => app.close())
  await startServer(app)
  return { app, log, path: join(folder, 'data/postern.sock') }
}

const urlOf = (app: FastifyInstance) => {
  const { port } = app.server.address() as { port: number }
  return `http://127.0.0.1:${port}`
}

t.test('whoever may open the socket calls what the operator may without a secret', async (t) => {
  const { log, path } = await listen(t, temporaryFolder(t))
  t.equal(lstatSync(path).mode & 0o7777, 0o600)
  const body = JSON.stringify({ name: 'ci', scopes: ['all'] })
  const headers = { 'content-type': 'application/json' }
  t.equal((await ask(path, '/admin/api-keys', { method: 'POST', headers, body })).status, 201)
  t.match(log.join(''), /"audit":"api_key_made","address":null,"actor":"socket"/)
  t.match(log.join(''), /"url":"\/admin\/api-keys","address":"socket"/)
})

t.test('the socket serves /admin, /health and /version, and nothing else', async (t) => {
  const { app, path } = await listen(t, temporaryFolder(t), { POSTERN_CORS_ORIGIN: '*' })
  for (const url of ['/version', '/health/live', '/health/ready', '/admin/api-keys']) {
    t.equal((await ask(path, url)).status, 200, url)
  }
  const routes = [
    '/',
    '/user',
    '/token',
    '/check',
    '/pubkey',
    '/docs',
    '/openapi.json',
    '/.well-known/jwks.json'
  ]
  for (const url of [...routes, '/oauth/token', '/nothing', '/admin', '/admin/nothing', '/versions']) {
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS', 'DELETE']) {
      const reply = await ask(path, url, { method, body: method === 'POST' ? '{' : '' })
      t.equal(reply.status, 404, `${method} ${url}`)
      t.match(JSON.parse(reply.body), { error_name: 'NotFoundError' })
    }
  }
  t.equal((await fetch(`${urlOf(app)}/admin/api-keys`)).status, 404, 'over TCP they are not there')
})

t.test('no header makes a request over TCP one over the socket, nor hides one over the socket', async (t) => {
  const settings = { POSTERN_ADMIN: 'http', POSTERN_TRUST_PROXY: 'true' }
  const { app, log, path } = await listen(t, temporaryFolder(t), settings)
  for (const value of ['socket', 'unix:', path, '']) {
    const headers = { 'x-forwarded-for': value, 'x-forwarded-proto': value, forwarded: `for=${value}` }
    t.equal((await fetch(`${urlOf(app)}/admin/api-keys`, { headers })).status, 401)
  }
  log.length = 0
  const headers = { 'x-forwarded-for': '192.0.2.1', authorization: 'Bearer wrong' }
  t.equal((await ask(path, '/admin/api-keys', { headers })).status, 200)
  t.match(log.join(''), /"audit":"admin_read","address":null,"actor":"socket"/)
  t.notMatch(log.join(''), '192.0.2.1')
})

t.test('no throttle locks the operator out of the socket', async (t) => {
  const { path } = await listen(t, temporaryFolder(t), { POSTERN_LOGIN_MAX_FAILURES: '1' })
  const headers = { authorization: 'Bearer wrong' }
  for (let count = 0; count < 150; count += 1) {
    t.equal((await ask(path, '/admin/api-keys', { headers })).status, 200)
  }
})

t.test('what is no request gets the answer that it gets over TCP', async (t) => {
  const { path } = await listen(t, temporaryFolder(t))
  const say = async (bytes: string) => {
    const socket = connect(path)
    socket.write(bytes)
    return await text(socket)
  }
  t.match(await say('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"error_name":"MalformedRequestError"/)
  t.match(await say(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
  t.match(await say('CONNECT /admin/api-keys HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 404 /)
  const odd = 'GET /version HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n'
  t.match(await say(odd), /^HTTP\/1\.1 417 [\s\S]*"error_name":"ExpectationFailedError"/)
  t.match(await say('GET /version HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*Host/)
  const body = 'x'.repeat(70_000)
  const head = `POST /admin/api-keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n`
  t.match(await say(`${head}Content-Length: ${body.length}\r\n\r\n${body}`), /^HTTP\/1\.1 413 /)
})

t.test('the socket is gone with the service, unless it is another one by then', async (t) => {
  const folder = temporaryFolder(t)
  const first = await listen(t, folder)
  await first.app.close()
  t.notOk(existsSync(first.path))
  const second = await listen(t, folder)
  rmSync(second.path)
  const other = createSocketServer().listen(second.path)
  await once(other, 'listening')
  t.teardown(() => other.close())
  await second.app.close()
  t.ok(lstatSync(second.path).isSocket(), 'that of another process stays')
})

t.test('an end answers what was asked over the socket, and takes nothing more', async (t) => {
  const { app, path } = await listen(t, temporaryFolder(t))
  const body = JSON.stringify({ name: 'ci', scopes: ['keys'] })
  const socket = connect(path)
  socket.write(
    `POST /admin/api-keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`
  )
  await once(socket, 'data')
  const end = app.close()
  while (existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5))
  socket.write(body)
  t.match(await text(socket), /^HTTP\/1\.1 201 /)
  await end
})

t.test('a socket that kill -9 left behind is replaced', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  const path = join(folder, 'data/postern.sock')
  await leaveSocket(path)
  const { path: own } = await listen(t, folder)
  t.equal(own, path)
  t.equal((await ask(path, '/version')).status, 200)
  t.equal(lstatSync(path).mode & 0o7777, 0o600)
})

t.test('a file that is no socket is never removed, nor is a socket on which somebody answers', async (t) => {
  const folder = temporaryFolder(t)
  const living = createSocketServer().listen(join(folder, 'living.sock'))
  t.teardown(() => living.close())
  await once(living, 'listening')
  writeFileSync(join(folder, 'file'), 'precious')
  mkdirSync(join(folder, 'folder'))
  symlinkSync('file', join(folder, 'link'))
  for (const [name, reason] of [
    ['file', /is no socket/],
    ['folder', /is no socket/],
    ['link', /is no socket/],
    ['living.sock', /another process listens there/],
    ['missing/postern.sock', /ENOENT|EACCES/]
  ] as const) {
    const start = listen(t, folder, { POSTERN_SOCKET: join(folder, name) })
    await t.rejects(start, { name: 'StartupError', exitCode: 6, message: reason })
  }
  t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'precious')
  t.ok(lstatSync(join(folder, 'living.sock')).isSocket())
})

t.test('a path that is too long for a socket is a wrong setting', async (t) => {
  const folder = temporaryFolder(t)
  const long = join(folder, 'x'.repeat(120 - folder.length))
  await t.rejects(listen(t, folder, { POSTERN_SOCKET: long }), {
    exitCode: 2,
    message: /^POSTERN_SOCKET gives a path of \d+ bytes for a socket, which takes 107: [^\n]+$/
  })
  await t.rejects(listen(t, folder, { POSTERN_DATA_DIR: long }), {
    exitCode: 2,
    message: /^POSTERN_DATA_DIR gives a path of [^\n]+ or to off$/
  })
  const longest = join(folder, 'x'.repeat(107 - folder.length - 1))
  await listen(t, folder, { POSTERN_SOCKET: longest })
  t.equal((await ask(longest, '/version')).status, 200)
})

t.test('there is no socket with off, nor by default in memory', async (t) => {
  const folder = temporaryFolder(t)
  const { app, path } = await listen(t, folder, { POSTERN_SOCKET: 'off' })
  t.notOk(existsSync(path))
  await app.close()
  await listen(t, folder, { POSTERN_STORE: 'memory' })
  t.notOk(existsSync(path))
  const set = join(folder, 'set.sock')
  await listen(t, folder, { POSTERN_STORE: 'memory', POSTERN_SOCKET: set })
  t.equal((await ask(set, '/admin/api-keys')).status, 200)
})

t.test('a start that fails leaves no socket', async (t) => {
  const folder = temporaryFolder(t)
  const { app } = await listen(t, temporaryFolder(t))
  const { port } = app.server.address() as { port: number }
  await t.rejects(listen(t, folder, { POSTERN_PORT: String(port) }), { name: 'StartupError', exitCode: 6 })
  t.notOk(existsSync(join(folder, 'data/postern.sock')))
})

t.test(
  'a folder that takes no new file takes no socket',
  { skip: process.geteuid?.() === 0 && 'root writes anywhere' },
  async (t) => {
    const folder = temporaryFolder(t)
    mkdirSync(join(folder, 'closed'))
    chmodSync(join(folder, 'closed'), 0o500)
    const start = listen(t, folder, { POSTERN_SOCKET: join(folder, 'closed/postern.sock') })
    await t.rejects(start, { exitCode: 6, message: /EACCES/ })
  }
)

/** Leaves the file of a socket on which nobody listens, as kill -9 does. */
async function leaveSocket(path: string): Promise<void> {
  const { spawnSync } = await import('node:child_process')
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync('env', ['-u', 'NODE_OPTIONS', process.execPath, '-e', script])
  if (!lstatSync(path).isSocket()) throw new Error('no socket was left')
}
