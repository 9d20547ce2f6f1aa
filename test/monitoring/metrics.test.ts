import t from 'tap'
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
    'postern_password_hashes{state="running"} 0',
    'postern_password_hashes{state="waiting"} 0',
    'postern_store_flush_seconds_count 2',
    'postern_store_flush_changes_sum 2'
  ]) {
    t.ok(body.split('\n').includes(line), line)
  }
  t.match(body, /^process_resident_memory_bytes \d+$/m)
  t.notMatch(body, /alice|secret/)
})
