import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t, { type Test } from 'tap'
import { type Scope, scopes } from '../../src/admin/authorization.js'
import type { Environment } from '../../src/config/environment.js'
import { createServer } from '../../src/server/server.js'
import {
  bearer,
  cheap,
  createClock,
  decodePart,
  forge,
  type Method,
  multipartType,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  start
} from '../support/helper.js'

const adminKey = 'the-key-of-the-operator-of-these-tests'
const settings = { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: adminKey }
const asOperator = bearer(adminKey)

// Each call of the operator with its scope. A new one fails the test below: add its line.
const calls: Record<string, Scope> = {
  'GET /admin/users': 'users:read',
  'POST /admin/import': 'users:write',
  'POST /admin/users': 'users:write',
  'GET /admin/users/:uid': 'users:read',
  'GET /admin/users/by-name/:user': 'users:read',
  'PATCH /admin/users/:uid': 'users:write',
  'DELETE /admin/users/:uid': 'users:write',
  'POST /admin/users/:uid/password-link': 'users:write',
  'GET /admin/users/:uid/sessions': 'sessions',
  'DELETE /admin/users/:uid/sessions': 'sessions',
  'DELETE /admin/users/:uid/sessions/:id': 'sessions',
  'POST /admin/users/:uid/sign-out': 'sessions',
  'GET /admin/invites': 'users:read',
  'POST /admin/invites': 'users:write',
  'DELETE /admin/invites/:id': 'users:write',
  'GET /admin/api-keys': 'keys',
  'POST /admin/api-keys': 'keys',
  'DELETE /admin/api-keys/:id': 'keys',
  'POST /admin/backup': 'backup',
  'POST /admin/users-file/sync': 'all',
  'GET /admin/signing-keys': 'keys',
  'POST /admin/signing-keys': 'keys',
  'DELETE /admin/signing-keys/:kid': 'keys'
}

/** A target of every call; there is nothing of that name. */
const targets = Object.entries(calls).map(([call, scope]) => {
  const [method, path = ''] = call.split(' ')
  return { call, scope, method: method as Method, url: path.replace(/:\w+/g, 'f'.repeat(32)) }
})

// Rights that a key would give itself by each of these, and the scope that it lacks.
const escalations: { scopes: Scope[]; method: Method; url: string; body: object; missing: Scope }[] = [
  { scopes: ['keys'], method: 'POST', url: '/admin/api-keys', body: keyOf('all'), missing: 'all' },
  {
    scopes: ['users:write'],
    method: 'POST',
    url: '/admin/users',
    body: { user: 'eve', pass: 'x', groups: ['postern-admins'] },
    missing: 'all'
  },
  {
    scopes: ['users:write'],
    method: 'POST',
    url: '/admin/invites',
    body: { groups: ['a', 'postern-admins'] },
    missing: 'all'
  },
  {
    scopes: ['keys'],
    method: 'POST',
    url: '/admin/api-keys',
    body: keyOf('keys', 'users:write'),
    missing: 'users:write'
  },
  {
    scopes: ['keys', 'users:read'],
    method: 'POST',
    url: '/admin/api-keys',
    body: keyOf('users:read', 'backup'),
    missing: 'backup'
  }
]

function keyOf(...scopes: Scope[]) {
  return { name: 'bigger', scopes }
}

/** A service with the operator's calls over TCP, all of its routes and its log. */
async function startOperated(t: Test, environment: Environment = settings) {
  const clock = createClock()
  const log: string[] = []
  const app = createServer(
    { environment: { ...cheap, ...environment }, clock },
    { write: (line) => log.push(line) }
  )
  t.teardown(() => app.close())
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  await app.ready()
  return { app, clock, log, routes }
}

async function makeKey(app: FastifyInstance, scopes: readonly Scope[], expires_in?: number) {
  const name = `key ${randomBytes(4).toString('hex')}`
  const payload = { name, scopes, ...(expires_in !== undefined && { expires_in }) }
  const reply = await app.inject({ method: 'POST', url: '/admin/api-keys', headers: asOperator, payload })
  if (reply.statusCode !== 201) throw new Error(`${reply.statusCode} ${reply.body}`)
  return reply.json<{ id: string; name: string; key: string }>()
}

