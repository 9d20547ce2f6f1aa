import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { GivenUser } from '../../src/accounts/users-file.js'
import type { Environment } from '../../src/config/config.js'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { presets } from '../../src/fixture/token-forge.js'
import { createServer } from '../../src/server/server.js'
import {
  bearer,
  createClock,
  decodePart,
  type Method,
  refreshToken,
  send,
  signIn,
  start,
  startService
} from '../support/helper.js'

const now = start / 1000
const alice: GivenUser = { name: 'alice', password: 'wonderland' }

async function startFixture(t: Test, environment: Environment = {}, users: GivenUser[] = [alice]) {
  const base = createClock()
  const app = createServer(fixtureOptions({ environment, clock: base, users }), { write: () => {} })
  t.teardown(() => app.close())
  await app.ready()
  return { app, base }
}

function control(app: FastifyInstance, method: Method, path: string, payload?: object, headers = {}) {
  return app.inject({ method, url: `/fixture${path}`, headers, ...(payload && { payload }) })
}

async function makeToken(app: FastifyInstance, values: object): Promise<string> {
  const reply = await control(app, 'POST', '/tokens', { user: 'alice', ...values })
  if (reply.statusCode !== 200) throw new Error(reply.body)
  return reply.body
}

async function check(app: FastifyInstance, access_token: string): Promise<number> {
  return (await send(app, 'GET', '/check', { access_token })).statusCode
}

t.test('a service that is no fixture has no control, and takes no token of one', async (t) => {
  const environment = { POSTERN_ALGORITHM: 'HS256', POSTERN_SIGNING_KEY: 'x'.repeat(32) }
  const uid = 'a'.repeat(32)
  const { app } = await startFixture(t, environment, [{ ...alice, uid }])
  const { app: real } = await startService(t, environment)
  await real.accounts.give({ ...alice, uid })
  t.equal(await check(app, await signIn(app)), 200)
  const reply = await send(real, 'GET', '/check', { access_token: await signIn(app) })
  t.match(reply.json(), { error_name: 'InvalidTokenError', message: 'The token is one of a test fixture.' })
  t.equal(
    (await send(real, 'GET', '/token', { user: await makeToken(app, { token_type: 'refresh_token' }) }))
      .statusCode,
    400
  )
  for (const path of ['/users', '/clock', '/requests']) {
    t.equal((await control(real, 'GET', path)).statusCode, 404)
  }
  t.equal((await control(real, 'POST', '/reset')).statusCode, 404)
})

t.test('users are made, changed, listed and removed', async (t) => {
  const { app } = await startFixture(t, {}, [])
  t.match(await control(app, 'PUT', '/users/bob', {}), { statusCode: 400 })
  const made = await control(app, 'PUT', '/users/bob', { pass: 'builder', claims: { role: 'admin' } })
  t.match(made, { statusCode: 201 })
  t.match(made.json(), { uid: /^[0-9a-f]{32}$/ })
  const token = await signIn(app, 'bob', 'builder')
  t.match(decodePart(token, 1), { role: 'admin', user: 'bob', fixture: true })

  const same = await control(app, 'PUT', '/users/bob', { pass: 'builder', claims: {} })
  t.match(same, { statusCode: 200 })
  t.same(same.json(), made.json())
  t.equal(await check(app, token), 200, 'the same password leaves the tokens alone')
  await control(app, 'PUT', '/users/bob', { pass: 'other' })
  t.equal(await check(app, token), 400)
  t.equal((await send(app, 'GET', '/token', { user: 'bob', pass: 'builder' })).statusCode, 404)

  await control(app, 'PUT', '/users/bob', { active: false })
  t.equal((await send(app, 'GET', '/token', { user: 'bob', pass: 'other' })).statusCode, 403)
  t.match((await control(app, 'GET', '/users')).json(), {
    users: [{ user: 'bob', uid: made.json().uid, active: false, claims: {} }]
  })
  t.equal((await control(app, 'DELETE', '/users/bob')).statusCode, 204)
  t.equal((await control(app, 'DELETE', '/users/bob')).statusCode, 404)
  t.equal(
    (await control(app, 'PUT', '/users/bob', { pass: 'builder' })).statusCode,
    201,
    'the name is free again'
  )
})

