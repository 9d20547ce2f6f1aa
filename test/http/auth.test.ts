import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { serverAddress } from '../../src/http/server-address.js'
import { whenFound } from '../../src/lookup.js'
import type { User } from '../../src/store/store.js'
import {
  bearer,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  startService,
  transports
} from '../support/helper.js'
import { sendRaw } from '../support/process.js'

function patch(app: FastifyInstance, headers: Record<string, string>) {
  return send(app, 'PATCH', '/user', { pass: 'wonderland' }, { headers })
}

/** The status of a call with so many `Authorization` headers, over the network: `inject` would join them. */
async function patchWithAll(app: FastifyInstance, ...authorizations: string[]): Promise<number> {
  const url = app.server.listening ? serverAddress(app) : await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = authorizations.map((value) => `Authorization: ${value}\r\n`).join('')
  const head = 'PATCH /user?pass=wonderland HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(await sendRaw(url, `${head}${headers}\r\n`)) ?? []
  return Number(status)
}

t.test('a token is taken as Bearer, with the scheme in any case, or bare', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  for (const value of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, token]) {
    const response = await app.inject({ url: '/user', headers: { authorization: value } })
    t.equal(response.statusCode, 200)
  }
})

t.test('any other form of the Authorization header is refused', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  for (const value of [
    'Bearer',
    'Bearer ',
    `Bearer  ${token}`,
    `Bearer\t${token}`,
    `Bearer ${token} x`,
    `Bearer ${token}, Bearer ${token}`,
    `Bearer "${token}"`,
    `Basic ${Buffer.from('alice:wonderland').toString('base64')}`,
    `Token ${token}`,
    `${token} ${token}`
  ]) {
    const response = await patch(app, { authorization: value })
    t.equal(response.statusCode, 401, value.slice(0, 12))
    t.match(response.json(), { error_name: 'InvalidTokenError' })
    t.match(
      response.headers['www-authenticate'],
      /^Bearer realm="postern", error="invalid_token", error_description="[^"]+"$/
    )
  }
})

t.test('two Authorization headers are refused unless they are the same', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const other = await signIn(app)
  t.equal(await patchWithAll(app, `Bearer ${token}`, `Bearer ${other}`), 401)
  t.equal(await patchWithAll(app, `Bearer ${token}`, `Bearer ${token}`), 200)
})

t.test('the same token in several places is fine, two different ones are none', async (t) => {
  const { app } = await startService(t)
  const one = await signUp(app)
  const two = await signIn(app)
  const get = (header: string, query: string, body: string) =>
    app.inject({
      url: `/user?access_token=${query}`,
      headers: bearer(header),
      payload: { access_token: body }
    })
  t.equal((await get(one, one, one)).statusCode, 200)
  t.equal((await get(two, one, one)).statusCode, 204)
  t.equal((await get(one, two, one)).statusCode, 204)
  t.equal((await get(one, one, two)).statusCode, 204)
})

t.test('C8: an empty access_token is left out, in whichever place', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  for (const by of transports) {
    const given = await send(app, 'GET', '/user', { access_token: '' }, { by, headers: bearer(token) })
    t.equal(given.statusCode, 200, by)
    t.equal((await send(app, 'GET', '/user', { access_token: '' }, { by })).statusCode, 204)
    const required = await send(app, 'DELETE', '/user', { access_token: '' }, { by })
    t.match(required.json(), { statusCode: 401, error_name: 'AuthenticationRequiredError' })
    const check = await send(app, 'GET', '/check', { access_token: '' }, { by })
    t.match(check.json(), { statusCode: 400, message: 'access_token: is missing.' })
  }
  const mixed = { url: `/user?access_token=${token}`, payload: { access_token: '' } }
  t.equal((await app.inject(mixed)).statusCode, 200)
  const asked = { ...bearer(token), 'x-original-uri': '/page?access_token=' }
  t.equal((await app.inject({ url: '/forward-auth', headers: asked })).statusCode, 204)
})