/** Makes an account that has signed up a member of `postern-admins`. */
async function makeAdmin(app: FastifyInstance, name: string) {
  const user = await app.store.findUserByName(name)
  if (user === undefined) throw new Error(`there is no ${name}`)
  await app.store.replaceUser(user, { ...user, groups: ['postern-admins'] })
}

/** The token with these claims instead of its own. */
function withClaims({ keys }: FastifyInstance, token: string, claims: object): string {
  return forge(keys.signing, decodePart(token, 0), { ...decodePart(token, 1), ...claims })
}

const seconds = start / 1000

t.test('every call below /admin is in the table with its scope', async (t) => {
  const { routes } = await startOperated(t)
  const found = routes
    .filter(({ url }) => url.startsWith('/admin'))
    .map(({ method, url, config }) => [`${[method].flat()[0]} ${url}`, config?.scope])
  t.same(Object.fromEntries(found), calls)
})

t.test('each scope alone lets its own calls in and no other', async (t) => {
  const { app } = await startOperated(t)
  for (const scope of scopes) {
    const { key } = await makeKey(app, [scope])
    for (const { call, scope: needed, method, url } of targets) {
      const reply = await app.inject({ method, url, headers: bearer(key), payload: { unknown: 1 } })
      const isLet = scope === needed || scope === 'all'
      const { error_name, message } = reply.json()
      t.equal(error_name === 'InsufficientScopeError', !isLet, `${scope}: ${call}`)
      if (!isLet) t.match(reply, { statusCode: 403, body: message.includes(needed) ? /./ : /never/ })
    }
  }
})

t.test('no key gives itself a right that it lacks', async (t) => {
  const { app } = await startOperated(t)
  for (const { scopes, method, url, body, missing } of escalations) {
    const { key } = await makeKey(app, scopes)
    const reply = await app.inject({ method, url, headers: bearer(key), payload: body })
    t.match(reply.json(), { error_name: 'InsufficientScopeError', message: RegExp(`scope ${missing}\\.`) })
  }
  const { key } = await makeKey(app, ['keys', 'users:read'])
  const payload = keyOf('users:read', 'keys')
  const reply = await app.inject({ method: 'POST', url: '/admin/api-keys', headers: bearer(key), payload })
  t.equal(reply.statusCode, 201)
})