t.test(
  'a user name may be any, a claim may be any but those of Postern, and what is wrong is named',
  async (t) => {
    const { app } = await startFixture(t)
    for (const name of ['👩‍🚀'.repeat(20), 'a/b?c#d', '__proto__', 'é'.repeat(255)]) {
      const url = `/users/${encodeURIComponent(name)}`
      t.equal((await control(app, 'PUT', url, { pass: 'x' })).statusCode, 201, name)
      t.equal(decodePart(await signIn(app, name, 'x'), 1).user, name.normalize('NFC'))
    }
    for (const [payload, message] of [
      [{ pass: 'x', claims: { uid: 'x' } }, /^claims/],
      [{ pass: 'x', claims: { fixture: false } }, /^claims/],
      [{ pass: 'x', claims: 'x' }, /^claims/],
      [{ pass: 5 }, /^pass/],
      [{ pass: 'x', active: 'yes' }, /^active/]
    ] as const) {
      t.match((await control(app, 'PUT', '/users/dave', payload)).json(), { statusCode: 400, message })
    }
    t.equal((await control(app, 'PUT', '/users/a%00b', { pass: 'x' })).statusCode, 400)
  }
)

t.test('tokens are made to order', async (t) => {
  const { app } = await startFixture(t)
  t.match(decodePart(await makeToken(app, {}), 1), {
    token_type: 'access_token',
    authentication_method: 'password'
  })
  const token = await makeToken(app, {
    authentication_method: 'refresh_token',
    claims: { role: 'admin', gen: 0 },
    expires_in: 60
  })
  t.match(decodePart(token, 1), { authentication_method: 'refresh_token', role: 'admin', exp: now + 60 })
  t.equal(await check(app, token), 200)
  const refresh = await makeToken(app, { token_type: 'refresh_token' })
  t.equal((await send(app, 'GET', '/token', { user: refresh })).statusCode, 200)
  t.match((await control(app, 'POST', '/tokens', { user: 'nobody' })).json(), {
    error_name: 'UserDoesNotExistError'
  })
  t.match((await control(app, 'POST', '/tokens', { user: 'alice', preset: 'x' })).json(), {
    message: /^preset/
  })
})

t.test('each bad token is refused, also as a refresh token, and with every kind of key', async (t) => {
  for (const POSTERN_ALGORITHM of ['ES256', 'EdDSA', 'HS256']) {
    const { app } = await startFixture(t, { POSTERN_ALGORITHM })
    for (const preset of presets) {
      t.equal(await check(app, await makeToken(app, { preset })), 400, preset)
      const user = await makeToken(app, { preset, token_type: 'refresh_token' })
      t.equal((await send(app, 'GET', '/token', { user })).statusCode, 400, preset)
    }
  }
})

t.test('the clock is set, moved, stopped and put back, and tokens go by it', async (t) => {
  const { app, base } = await startFixture(t)
  const clock = async () => (await control(app, 'GET', '/clock')).json()
  t.same(await clock(), { now, frozen: false })
  const token = await signIn(app)
  t.same((await control(app, 'PUT', '/clock', { advance: 3600 })).json(), { now: now + 3600, frozen: false })
  t.equal(await check(app, token), 400)
  base.advance(5)
  t.same(await clock(), { now: now + 3605, frozen: false })
  await control(app, 'PUT', '/clock', { now: '2031-01-01T00:00:00Z', frozen: true })
  base.advance(5)
  t.same(await clock(), { now: Date.UTC(2031, 0, 1) / 1000, frozen: true })
  await control(app, 'PUT', '/clock', { advance: -10 })
  t.same(await clock(), { now: Date.UTC(2031, 0, 1) / 1000 - 10, frozen: true })
  await control(app, 'PUT', '/clock', { frozen: false, now })
  t.same(await clock(), { now, frozen: false })
  t.equal((await control(app, 'DELETE', '/clock')).statusCode, 204)
  t.same(await clock(), { now: now + 10, frozen: false })
  t.equal(await check(app, token), 200)
  for (const payload of [{ now: 'tomorrow' }, { now: -1 }, { advance: '5' }, { frozen: 1 }]) {
    t.equal((await control(app, 'PUT', '/clock', payload)).statusCode, 400, JSON.stringify(payload))
  }
})

