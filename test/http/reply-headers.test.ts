import t from 'tap'
import { bearer, send, signUp, startService } from '../support/helper.js'

const expected = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}

t.test('every reply tells a browser to store nothing and to make nothing of it but data', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const replies = {
    200: await app.inject({ url: '/user', headers: bearer(token) }),
    204: await app.inject('/user'),
    201: await send(app, 'POST', '/user', { user: 'bob', pass: 'builder' }),
    400: await app.inject('/check'),
    401: await app.inject({ method: 'DELETE', url: '/user' }),
    404: await app.inject('/nothing/here'),
    405: await app.inject({ method: 'PUT', url: '/user' }),
    415: await app.inject({
      method: 'POST',
      url: '/user',
      headers: { 'content-type': 'text/plain' },
      body: 'x'
    })
  }
  for (const [status, reply] of Object.entries(replies)) {
    t.equal(reply.statusCode, Number(status))
    t.match(reply.headers, expected, status)
    t.notOk(reply.headers['strict-transport-security'], 'without HTTPS nobody is held to it')
  }
})

t.test('so does the reply to a URL that cannot be read', async (t) => {
  const { app } = await startService(t)
  const reply = await app.inject('/user/%zz')
  t.equal(reply.statusCode, 400)
  t.match(reply.headers, expected)
})