t.test('without a right credential every call is a 401, whatever its body', async (t) => {
  const { app, clock } = await startOperated(t)
  const { key } = await makeKey(app, ['all'], 10)
  const { key: other } = await makeKey(app, ['all'])
  clock.advance(10)
  const token = await signUp(app)
  await makeAdmin(app, 'alice')
  const credentials: Record<string, string | string[]>[] = [
    {},
    { authorization: '' },
    bearer(''),
    bearer('wrong'),
    bearer(`${adminKey}x`),
    bearer(key),
    bearer(other.replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
    bearer(`pak_${'0'.repeat(16)}_${'0'.repeat(64)}`),
    { authorization: adminKey },
    { authorization: `Basic ${Buffer.from(`postern:${adminKey}`).toString('base64')}` },
    { 'x-authorization': `Bearer ${adminKey}`, cookie: `access_token=${adminKey}` },
    bearer(withClaims(app, token, { auth_time: undefined })),
    bearer(await refreshToken(app, token))
  ]
  const bodies = [
    { payload: '' },
    { payload: '{"access_token":"x","name":"x","scopes":["all"]}', type: 'application/json' },
    { payload: '{', type: 'application/json' },
    { payload: 'access_token=x', type: 'application/x-www-form-urlencoded' },
    { payload: 'x', type: multipartType },
    { payload: 'x', type: 'text/plain; charset=utf-16' },
    { payload: Buffer.alloc(100_000), type: 'application/json' },
    ...Array.from({ length: 5 }, () => ({ payload: randomBytes(200), type: 'application/json' }))
  ]
  // Thousands of replies: one assertion a call.
  for (const { call, method, url } of targets) {
    const wrong: unknown[] = []
    for (const headers of credentials) {
      for (const { payload, type } of bodies) {
        const query = `?access_token=${adminKey}`
        const reply = await app.inject({
          method,
          url: url + query,
          headers: { ...headers, ...(type !== undefined && { 'content-type': type }) },
          payload
        })
        const { statusCode, headers: answered } = reply
        const isRefused = statusCode === 401 && reply.json().error_name === 'AuthenticationRequiredError'
        if (isRefused && answered['www-authenticate'] === 'Bearer realm="postern"') continue
        wrong.push({ headers, type, payload: String(payload).slice(0, 20), statusCode, body: reply.body })
      }
    }
    t.same(wrong, [], call)
    for (const other of ['PUT', 'PATCH', 'OPTIONS', 'HEAD', 'POST', 'DELETE'] as const) {
      const { statusCode } = await app.inject({ method: other, url, payload: '{' })
      t.ok([401, 404].includes(statusCode), `${other} ${url}: ${statusCode}`)
    }
  }
})

t.test('two headers with credentials are none', async (t) => {
  const { app } = await startOperated(t)
  await app.listen({ port: 0 })
  const { port } = app.server.address() as { port: number }
  const ask = async (headers: [string, string][]) => {
    const { request } = await import('node:http')
    return await new Promise<number | undefined>((resolve, reject) => {
      request({ port, path: '/admin/api-keys', headers: headers.flat() as never }, (reply) => {
        reply.resume()
        resolve(reply.statusCode)
      })
        .on('error', reject)
        .end()
    })
  }
  const header: [string, string] = ['Authorization', `Bearer ${adminKey}`]
  const host: [string, string] = ['Host', 'x']
  t.equal(await ask([host, header]), 200)
  t.equal(await ask([host, header, header]), 401)
  t.equal(await ask([host, header, ['authorization', 'Bearer x']]), 401)
})

t.test('over TCP the calls are not there unless POSTERN_ADMIN=http', async (t) => {
  const environment = { POSTERN_ADMIN_KEY: adminKey, POSTERN_CORS_ORIGIN: '*' }
  const { app, log } = await startOperated(t, environment)
  const nothing = await app.inject('/nothing')
  for (const { url } of [...targets, { url: '/admin' }, { url: '/admin/' }, { url: '/%61dmin/api-keys' }]) {
    const wrong: unknown[] = []
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
      for (const payload of [undefined, '{', Buffer.alloc(100_000)]) {
        const headers = {
          ...asOperator,
          origin: 'https://app.example.org',
          'access-control-request-method': 'POST',
          ...(payload !== undefined && { 'content-type': 'application/json' })
        }
        const reply = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
        const isAsNothing = reply.statusCode === 404 && (method === 'HEAD' || reply.body === nothing.body)
        const telling = Object.keys(reply.headers).filter((name) => /^access-control|^www-auth/.test(name))
        if (!isAsNothing || telling.length > 0) wrong.push({ method, payload, telling, body: reply.body })
      }
    }
    t.same(wrong, [], url)
  }
  t.same(
    log.filter((line) => line.includes('"audit"')),
    [],
    'nobody was refused anything'
  )
})

t.test('pages of other origins get no CORS headers below /admin', async (t) => {
  const { app } = await startOperated(t, { ...settings, POSTERN_CORS_ORIGIN: 'https://app.example.org' })
  const origin = 'https://app.example.org'
  const headers = { ...asOperator, origin, 'access-control-request-method': 'GET' }
  for (const method of ['GET', 'OPTIONS'] as const) {
    for (const url of ['/admin/api-keys', '/admin/nothing']) {
      const reply = await app.inject({ method, url, headers })
      t.equal(reply.headers['access-control-allow-origin'], undefined, `${method} ${url}`)
    }
  }
  const reply = await app.inject({ method: 'OPTIONS', url: '/user', headers })
  t.equal(reply.headers['access-control-allow-origin'], origin, 'elsewhere they do')
})