t.test('the throttle, if it is on, and the rotation of keys go by the clock', async (t) => {
  const { app } = await startFixture(t, { POSTERN_LOGIN_MAX_FAILURES: '1', POSTERN_LOGIN_WINDOW: '60' })
  const fail = async () => (await send(app, 'GET', '/token', { user: 'alice', pass: 'x' })).statusCode
  t.equal(await fail(), 404)
  t.equal(await fail(), 429)
  await control(app, 'PUT', '/clock', { advance: 60 })
  t.equal(await fail(), 404)
  await control(app, 'POST', '/reset')
  t.equal(await fail(), 404, 'and a reset forgets the failures')
})

t.test('a route fails as often as it is told to, by a status, by a delay, and not otherwise', async (t) => {
  const { app } = await startFixture(t)
  const version = async () => (await app.inject('/version')).statusCode
  await control(app, 'POST', '/faults', { route: 'GET /version', status: 503, times: 2 })
  await control(app, 'POST', '/faults', { route: 'GET /version', status: 429 })
  await control(app, 'POST', '/faults', { route: 'POST /user', status: 500 })
  const reply = await app.inject('/version')
  t.match(reply.json(), { statusCode: 503, error_name: 'InjectedFaultError' })
  t.same([await version(), await version(), await version()], [503, 429, 200])
  t.equal((await send(app, 'POST', '/user', { user: 'bob', pass: 'x' })).statusCode, 500)
  await control(app, 'POST', '/faults', { route: 'GET /version', delay: 1 })
  t.equal(await version(), 200)
  await control(app, 'POST', '/faults', { route: 'GET /version', status: 503, times: 9 })
  t.equal((await control(app, 'DELETE', '/faults')).statusCode, 204)
  t.equal(await version(), 200)
  for (const payload of [{}, { route: 'version' }, { route: 'GET /version', status: 200 }]) {
    t.equal((await control(app, 'POST', '/faults', payload)).statusCode, 400)
  }
})

t.test('calls are recorded without their secrets, and control is not among them', async (t) => {
  const { app } = await startFixture(t)
  const token = await signIn(app)
  await send(app, 'GET', '/check', { access_token: token }, { by: 'query' })
  await send(app, 'GET', '/token', { user: token })
  await app.inject('/nothing?x=1')
  const recorded = (await control(app, 'GET', '/requests')).json()
  t.same(recorded, {
    requests: [
      { method: 'GET', path: '/token', arguments: { user: 'alice', pass: '[removed]' }, status: 200 },
      { method: 'GET', path: '/check', arguments: { access_token: '[removed]' }, status: 200 },
      { method: 'GET', path: '/token', arguments: { user: '[removed]' }, status: 400 },
      { method: 'GET', path: '/nothing', arguments: {}, status: 404 }
    ]
  })
  t.equal((await control(app, 'DELETE', '/requests')).statusCode, 204)
  t.same((await control(app, 'GET', '/requests')).json(), { requests: [] })
  for (let call = 0; call < 1001; call += 1) await app.inject(`/version?n=${call}`)
  const { requests } = (await control(app, 'GET', '/requests')).json()
  t.equal(requests.length, 1000)
  t.match(requests[0], { arguments: { n: '1' } })
})

