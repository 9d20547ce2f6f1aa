import t from 'tap'
import { bearer, send, signUp, startService, transports } from '../support/helper.js'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('JSON that was sent as a form is told so where an argument is missing', async (t) => {
  const { app } = await startService(t)
  const headers = { ...form, ...bearer(await signUp(app)) }
  const hint = 'is missing. The body looks like JSON: send Content-Type: application/json.'
  for (const [method, url, argument, payload] of [
    ['POST', '/user', 'user', '{"user":"bob","pass":"hunter2"}'],
    ['GET', '/token', 'user', ' {\n "user": "bob=&", "pass": "hunter2" }'],
    ['PATCH', '/user', 'pass', '{"pass":"hunter2"}']
  ] as const) {
    const reply = await app.inject({ method, url, headers, payload })
    t.match(reply.json(), { error_name: 'InvalidArgumentError', message: `${argument}: ${hint}` })
    t.notMatch(reply.body, 'hunter2')
  }
  const check = await app.inject({ url: '/check', headers: form, payload: '{"access_token":"x"}' })
  t.equal(check.json().message, `access_token: ${hint}`)
  const unreadable = await app.inject({ url: '/token', headers: form, payload: '{"pass":"100%"}' })
  t.match(unreadable.json(), {
    error_name: 'MalformedRequestError',
    message: 'The body looks like JSON, and its Content-Type is a form.'
  })
})

t.test('a call of OAuth, which takes no JSON, does not ask for it', async (t) => {
  const { app } = await startService(t)
  const payload = '{"grant_type":"password","username":"alice"}'
  const reply = await app.inject({ method: 'POST', url: '/oauth/token', headers: form, payload })
  t.same(reply.json(), {
    error: 'invalid_request',
    error_description: 'grant_type: is missing. The body looks like JSON: this call takes a form.'
  })
})

t.test('a missing argument names those that were sent and are unknown, without their values', async (t) => {
  const { app } = await startService(t)
  for (const by of transports) {
    const reply = await send(
      app,
      'POST',
      '/user',
      { login: 'hunter2', 'e-mail': 'hunter2', pass: 'x' },
      { by }
    )
    t.equal(reply.json().message, 'user: is missing. Unknown: login, e-mail.')
  }
  const check = await send(app, 'GET', '/check', { token: 'hunter2' })
  t.equal(check.json().message, 'access_token: is missing. Unknown: token.')
  const values = { grant_type: 'password', user: 'alice', pass: 'hunter2' }
  const granted = await send(app, 'POST', '/oauth/token', values, { by: 'form' })
  t.equal(granted.json().error_description, 'username: is missing. Unknown: user, pass.')
})

t.test('known names, and texts that may be something else than a name, are not told', async (t) => {
  const { app } = await startService(t)
  for (const values of [
    { access_token: 'x', password: 'x', client_id: 'x' },
    { wonderland: '' },
    { hunter2: 'x' },
    { 'correct horse': 'x', 'a\r\nb': 'x', '\u202e': 'x', __proto__x: 'x' },
    { [`a${'b'.repeat(32)}`]: 'x' },
    { 'eyJhbGciOiJFUzI1NiJ9.eyJ1c2VyIjoiYWxpY2UifQ.c2ln': 'x' }
  ]) {
    const reply = await send(app, 'POST', '/user', values as unknown as Record<string, string>)
    t.equal(reply.json().message, 'user: is missing.')
  }
  const many = Object.fromEntries([...'abcdefgh'].map((name) => [name, 'x']))
  const { message } = (await send(app, 'POST', '/user', many)).json()
  t.equal(message, 'user: is missing. Unknown: a, b, c, d, e.', 'five are told')
})
