import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { localOperator, type Scope } from '../../src/admin/authorization.js'
import { startPostern } from '../../src/fixture/testing.js'
import {
  bearer,
  decodePart,
  type Method,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  startService,
  temporaryFolder
} from '../support/helper.js'

const adminKey = 'the-key-of-the-operator-of-these-tests'
const settings = {
  POSTERN_OAUTH_CLIENTS: 'shop:a-secret-of-the-client',
  POSTERN_ADMIN: 'http',
  POSTERN_ADMIN_KEY: adminKey,
  POSTERN_METRICS: 'true',
  POSTERN_LOG_LEVEL: 'info'
}
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
})
const asClient = basic('shop', 'a-secret-of-the-client')
const start = (t: Test, environment = {}) => startService(t, { ...settings, ...environment })

interface Page {
  cursor: string
  entries: object[]
}

/** The answer to a question of the client. */
async function read(app: FastifyInstance, question: { cursor?: string; wait?: string } = {}): Promise<Page> {
  const reply = await ask(app, question)
  if (reply.statusCode !== 200) throw new Error(reply.body)
  return reply.json()
}

function ask(
  app: FastifyInstance,
  question: { cursor?: string; wait?: string } = {},
  headers: object = asClient
) {
  return send(app, 'GET', '/revocations', question, {
    by: 'query',
    headers: headers as Record<string, string>
  })
}

async function keyOf(app: FastifyInstance, scopes: string[]): Promise<string> {
  const payload = { name: scopes.join(), scopes }
  const reply = await app.inject({
    method: 'POST',
    url: '/admin/api-keys',
    headers: bearer(adminKey),
    payload
  })
  return reply.json().key
}

/** Resolves once so many readers wait. */
async function untilWaiting(app: FastifyInstance, count: number): Promise<void> {
  while (app.revocationFeed.waiting !== count) await new Promise(setImmediate)
}

t.test('each way to end a token is told, by its names of the contract', async (t) => {
  const { app } = await start(t)
  const alice = await signUp(app)
  const { uid, jti, gen } = decodePart(alice, 1)
  let { cursor, entries } = await read(app)
  t.same(entries, [])
  const follow = async (call: Promise<{ statusCode: number }>, expected: object[]) => {
    t.ok((await call).statusCode < 300)
    const page = await read(app, { cursor })
    t.match(page.entries, expected)
    t.equal(page.entries.length, expected.length)
    cursor = page.cursor
  }
  const revoked = await signIn(app)
  const { jti: revokedJti, exp } = decodePart(revoked, 1)
  const revoke = (token: string) => send(app, 'POST', '/oauth/revoke', { token }, { by: 'form' })
  await follow(revoke(revoked), [{ jti: revokedJti, exp }])
  const family = await refreshToken(app, alice)
  const { sid } = decodePart(await refresh(app, family), 1)
  await follow(revoke(family), [{ sid }])
  const change = (method: Method, token: string, values = {}) =>
    send(app, method, '/user', values, { headers: bearer(token) })
  await follow(change('PATCH', alice, { pass: 'cheshire' }), [{ uid, except: jti }])
  const [{ gen_below: below } = { gen_below: 0 }] = (await read(app)).entries.slice(-1) as {
    gen_below: number
  }[]
  t.ok(below > Number(gen))
  await follow(change('DELETE', await signIn(app, 'alice', 'cheshire')), [{ uid, ended: true }])
  const all = await read(app)
  t.same(all.entries, [{ jti: revokedJti, exp }, { sid }, { uid, ended: true }])
})

t.test('a signing key that is retired is told', async (t) => {
  const { app } = await start(t, { POSTERN_KEY_PUBLISH_AHEAD: '0' })
  const { kid } = app.keys.signing
  const call = (method: Method, path: string) =>
    app.inject({ method, url: `/admin/signing-keys${path}`, headers: bearer(adminKey) })
  t.equal((await call('POST', '')).statusCode, 201)
  const { cursor, entries } = await read(app)
  t.same(entries, [], 'a new key ends nothing')
  const told = read(app, { cursor, wait: '60' })
  t.equal((await call('DELETE', `/${kid}`)).statusCode, 204)
  t.same((await told).entries, [{ kid }])
})

