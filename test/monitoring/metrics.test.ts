import t from 'tap'
import { version } from '../../src/version.js'
import {
  bearer,
  refresh,
  refreshToken,
  send,
  signUp,
  startService,
  temporaryFolder
} from '../support/helper.js'

t.test('metrics are there only if they are asked for', async (t) => {
  const { app } = await startService(t)
  t.equal((await app.inject('/metrics')).statusCode, 404)
})

t.test('metrics count requests by route, logins, tokens, hashes and writes, and name no user', async (t) => {
  const { app } = await startService(t, {
    POSTERN_METRICS: 'true',
    POSTERN_STORE: 'file',
    POSTERN_DATA_DIR: temporaryFolder(t),
    POSTERN_LOGIN_MAX_FAILURES: '1'
  })
  const token = await signUp(app, 'alice-in-wonderland')
  await refresh(app, await refreshToken(app, token))
  for (const expected of [404, 429])
    t.equal(
      (await send(app, 'GET', '/token', { user: 'alice-in-wonderland', pass: 'x' })).statusCode,
      expected
    )
  await send(app, 'GET', '/user', {}, { by: 'query', headers: bearer(token) })
  await app.inject('/secret-path?pass=secret')

  const { statusCode, headers, body } = await app.inject('/metrics')
  t.equal(statusCode, 200)
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  for (const line of [
    'postern_http_requests_total{method="POST",route="/user",status="201"} 1',
    'postern_http_requests_total{method="GET",route="/token",status="200"} 2',
    'postern_http_requests_total{method="GET",route="/token",status="404"} 1',
    'postern_http_requests_total{method="GET",route="/token",status="429"} 1',
    'postern_http_requests_total{method="GET",route="/user",status="200"} 1',
    'postern_http_requests_total{method="GET",route="unknown",status="404"} 1',
    'postern_http_request_duration_seconds_count{route="/user"} 2',
    'postern_logins_total{outcome="success"} 1',
    'postern_logins_total{outcome="failure"} 1',
    'postern_logins_total{outcome="throttled"} 1',
    'postern_tokens_issued_total{kind="access_token"} 2',
    'postern_tokens_issued_total{kind="refresh_token"} 1',
    `postern_build_info{version="${version}",node_version="${process.versions.node}"} 1`,
    'postern_ready 1',
    'postern_password_hashes{state="running"} 0',
    'postern_password_hashes{state="waiting"} 0',
    // The lifetime of access tokens in a new folder, the user and the session.
    'postern_store_flush_seconds_count 2',
    'postern_store_flush_changes_sum 3'
  ]) {
    t.ok(body.split('\n').includes(line), line)
  }
  t.match(body, /^process_resident_memory_bytes \d+$/m)
  t.notMatch(body, /alice|secret/)
})

t.test('what else is throttled than a login is no login, and a line of the audit log', async (t) => {
  const { app, log } = await startService(t, {
    POSTERN_METRICS: 'true',
    POSTERN_LOGIN_MAX_FAILURES: '1',
    POSTERN_SESSIONS_PER_MINUTE: '1',
    POSTERN_SIGN_UP_MAX: '1',
    POSTERN_TRUST_PROXY: 'loopback',
    POSTERN_OAUTH_CLIENTS: 'orders:0123456789abcdef'
  })
  const token = await signUp(app)
  const from = { headers: { 'x-forwarded-for': '203.0.113.9' } }
  for (const [user, expected] of [
    ['bob', 201],
    ['carol', 429]
  ] as const)
    t.equal((await send(app, 'POST', '/user', { user, pass: 'x' }, from)).statusCode, expected)
  await refreshToken(app, token)
  t.equal((await app.inject({ url: '/refresh_token', headers: bearer(token) })).statusCode, 429)
  const wrong = { client_id: 'orders', client_secret: 'wrong', token }
  for (let guess = 0; guess < 102; guess += 1)
    await send(app, 'POST', '/oauth/introspect', wrong, { by: 'form', ...from })

  t.same(
    log
      .filter((line) => line.includes('"audit":"throttled"'))
      .map((line) => JSON.parse(line))
      .map(({ user, reason }) => [user, reason]),
    [
      ['carol', 'TooManySignUpsError'],
      ['alice', 'TooManySessionsError'],
      [undefined, 'TooManyFailuresError']
    ]
  )
  t.notMatch((await app.inject('/metrics')).body, /postern_logins_total\{outcome="throttled"\}/)
})