t.test('a member of postern-admins who has just given the password has all rights', async (t) => {
  const { app, clock } = await startOperated(t)
  const token = await signUp(app)
  const ask = async (token: string) => {
    const reply = await app.inject({ url: '/admin/api-keys', headers: bearer(token) })
    return reply.statusCode
  }
  const fresh = () => withClaims(app, token, { auth_time: seconds })
  t.equal(await ask(fresh()), 403, 'no member yet')
  await makeAdmin(app, 'alice')
  t.equal(await ask(fresh()), 200)
  t.equal(await ask(withClaims(app, token, { auth_time: seconds + 1 })), 401, 'given after the token')
  t.equal(await ask(withClaims(app, token, { auth_time: `${seconds}` })), 401)
  t.equal(await ask(withClaims(app, token, { auth_time: seconds + 0.5 })), 401)
  t.equal(await ask(withClaims(app, token, { auth_time: seconds, groups: [] })), 200, 'the record counts')
  const renewed = await refresh(app, await refreshToken(app, token))
  t.equal(await ask(withClaims(app, renewed, { auth_time: seconds })), 401, 'not by password')
  clock.advance(600)
  t.equal(await ask(fresh()), 200)
  clock.advance(1)
  t.equal(await ask(fresh()), 401, 'over 10 minutes')
})

t.test('a claim of one who is no member, and a token that has ended, give no rights', async (t) => {
  const { app } = await startOperated(t)
  const ask = async (token: string) => {
    const { statusCode } = await app.inject({ url: '/admin/api-keys', headers: bearer(token) })
    return statusCode
  }
  const token = await signUp(app)
  const claims = { auth_time: seconds, groups: ['postern-admins'], scope: 'all', scopes: ['all'] }
  t.equal(await ask(withClaims(app, token, claims)), 403)
  await makeAdmin(app, 'alice')
  await send(app, 'POST', '/oauth/revoke', { token }, { by: 'form' })
  t.equal(await ask(withClaims(app, token, { auth_time: seconds })), 401, 'revoked')
  const second = await signIn(app)
  t.equal(await ask(withClaims(app, second, { auth_time: seconds })), 200)
  await send(app, 'DELETE', '/user', {}, { headers: bearer(second) })
  t.equal(await ask(withClaims(app, second, { auth_time: seconds })), 401, 'deleted')
})

t.test('wrong keys are throttled by address, and a right one never is', async (t) => {
  const { app } = await startOperated(t, { ...settings, POSTERN_LOGIN_MAX_FAILURES: '10' })
  const { key } = await makeKey(app, ['keys'])
  const ask = async (key: string, remoteAddress = '192.0.2.1') =>
    await app.inject({ url: '/admin/api-keys', headers: bearer(key), remoteAddress })
  const statuses: number[] = []
  for (let count = 0; count < 102; count += 1) statuses.push((await ask(`wrong-${count}`)).statusCode)
  t.same(new Set(statuses.slice(0, 101)), new Set([401]))
  const refused = await ask('wrong')
  t.match(refused, { statusCode: 429, headers: { 'retry-after': /^\d+$/ } })
  t.equal((await ask(key)).statusCode, 200)
  t.equal((await ask(adminKey)).statusCode, 200)
  t.equal((await ask('wrong', '198.51.100.1')).statusCode, 401, 'elsewhere')
})

t.test('an API key is told once, and kept as a digest with its last use', async (t) => {
  const { app, clock, log } = await startOperated(t)
  const { id, name, key } = await makeKey(app, ['keys'], 100)
  t.match(key, /^pak_[0-9a-f]{16}_[0-9a-f]{64}$/)
  clock.advance(7)
  const list = async () => await app.inject({ url: '/admin/api-keys', headers: bearer(key) })
  await list()
  const { api_keys } = (await list()).json()
  t.same(api_keys, [
    {
      id,
      name,
      scopes: ['keys'],
      created_at: seconds,
      expires_at: seconds + 100,
      last_used_at: seconds + 7
    }
  ])
  const [, , secret = ''] = key.split('_')
  const stored = JSON.stringify(await app.store.listApiKeys())
  t.notMatch(stored, secret)
  const { digest } = (await app.store.findApiKey(id)) ?? {}
  for (const kept of [secret, adminKey, String(digest)]) {
    t.same(
      [...log, (await list()).body].filter((text) => text.includes(kept)),
      []
    )
  }
  const remove = { method: 'DELETE', url: `/admin/api-keys/${id}`, headers: asOperator } as const
  t.equal((await app.inject(remove)).statusCode, 204)
  t.equal((await list()).statusCode, 401)
  t.match((await app.inject(remove)).json(), { statusCode: 404, error_name: 'ApiKeyDoesNotExistError' })
})

