import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { createServer } from '../../src/server/server.js'
import { cheap, createClock, startService } from '../support/helper.js'

function startFixture(t: Test, environment = {}) {
  const options = fixtureOptions({ environment: { ...cheap, ...environment }, clock: createClock() })
  const app = createServer(options, { write: () => {} })
  t.teardown(() => app.close())
  return app
}

const preflight = (origin: string) => ({
  method: 'OPTIONS' as const,
  url: '/user',
  headers: {
    origin,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'authorization'
  }
})

t.test('without the setting no other origin is let in', async (t) => {
  const { app } = await startService(t)
  const reply = await app.inject({ url: '/version', headers: { origin: 'https://app.example.org' } })
  t.notOk(reply.headers['access-control-allow-origin'])
  t.equal((await app.inject(preflight('https://app.example.org'))).statusCode, 405)
})

t.test('an origin of the list is let in, and no other', async (t) => {
  const POSTERN_CORS_ORIGIN = 'https://app.example.org, http://localhost:5173'
  const { app } = await startService(t, { POSTERN_CORS_ORIGIN })
  for (const origin of ['https://app.example.org', 'http://localhost:5173']) {
    const reply = await app.inject({ url: '/version', headers: { origin } })
    t.equal(reply.headers['access-control-allow-origin'], origin)
    t.match(reply.headers.vary, /origin/i)
    const answer = await app.inject(preflight(origin))
    t.equal(answer.statusCode, 204)
    t.equal(answer.headers['access-control-allow-origin'], origin)
    t.equal(answer.headers['access-control-allow-methods'], 'GET, HEAD, POST, PATCH, DELETE')
    t.equal(answer.headers['access-control-allow-headers'], 'Authorization, Content-Type')
  }
  for (const origin of ['https://evil.example', 'https://app.example.org.evil.example', 'null']) {
    const reply = await app.inject({ url: '/version', headers: { origin } })
    t.notOk(reply.headers['access-control-allow-origin'])
    t.notOk((await app.inject(preflight(origin))).headers['access-control-allow-origin'])
  }
  t.notOk(
    (await app.inject(preflight('https://app.example.org'))).headers['access-control-allow-credentials']
  )
})

t.test('an error reply can be read by an origin that is let in, its challenge included', async (t) => {
  const { app } = await startService(t, { POSTERN_CORS_ORIGIN: '*' })
  const reply = await app.inject({
    method: 'PATCH',
    url: '/user',
    headers: { origin: 'https://app.example.org' }
  })
  t.equal(reply.statusCode, 401)
  t.equal(reply.headers['access-control-allow-origin'], '*')
  t.equal(reply.headers['access-control-expose-headers'], 'Retry-After, WWW-Authenticate')
})

t.test('a page can read a refusal also where no call is reached', async (t) => {
  const { app } = await startService(t, { POSTERN_CORS_ORIGIN: '*' })
  const origin = 'https://app.example.org'
  const unknown = await app.inject({ url: '/nowhere', headers: { origin } })
  t.equal(unknown.statusCode, 404)
  t.equal(unknown.headers['access-control-allow-origin'], '*')
  const latin = await app.inject({
    method: 'POST',
    url: '/user',
    headers: { origin, 'content-type': 'application/json; charset=latin1' },
    payload: '{}'
  })
  t.equal(latin.statusCode, 415)
  t.equal(latin.headers['access-control-allow-origin'], '*')
})

t.test('what is no origin as a browser sends it stops the start', (t) => {
  for (const value of [
    'app.example.org',
    'https://app.example.org/',
    'https://app.example.org:443',
    'https://*.example.org',
    'https://App.example.org',
    'ftp://app.example.org',
    'https://a.example,',
    '*,https://a.example'
  ]) {
    t.throws(() => loadConfig({ POSTERN_CORS_ORIGIN: value }), {
      name: 'StartupError',
      exitCode: 2,
      message: /^POSTERN_CORS_ORIGIN takes a comma-separated list of origins/
    })
  }
  t.end()
})

t.test('a fixture lets in pages of this machine, from any port, and no other', async (t) => {
  const app = startFixture(t)
  for (const origin of [
    'http://localhost:5173',
    'https://127.0.0.1:8443',
    'http://[::1]:3001',
    'http://app.localhost:3001'
  ]) {
    const reply = await app.inject({ method: 'POST', url: '/token', headers: { origin } })
    t.equal(reply.headers['access-control-allow-origin'], origin)
    t.match(reply.headers.vary, /origin/i)
    const answer = await app.inject(preflight(origin))
    t.equal(answer.statusCode, 204)
    t.equal(answer.headers['access-control-allow-origin'], origin)
    t.equal(answer.headers['access-control-allow-methods'], 'GET, HEAD, POST, PATCH, DELETE, PUT')
  }
  for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'http://10.0.0.1', 'null']) {
    const reply = await app.inject({ url: '/version', headers: { origin } })
    t.notOk(reply.headers['access-control-allow-origin'])
    t.notOk((await app.inject(preflight(origin))).headers['access-control-allow-origin'])
  }
})

t.test('the setting wins over the default of a fixture', async (t) => {
  const app = startFixture(t, { POSTERN_CORS_ORIGIN: 'http://localhost:5173' })
  for (const [origin, expected] of [
    ['http://localhost:5173', 'http://localhost:5173'],
    ['http://localhost:5174', undefined]
  ]) {
    const reply = await app.inject({ url: '/version', headers: { origin } })
    t.equal(reply.headers['access-control-allow-origin'], expected)
  }
})
