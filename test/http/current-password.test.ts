import t from 'tap'
import { bearer, refreshToken, send, signIn, signUp, startService } from '../support/helper.js'

const calls = [
  ['PATCH', '/user', { pass: 'looking-glass' }, 200],
  ['GET', '/refresh_token', {}, 200],
  ['DELETE', '/user', {}, 204]
] as const

t.test('H6: a wrong current password is refused whatever the setting, counted, and audited', async (t) => {
  for (const POSTERN_CONFIRM_PASSWORD of ['on', 'off']) {
    const { app, log } = await startService(t, {
      POSTERN_CONFIRM_PASSWORD,
      POSTERN_LOGIN_MAX_FAILURES: '3'
    })
    const headers = bearer(await signUp(app))
    for (const [method, url, values] of calls) {
      const reply = await send(app, method, url, { ...values, current_pass: 'wrong' }, { headers })
      t.match(reply.json(), {
        statusCode: 403,
        error_name: 'IncorrectPasswordError',
        message: /current_pass/
      })
    }
    const [method, url, values] = calls[0]
    const throttled = await send(app, method, url, { ...values, current_pass: 'wonderland' }, { headers })
    t.equal(throttled.statusCode, 429)
    t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 429)
    t.equal(log.filter((line) => line.includes('"audit":"login_failed"')).length, 3)
    t.notMatch(log.join(''), 'wrong"')
  }
})

t.test('H6: where the current password is required, a call without it is refused', async (t) => {
  const { app } = await startService(t, { POSTERN_CONFIRM_PASSWORD: 'on' })
  const headers = bearer(await signUp(app))
  for (const [method, url, values] of calls) {
    const reply = await send(app, method, url, values, { headers })
    t.match(reply.json(), { statusCode: 400, error_name: 'InvalidArgumentError', message: /^current_pass/ })
    const empty = await send(app, method, url, { ...values, current_pass: '' }, { headers })
    t.match(empty.json(), { statusCode: 400, error_name: 'InvalidArgumentError', message: /^current_pass/ })
  }
  t.ok(await signIn(app), 'nothing was changed')
})

t.test('H1: a current password that is longer than any can be is refused by its own name', async (t) => {
  const { app } = await startService(t)
  const headers = bearer(await signUp(app))
  const current_pass = 'x'.repeat(4097)
  for (const [method, url, values] of calls) {
    const reply = await send(app, method, url, { ...values, current_pass }, { headers })
    t.match(reply.json(), { statusCode: 400, error_name: 'InvalidArgumentError', message: /^current_pass/ })
  }
})

t.test(
  'H6: with the right current password, and by default without one, each call is carried out',
  async (t) => {
    for (const current of [{ current_pass: 'wonderland' }, {}]) {
      const { app } = await startService(t)
      await signUp(app)
      for (const [method, url, values, status] of calls) {
        if (method === 'PATCH') continue
        const headers = bearer(await signIn(app))
        t.equal((await send(app, method, url, { ...values, ...current }, { headers })).statusCode, status)
      }
      const headers = bearer(await signUp(app, 'bob'))
      const change = { pass: 'looking-glass', ...current }
      t.equal((await send(app, 'PATCH', '/user', change, { headers })).statusCode, 200)
      t.ok(await signIn(app, 'bob', 'looking-glass'))
    }
  }
)

t.test('H6: the current password is in no log line', async (t) => {
  const { app, log } = await startService(t)
  const headers = bearer(await signUp(app))
  await send(app, 'GET', '/refresh_token', { current_pass: 'wonderland' }, { by: 'query', headers })
  t.ok(log.some((line) => line.includes('current_pass=[removed]')))
  t.notMatch(log.join(''), 'wonderland')
  t.ok(await refreshToken(app, await signIn(app)))
})