t.test('C8: an Authorization of another scheme presents nothing beside an access_token', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const other = await signIn(app)
  for (const authorization of [
    'Basic cHJveHk6c2VjcmV0',
    'basic cHJveHk6c2VjcmV0',
    'Negotiate x',
    'Digest a="b"'
  ]) {
    const headers = { authorization }
    for (const by of transports) {
      const response = await send(app, 'GET', '/check', { access_token: token }, { by, headers })
      t.equal(response.statusCode, 200, `${authorization} ${by}`)
    }
    t.equal((await patch(app, headers)).statusCode, 401, 'alone it is refused')
    const empty = await send(app, 'DELETE', '/user', { access_token: '' }, { headers })
    t.equal(empty.statusCode, 401)
    const asked = { authorization, 'x-original-uri': `/page?access_token=${token}` }
    t.equal((await app.inject({ url: '/forward-auth', headers: asked })).statusCode, 204)
  }
  for (const authorization of [`Bearer ${other}`, other, 'Bearer  x', 'x.y']) {
    const response = await send(app, 'GET', '/check', { access_token: token }, { headers: { authorization } })
    t.equal(response.statusCode, 400, authorization.slice(0, 12))
  }
})

t.test(
  'C8: an Authorization without a token is no second one, and an empty one is none at all',
  async (t) => {
    const { app } = await startService(t)
    const token = await signUp(app)
    for (const authorization of ['', 'Bearer', 'bearer ', 'Basic', 'Negotiate']) {
      const headers = { authorization }
      for (const by of transports) {
        const response = await send(app, 'GET', '/check', { access_token: token }, { by, headers })
        t.equal(response.statusCode, 200, `${authorization} ${by}`)
      }
      const asked = { authorization, 'x-original-uri': `/page?access_token=${token}` }
      t.equal((await app.inject({ url: '/forward-auth', headers: asked })).statusCode, 204)
    }
    const headers = { authorization: '' }
    const required = await patch(app, headers)
    t.match(required.json(), { statusCode: 401, error_name: 'AuthenticationRequiredError' })
    t.equal(required.headers['www-authenticate'], 'Bearer realm="postern"')
    const check = await app.inject({ url: '/check', headers })
    t.match(check.json(), { statusCode: 400, message: 'access_token: is missing.' })
    t.equal(await patchWithAll(app, '', `Bearer ${token}`), 200)
  }
)

t.test('without a token the challenge tells of no error', async (t) => {
  const { app } = await startService(t)
  for (const [method, url] of [
    ['PATCH', '/user'],
    ['DELETE', '/user'],
    ['GET', '/refresh_token'],
    ['DELETE', '/refresh_token']
  ] as const) {
    const response = await app.inject({ method, url })
    t.equal(response.statusCode, 401)
    t.match(response.json(), { error_name: 'AuthenticationRequiredError' })
    t.equal(response.headers['www-authenticate'], 'Bearer realm="postern"')
  }
})

t.test('a cookie is no token', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const headers = { cookie: `access_token=${token}; token=${token}; Authorization=Bearer ${token}` }
  t.equal((await patch(app, headers)).statusCode, 401)
})