t.test(
  'API keys are listed page by page, the oldest first, without a gap and without a repetition',
  async (t) => {
    const { app, clock } = await startOperated(t)
    const ask = async (query: string) =>
      (await app.inject({ url: `/admin/api-keys?${query}`, headers: asOperator })).json()
    for (const name of ['c', 'a', 'b', 'd', 'e']) {
      const payload = { name, scopes: ['keys'] }
      await app.inject({ method: 'POST', url: '/admin/api-keys', headers: asOperator, payload })
      if (name !== 'b') clock.advance(1)
    }
    const names: string[][] = []
    let cursor = ''
    do {
      const { api_keys, next } = await ask(`limit=2${cursor}`)
      names.push(api_keys.map(({ name }: { name: string }) => name))
      cursor = next === undefined ? '' : `&cursor=${next}`
    } while (cursor !== '')
    t.same(
      names.map((page) => page.length),
      [2, 2, 1]
    )
    t.match(names.flat().join(''), /^ca(?:bd|db)e$/)
    t.notOk('next' in (await ask('limit=5')))
    for (const query of ['limit=0', 'limit=201', 'cursor=x', 'q=a']) {
      t.match(await ask(query), { statusCode: 400, error_name: 'InvalidArgumentError' }, query)
    }
  }
)

t.test('a key that looks like that of the settings cannot be made, nor two of a name', async (t) => {
  const { app } = await startOperated(t)
  const make = async (payload: object) =>
    (await app.inject({ method: 'POST', url: '/admin/api-keys', headers: asOperator, payload })).json()
  t.match(await make({ name: 'POSTERN_ADMIN_KEY', scopes: ['keys'] }), { message: /^name: must be / })
  t.match(await make({ name: '', scopes: ['keys'] }), { message: /^name: must be / })
  t.match(await make({ name: 'x'.repeat(65), scopes: ['keys'] }), { message: /^name: must be / })
  t.match(await make({ name: 'a\nb', scopes: ['keys'] }), { message: /^name: must be / })
  t.match(await make({ name: 'ci', scopes: [] }), { statusCode: 400, message: /^scopes: / })
  t.match(await make({ name: 'ci', scopes: ['root'] }), { statusCode: 400, message: /^scopes\/0: / })
  t.match(await make({ name: 'ci', scopes: ['keys'], expires_in: 0 }), { message: /^expires_in: / })
  t.match(await make({ name: 'ci', scopes: ['keys'], expires_in: '9' }), { message: /^expires_in: / })
  t.match(await make({ name: '😀'.repeat(64), scopes: ['keys'] }), { id: /./ })
  t.match(await make({ name: 'ci', scopes: ['keys'] }), { id: /./ })
  t.match(await make({ name: 'ci', scopes: ['keys'] }), { statusCode: 400, message: /^name: / })
})

t.test('nothing that a call is given goes without a word', async (t) => {
  const { app } = await startOperated(t)
  const ask = async (method: Method, url: string, payload?: object) =>
    await app.inject({ method, url, headers: asOperator, ...(payload !== undefined && { payload }) })
  const key = { name: 'ci', scopes: ['keys'] }
  const refusals = [
    await ask('POST', '/admin/api-keys', { ...key, uid: 1, id: 2 }),
    await ask('POST', '/admin/api-keys?uid=1', key),
    await ask('GET', '/admin/api-keys?uid=1'),
    await ask('GET', '/admin/api-keys', { uid: 1 }),
    await ask('DELETE', '/admin/api-keys/x', { uid: 1 })
  ]
  for (const reply of refusals) t.match(reply.json(), { statusCode: 400, message: /uid.*: unknown here/ })
  const secret = await ask('POST', '/admin/api-keys', { ...key, 'hunter2 hunter2': 1 })
  t.equal(secret.statusCode, 400)
  t.notMatch(secret.body, 'hunter2')
  t.match((await ask('POST', '/admin/api-keys?name=ci&scopes=keys', {})).json(), { statusCode: 400 })
  t.same((await app.inject({ url: '/admin/api-keys', headers: asOperator })).json(), { api_keys: [] })
})

