import t from 'tap'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { createServer } from '../../src/server/server.js'
import { cheap, createClock, decodePart, send, signIn, startService, transports } from '../support/helper.js'

t.test(
  'username, password and current_password are taken where user, pass and current_pass are',
  async (t) => {
    for (const by of transports) {
      const { app } = await startService(t, { POSTERN_CONFIRM_PASSWORD: 'on' })
      const credentials = { username: 'alice', password: 'wonderland' }
      t.equal((await send(app, 'POST', '/user', credentials, { by })).statusCode, 201)
      for (const method of ['GET', 'POST'] as const) {
        const { body: token } = await send(app, method, '/token', credentials, { by })
        t.match(decodePart(token, 1), { user: 'alice', authentication_method: 'password' })
      }
      const token = await signIn(app)
      const confirmed = { access_token: token, current_password: 'wonderland' }
      const refreshing = await send(app, 'GET', '/refresh_token', confirmed, { by })
      t.equal(refreshing.statusCode, 200)
      const refreshed = await send(app, 'GET', '/token', { username: refreshing.body, password: '' }, { by })
      t.match(decodePart(refreshed.body, 1), { authentication_method: 'refresh_token' })
      t.equal((await send(app, 'PATCH', '/user', { ...confirmed, password: 'new' }, { by })).statusCode, 200)
      const values = { access_token: await signIn(app, 'alice', 'new'), current_password: 'new' }
      t.equal((await send(app, 'DELETE', '/user', values, { by })).statusCode, 204)
    }
  }
)

t.test('the calls that control a fixture take them, too', async (t) => {
  const app = createServer(fixtureOptions({ environment: cheap, clock: createClock() }), { write: () => {} })
  t.teardown(() => app.close())
  const headers = { host: 'localhost' }
  const put = { method: 'PUT', url: '/fixture/users/bob', headers, payload: { password: 'builder' } } as const
  t.equal((await app.inject(put)).statusCode, 201)
  await signIn(app, 'bob', 'builder')
  const payload = { username: 'bob' }
  const made = await app.inject({ method: 'POST', url: '/fixture/tokens', headers, payload })
  t.match(decodePart(made.body, 1), { user: 'bob' })
})

t.test('the same value by both names is fine, and two different ones are refused and not told', async (t) => {
  const { app } = await startService(t)
  const both = { user: 'alice', username: 'alice', pass: 'wonderland', password: 'wonderland' }
  t.equal((await send(app, 'POST', '/user', both)).statusCode, 201)
  t.equal((await send(app, 'GET', '/token', both)).statusCode, 200)
  for (const [values, message] of [
    [{ user: 'alice', username: 'bob', pass: 'wonderland' }, 'user: differs from username.'],
    [{ user: 'alice', pass: 'wonderland', password: 'hunter2' }, 'pass: differs from password.'],
    [{ user: 'alice', pass: '', password: 'wonderland' }, 'pass: differs from password.']
  ] as const) {
    const reply = await send(app, 'GET', '/token', { ...values })
    t.match(reply.json(), { statusCode: 400, error_name: 'InvalidArgumentError', message })
  }
  // In two places of the request.
  const apart = { url: '/token?user=alice', payload: { username: 'bob', pass: 'wonderland' } }
  t.match((await app.inject(apart)).json(), { statusCode: 400, message: 'user: differs from username.' })
})

t.test('a refusal names the argument as it was sent', async (t) => {
  const { app } = await startService(t)
  const send = (payload: object) => app.inject({ method: 'POST', url: '/user', payload })
  t.equal((await send({ username: 5, pass: 'x' })).json().message, 'username: must be a string.')
  t.equal((await send({ user: 'alice', password: '' })).json().message, 'password: must not be empty.')
  t.equal((await send({ user: 'alice', pass: '' })).json().message, 'pass: must not be empty.')
  t.equal((await send({ username: 'alice' })).json().message, 'pass: is missing.')
})

t.test('no value of them is logged', async (t) => {
  const { app, log } = await startService(t)
  const values = { username: 'alice', password: 'hunter2', current_password: 'hunter2' }
  await send(app, 'POST', '/user', values, { by: 'query' })
  t.match(log.join(''), '/user?username=[removed]&password=[removed]&current_password=[removed]')
  t.notMatch(log.join(''), 'hunter2')
})