t.test('headers that claim another method, address, host or client change nothing', async (t) => {
  const { app, log } = await startService(t)
  const token = await signUp(app)
  for (const headers of [
    { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE', 'x-method-override': 'DELETE' },
    {
      'x-original-url': '/nowhere',
      'x-rewrite-url': '/nowhere',
      forwarded: 'for=203.0.113.9;host=evil.example'
    },
    { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', 'client-ip': '203.0.113.9' }
  ]) {
    const response = await app.inject({
      url: '/user?_method=DELETE',
      headers: { ...headers, ...bearer(token) }
    })
    t.equal(response.statusCode, 200)
    t.equal(response.json().user, 'alice')
    t.notMatch(JSON.stringify(response.headers), 'evil')
  }
  t.notMatch(log.join(''), /evil|203\.0\.113/)
})

for (const [whom, trusted] of Object.entries({
  proxy: { POSTERN_TRUST_PROXY: 'true' },
  backend: { POSTERN_LOGIN_BACKENDS: '127.0.0.1,10.0.0.1' }
})) {
  t.test(`L10: the address of a client is an address, whatever a ${whom} hands on`, async (t) => {
    const { app, log } = await startService(t, { ...trusted, POSTERN_LOGIN_MAX_FAILURES: '3' })
    const addressOf = async (forwarded: string) => {
      log.length = 0
      const headers = { 'x-forwarded-for': forwarded }
      await send(app, 'GET', '/token', { user: forwarded.slice(0, 20), pass: 'x' }, { headers })
      const told = log
        .map((line) => JSON.parse(line))
        .flatMap(({ address, req }) => address ?? req?.address ?? [])
      t.equal(new Set(told).size, 1)
      return told[0]
    }
    for (const [forwarded, address] of [
      ['203.0.113.9', '203.0.113.9'],
      ['203.0.113.9:4711', '203.0.113.9'],
      ['[2001:db8::1]:4711', '2001:db8::1'],
      ['[2001:db8::1]', '2001:db8::1'],
      ['2001:db8::1', '2001:db8::1'],
      ['203.0.113.9:4711, 10.0.0.1:80', '203.0.113.9'],
      ['unknown', '127.0.0.1'],
      ['_hidden, 203.0.113.9', '203.0.113.9'],
      ['evil"\u00a3{}, 10.0.0.1', '10.0.0.1'],
      ['203.0.113.9:4711x', '127.0.0.1'],
      ['1.2.3', '127.0.0.1'],
      [',', '127.0.0.1'],
      ['x'.repeat(10_000), '127.0.0.1']
    ] as const)
      t.equal(await addressOf(forwarded), address, forwarded.slice(0, 40))
    const statuses = []
    for (let port = 1; port <= 4; port += 1) {
      const headers = { 'x-forwarded-for': `198.51.100.7:${port}` }
      statuses.push((await send(app, 'GET', '/token', { user: 'alice', pass: 'x' }, { headers })).statusCode)
    }
    t.same(statuses, [404, 404, 404, 429], 'the same client from another port is no other one')
  })
}

t.test('a token obtained by a refresh token is not enough where the password is asked for', async (t) => {
  const { app } = await startService(t)
  const refreshed = await refresh(app, await refreshToken(app, await signUp(app)))
  for (const [method, url] of [
    ['PATCH', '/user'],
    ['DELETE', '/user'],
    ['GET', '/refresh_token']
  ] as const) {
    const response = await app.inject({ method, url, headers: bearer(refreshed) })
    t.equal(response.statusCode, 403)
    t.match(response.json(), { error_name: 'PasswordAuthenticationRequiredError' })
    t.match(
      response.headers['www-authenticate'],
      /^Bearer realm="postern", error="insufficient_user_authentication"/
    )
  }
})

t.test('a refresh token is not taken as an access token', async (t) => {
  const { app } = await startService(t)
  const refreshing = await refreshToken(app, await signUp(app))
  const response = await patch(app, bearer(refreshing))
  t.equal(response.statusCode, 401)
  t.match(response.json(), { error_name: 'TokenTypeError' })
})

for (const size of ['0', '1', '16384']) {
  t.test(`a token that was verified before is judged anew, with a cache of ${size}`, async (t) => {
    const { app, clock } = await startService(t, {
      POSTERN_TOKEN_CACHE_SIZE: size,
      POSTERN_ACCESS_TOKEN_TTL: '100'
    })
    const check = async (token: string) => {
      const response = await send(app, 'GET', '/check', { access_token: token })
      return response.statusCode === 200 ? response.json().user : response.statusCode
    }
    const alice = await signUp(app)
    const other = await signIn(app)
    const bob = await signUp(app, 'bob', 'builder')
    const carol = await signUp(app, 'carol', 'x')
    for (let round = 0; round < 3; round += 1) {
      t.equal(await check(alice), 'alice')
      t.equal(await check(other), 'alice')
      t.equal(await check(bob), 'bob')
      t.equal(await check(carol), 'carol')
      t.equal(await check(`${alice.slice(0, -4)}AAAA`), 400)
    }
    const refreshing = await refreshToken(app, alice)
    t.equal(await check(refreshing), 400)
    t.equal(await check(refreshing), 400)
    await send(app, 'DELETE', '/user', {}, { headers: bearer(bob) })
    t.equal(await check(bob), 400)
    await send(app, 'PATCH', '/user', { pass: 'new' }, { headers: bearer(alice) })
    t.equal(await check(alice), 'alice')
    t.equal(await check(other), 400)
    clock.advance(-1)
    t.equal(await check(carol), 400, 'before its nbf')
    clock.advance(101)
    t.equal(await check(alice), 400, 'at its exp')
    t.equal(await check(carol), 400)
  })
}

t.test(
  'the token is judged first, then how it was obtained, then the arguments, then the account',
  async (t) => {
    const { app } = await startService(t)
    const token = await signUp(app)
    const refreshing = await refreshToken(app, token)
    const refreshed = await refresh(app, refreshing)
    const change = (presented: string) =>
      app.inject({ method: 'PATCH', url: '/user', headers: bearer(presented), payload: { pass: 5 } })
    const revoke = (presented: string, values: Record<string, string>) =>
      send(app, 'DELETE', '/refresh_token', values, { headers: bearer(presented) })
    t.equal((await change('x')).statusCode, 401)
    t.equal((await change(refreshed)).statusCode, 403)
    t.equal((await change(token)).statusCode, 400)
    await send(app, 'DELETE', '/user', {}, { headers: bearer(token) })
    t.equal((await change('x')).statusCode, 401)
    t.equal((await change(refreshed)).statusCode, 403)
    t.equal((await change(token)).statusCode, 400)
    t.equal((await patch(app, bearer(token))).statusCode, 404)
    t.equal((await revoke('x', {})).statusCode, 401)
    for (const presented of [token, refreshed]) {
      t.equal((await revoke(presented, {})).statusCode, 400)
      t.equal((await revoke(presented, { refresh_token: 'x' })).statusCode, 400)
      t.equal((await revoke(presented, { refresh_token: refreshing })).statusCode, 404)
    }
  }
)

t.test(
  'a reply that is written too long after its token was judged is 503, unless it tells of a change',
  async (t) => {
    const { app } = await startService(t, { POSTERN_ADMIN: 'http' })
    const token = await signUp(app)
    const user = (await app.store.findUserByName('alice')) as User
    await app.store.replaceUser(user, { ...user, groups: ['postern-admins'] })
    const find = app.store.findTokenState
    let looks = 0
    app.store.findTokenState = (token) =>
      whenFound(find(token), (state) => ({
        ...state,
        freshness: {
          isCurrent() {
            looks += 1
            return false
          }
        }
      }))
    for (const [method, url] of [
      ['GET', '/check'],
      ['POST', '/check'],
      ['GET', '/user'],
      ['GET', '/refresh_token'],
      ['GET', '/refresh_tokens'],
      ['GET', '/admin/users'],
      ['POST', '/oauth/introspect']
    ] as const) {
      const form = url === '/oauth/introspect' ? { token } : {}
      const by = method === 'POST' ? 'form' : 'query'
      const { statusCode, headers, body } = await send(app, method, url, form, {
        by,
        headers: bearer(token)
      })
      t.equal(statusCode, 503, `${method} ${url}`)
      t.equal(headers['retry-after'], '1')
      const { error_name: name, error } = JSON.parse(body)
      t.equal(name ?? error, url.startsWith('/oauth') ? 'temporarily_unavailable' : 'StoreUnavailableError')
    }
    t.equal((await app.inject({ url: '/forward-auth', headers: bearer(token) })).statusCode, 403)
    t.equal(looks, 8)
    t.equal((await app.inject({ url: '/check', headers: bearer('x') })).statusCode, 400, 'a refusal stays')
    t.equal((await patch(app, bearer(token))).statusCode, 200, 'what was stored is told')
  }
)