t.test('it is for clients with a secret, and for keys with its scope', async (t) => {
  const { app } = await start(t)
  const challenge = 'Basic realm="postern", Bearer realm="postern"'
  for (const [headers, status, error_name] of [
    [{}, 401, 'InvalidClientError'],
    [basic('shop', 'wrong'), 401, 'InvalidClientError'],
    [basic('public', ''), 401, 'InvalidClientError'],
    [bearer('pak_wrong'), 401, 'AuthenticationRequiredError'],
    [bearer(await keyOf(app, ['users:read'])), 403, 'InsufficientScopeError'],
    [bearer(await signUp(app)), 403, 'InsufficientScopeError'],
    [bearer(await keyOf(app, ['revocations'])), 200, undefined],
    [bearer(await keyOf(app, ['all'])), 200, undefined],
    [asClient, 200, undefined]
  ] as const) {
    const reply = await ask(app, {}, headers)
    t.equal(reply.statusCode, status)
    t.equal(reply.json().error_name, error_name)
  }
  t.equal((await ask(app, {}, {})).headers['www-authenticate'], challenge)
  t.equal((await app.inject({ method: 'POST', url: '/revocations' })).headers.allow, 'GET, HEAD')
})

t.test('it is for keys also where the service has no operator’s calls', async (t) => {
  const { app, clock } = await start(t, { POSTERN_ADMIN: 'socket', POSTERN_SOCKET: 'off' })
  t.equal((await app.inject({ url: '/admin/api-keys', headers: bearer(adminKey) })).statusCode, 404)
  t.notOk(app.hasRoute({ method: 'GET', url: '/admin/api-keys' }))
  const keys = await app.loadApiKeys()
  const make = (name: string, scope: Scope) =>
    keys.create(localOperator, { name, scopes: [scope], expiresIn: 60 })
  const { key, record } = await make('reader', 'revocations')
  const { key: other } = await make('other', 'users:read')
  const status = async (text: string) => (await ask(app, {}, bearer(text))).statusCode
  t.equal(await status(key), 200)
  t.equal((await app.store.findApiKey(record.id))?.lastUsedAt, clock() / 1000)
  t.equal(await status(adminKey), 200)
  t.equal(await status(other), 403)
  t.equal(await status(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`), 401)
  t.equal(await status(await signUp(app)), 403)
  clock.advance(60)
  t.equal(await status(key), 401, 'its time is over')
})

t.test('a data folder keeps the keys of the feed for a service without the operator’s calls', async (t) => {
  const folder = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: temporaryFolder(t) }
  const { app: withCalls } = await start(t, folder)
  const key = await keyOf(withCalls, ['revocations'])
  await withCalls.close()
  const { app } = await start(t, {
    ...folder,
    POSTERN_ADMIN: 'socket',
    POSTERN_SOCKET: 'off',
    POSTERN_ADMIN_KEY: undefined
  })
  t.equal((await ask(app, {}, bearer(key))).statusCode, 200)
  t.equal((await ask(app, {}, bearer(adminKey))).statusCode, 401)
})

t.test('wrong keys of the feed count without the operator’s calls, too', async (t) => {
  const { app } = await start(t, {
    POSTERN_ADMIN: 'socket',
    POSTERN_SOCKET: 'off',
    POSTERN_LOGIN_MAX_FAILURES: '10'
  })
  const askWith = (key: string) =>
    app.inject({ url: '/revocations', headers: bearer(key), remoteAddress: '192.0.2.1' })
  const statuses = new Set<number>()
  for (let guess = 0; guess < 102; guess += 1) statuses.add((await askWith('pak_wrong')).statusCode)
  t.same([...statuses], [401, 429])
  t.equal((await askWith(adminKey)).statusCode, 200, 'a right one is never throttled')
})

t.test('a wrong argument is named, and a cursor that is no good is 410', async (t) => {
  const { app } = await start(t)
  const { app: other } = await start(t)
  for (const wait of ['', '-1', '61', '60.001', '1e1', 'x', ' 1', '0x10', 'Infinity', '1.0000']) {
    const reply = await ask(app, { wait })
    t.equal(reply.statusCode, 400, wait)
    t.match(reply.json(), { error_name: 'InvalidArgumentError', message: /^wait: / })
  }
  t.match((await ask(app, { cursor: '' })).json(), { statusCode: 400, message: /^cursor: / })
  t.match((await ask(app, { cursor: 'x'.repeat(8193) })).json(), { statusCode: 400, message: /^cursor: / })
  const { cursor } = await read(other)
  for (const wrong of [cursor, 'x', '__proto__', 'x'.repeat(8192)]) {
    for (const wait of ['0', '60']) {
      t.match((await ask(app, { cursor: wrong, wait })).json(), {
        statusCode: 410,
        error_name: 'CursorGoneError'
      })
    }
  }
})

t.test('who waits is answered by the next revocation, or when the wait is over', async (t) => {
  const { app } = await start(t)
  const token = await signUp(app)
  const { cursor } = await read(app)
  t.same((await read(app, { cursor, wait: '0.05' })).entries, [])
  const waiting = Array.from({ length: 250 }, () => ask(app, { cursor, wait: '60' }))
  await untilWaiting(app, 250)
  await send(app, 'POST', '/oauth/revoke', { token }, { by: 'form' })
  const bodies = new Set((await Promise.all(waiting)).map(({ body }) => body))
  t.equal(bodies.size, 1)
  t.match(JSON.parse([...bodies][0] ?? ''), { entries: [{ jti: decodePart(token, 1).jti }] })
  t.equal(app.revocationFeed.waiting, 0)
})

t.test('HEAD waits and answers as GET, without a body', async (t) => {
  const { app } = await start(t)
  const { cursor } = await read(app)
  const url = `/revocations?cursor=${cursor}&wait=0.01`
  const head = await app.inject({ method: 'HEAD', url, headers: asClient })
  const get = await app.inject({ method: 'GET', url, headers: asClient })
  t.match(head, { statusCode: 200, body: '', headers: { 'content-length': get.headers['content-length'] } })
})

t.test('the end of the service ends the waits at once', async (t) => {
  const { app } = await start(t)
  const { cursor } = await read(app)
  const waiting = ask(app, { cursor, wait: '60' })
  await untilWaiting(app, 1)
  await app.close()
  t.match((await waiting).json(), { cursor, entries: [] })
})

t.test(
  'readers are counted while they wait, and leave no line in the log and no time in the figures',
  async (t) => {
    const { app, log } = await start(t)
    const { cursor } = await read(app)
    const waiting = ask(app, { cursor, wait: '60' })
    await untilWaiting(app, 1)
    const { body } = await app.inject('/metrics')
    t.match(body, /^postern_revocation_readers 1$/m)
    t.match(body, /^postern_http_requests_total\{method="GET",route="\/revocations",status="200"\} 1$/m)
    t.notMatch(body, /duration_seconds_count\{route="\/revocations"\}/)
    await send(app, 'POST', '/oauth/revoke', { token: await signUp(app) }, { by: 'form' })
    await waiting
    await ask(app, {}, {})
    const lines = log.filter((line) => line.includes('/revocations')).map((line) => JSON.parse(line))
    t.match(
      lines.map(({ status }) => status),
      [401],
      'a refusal has one'
    )
  }
)

t.test(
  'a reset of a fixture waits for no reader, and tells those who wait that it is another store',
  async (t) => {
    const { POSTERN_OAUTH_CLIENTS } = settings
    await using postern = await startPostern({
      users: { alice: 'wonderland' },
      env: { POSTERN_OAUTH_CLIENTS }
    })
    const get = (question: string) => fetch(`${postern.url}/revocations?${question}`, { headers: asClient })
    const { cursor } = (await (await get('')).json()) as Page
    const waiting = get(`cursor=${cursor}&wait=60`)
    await untilWaiting(postern.app, 1)
    await postern.reset()
    t.equal((await waiting).status, 410)
  }
)