t.test('a snapshot brings back users, tokens and the clock, as often as it is asked for', async (t) => {
  const { app } = await startFixture(t)
  const refresh = await refreshToken(app, await signIn(app))
  t.equal((await control(app, 'POST', '/snapshots/one')).statusCode, 204)
  for (let time = 0; time < 2; time += 1) {
    await control(app, 'PUT', '/users/bob', { pass: 'x' })
    await control(app, 'PUT', '/clock', { advance: 50 })
    await send(
      app,
      'DELETE',
      '/refresh_token',
      { refresh_token: refresh },
      { headers: bearer(await signIn(app)) }
    )
    t.equal((await send(app, 'GET', '/token', { user: refresh })).statusCode, 400)
    t.equal((await control(app, 'POST', '/snapshots/one/restore')).statusCode, 204)
    t.equal((await send(app, 'GET', '/token', { user: refresh })).statusCode, 200)
    t.equal((await control(app, 'GET', '/users')).json().users.length, 1)
    t.equal((await control(app, 'GET', '/clock')).json().now, now)
  }
  t.match((await control(app, 'POST', '/snapshots/two/restore')).json(), {
    statusCode: 404,
    error_name: 'SnapshotDoesNotExistError'
  })
})

t.test('a reset brings back how it began, while calls go on', async (t) => {
  const { app } = await startFixture(t)
  const token = await signIn(app)
  await control(app, 'POST', '/faults', { route: 'GET /version', status: 503 })
  await control(app, 'PUT', '/clock', { advance: 50 })
  const signUps = Array.from({ length: 50 }, (_, user) =>
    send(app, 'POST', '/user', { user: `${user}`, pass: 'x' })
  )
  const resets = Array.from({ length: 5 }, () => control(app, 'POST', '/reset'))
  for (const reply of await Promise.all([...signUps, ...resets])) t.ok(reply.statusCode < 300)
  t.equal((await control(app, 'POST', '/reset')).statusCode, 204)
  t.match((await control(app, 'GET', '/users')).json().users, [{ user: 'alice' }])
  t.same((await control(app, 'GET', '/requests')).json().requests, [])
  t.equal((await app.inject('/version')).statusCode, 200)
  t.equal((await control(app, 'GET', '/clock')).json().now, now)
  t.equal(await check(app, token), 200)
})

t.test('with a secret no control call goes without it', async (t) => {
  const POSTERN_FIXTURE_SECRET = '0123456789abcdef'
  const { app } = await startFixture(t, { POSTERN_FIXTURE_SECRET, POSTERN_HOST: '0.0.0.0' })
  for (const headers of [{}, bearer('x'), { authorization: POSTERN_FIXTURE_SECRET }]) {
    for (const [method, path] of [
      ['GET', '/users'],
      ['POST', '/reset'],
      ['PUT', '/users/bob'],
      ['POST', '/tokens']
    ] as const) {
      const reply = await control(app, method, path, method === 'GET' ? undefined : {}, headers)
      t.match(reply.json(), { statusCode: 403, error_name: 'FixtureSecretRequiredError' })
    }
  }
  const reply = await control(app, 'POST', '/reset', undefined, bearer(POSTERN_FIXTURE_SECRET))
  t.equal(reply.statusCode, 204)
})

t.test('a fixture listens for this machine alone unless it has a secret, and keeps nothing', (t) => {
  const options = (environment: Environment) => () => fixtureOptions({ environment, clock: Date.now })
  for (const POSTERN_HOST of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.evil.example']) {
    t.throws(options({ POSTERN_HOST }), { exitCode: 2, message: /POSTERN_FIXTURE_SECRET/ })
    t.throws(options({ POSTERN_HOST, POSTERN_FIXTURE_SECRET: 'short' }), {
      name: 'StartupError',
      exitCode: 2
    })
  }
  for (const POSTERN_HOST of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) t.ok(options({ POSTERN_HOST })())
  t.throws(options({ POSTERN_STORE: 'file' }), { exitCode: 2, message: /keeps nothing/ })
  t.end()
})

t.test('a wrong method on a path with a name in it is told what there is', async (t) => {
  const { app } = await startFixture(t)
  t.match(await control(app, 'GET', '/users/alice'), { statusCode: 405, headers: { allow: 'DELETE, PUT' } })
  t.equal((await control(app, 'GET', '/users/alice/x')).statusCode, 404)
})