t.test('a body is JSON, also as a merge patch, and nothing else', async (t) => {
  const { app } = await startOperated(t)
  const post = async (type: string, payload: string) => {
    const headers = { ...asOperator, 'content-type': type }
    return (await app.inject({ method: 'POST', url: '/admin/api-keys', headers, payload })).statusCode
  }
  t.equal(await post('application/json', '{"name":"a","scopes":["keys"]}'), 201)
  t.equal(await post('application/merge-patch+json; charset=utf-8', '{"name":"b","scopes":["keys"]}'), 201)
  t.equal(await post('application/json; charset=utf-16', '{}'), 415)
  t.equal(await post('application/x-www-form-urlencoded', 'name=c'), 415)
  t.equal(await post(multipartType, 'x'), 415)
  t.equal(await post('application/json', '[1]'), 400)
  const untyped = await app.inject({
    method: 'POST',
    url: '/admin/api-keys',
    headers: { ...asOperator, 'content-length': '2' },
    payload: Readable.from(['{}'])
  })
  t.match(untyped.json(), { statusCode: 415, message: /^The body must be application\/json or [^,]+$/ })
  const headers = { 'content-type': 'application/merge-patch+json' }
  const elsewhere = await app.inject({ method: 'POST', url: '/user', headers, payload: '{}' })
  t.equal(elsewhere.statusCode, 415, 'no other call takes a merge patch')
})

t.test('the audit tells who did, read and was refused what', async (t) => {
  const { app, log } = await startOperated(t)
  const { id, name, key } = await makeKey(app, ['users:read'])
  await app.inject({ url: '/admin/api-keys', headers: asOperator })
  await app.inject({ url: '/admin/api-keys', headers: bearer(key) })
  await app.inject('/admin/api-keys?access_token=hunter2')
  await app.inject({ method: 'DELETE', url: `/admin/api-keys/${id}`, headers: asOperator })
  const records = log.map((line) => JSON.parse(line)).filter(({ audit }) => audit !== undefined)
  const actor = 'key:POSTERN_ADMIN_KEY'
  t.match(records, [
    { audit: 'api_key_made', actor, address: '127.0.0.1', detail: `${name}: users:read` },
    { audit: 'admin_read', actor, detail: 'GET /admin/api-keys' },
    { audit: 'admin_refused', actor: `key:${name}`, level: 40, reason: 'InsufficientScopeError' },
    { audit: 'admin_refused', address: '127.0.0.1', reason: 'AuthenticationRequiredError' },
    { audit: 'api_key_removed', actor, detail: name }
  ])
  t.equal(records.length, 5)
  t.notMatch(records.map((record) => JSON.stringify(record)).join(), 'hunter2')
})

t.test('a route below /admin without a scope is none', async (t) => {
  const app = createServer({ environment: { ...cheap, ...settings }, clock: createClock() }, { write() {} })
  t.teardown(() => app.close())
  app.register(async (app) => {
    app.get('/admin/open', async () => 'open')
  })
  await t.rejects(async () => await app.ready(), /\/admin\/open has no scope/)
})

t.test('signing keys are listed, made and retired, and the service goes by them at once', async (t) => {
  const { app, clock } = await startOperated(t)
  const ask = async (method: Method, url = '/admin/signing-keys') => {
    const reply = await app.inject({ method, url, headers: asOperator })
    return { status: reply.statusCode, ...(reply.body !== '' && reply.json()) }
  }
  const token = await signUp(app)
  const { kid: old } = app.keys.signing
  t.match(await ask('GET'), { keys: [{ kid: old, algorithm: 'ES256', state: 'signs' }] })
  const made = await ask('POST')
  t.match(made, { status: 201, algorithm: 'ES256', state: 'waits', signs_from: seconds + 300 })
  t.match(app.keys.publicSet, made.kid, 'it is published')
  t.match(await ask('POST'), { status: 409, error_name: 'SigningKeyRefusedError' })
  t.match(await ask('DELETE', '/admin/signing-keys/x'), { error_name: 'SigningKeyDoesNotExistError' })
  clock.advance(300)
  t.match(await ask('GET'), {
    keys: [
      { kid: old, state: 'verifies', verifies_until: Number },
      { kid: made.kid, state: 'signs' }
    ]
  })
  t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 200)
  t.equal((await ask('DELETE', `/admin/signing-keys/${old}`)).status, 204)
  t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 400)
  t.match(await ask('DELETE', `/admin/signing-keys/${made.kid}`), { status: 409, message: /only key/ })
})
