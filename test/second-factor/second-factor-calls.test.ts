import t from 'tap'
import { createApp, signInWithCode, signUpWithFactor } from '../support/factors.js'
import {
  bearer,
  decodePart,
  send,
  signIn,
  signUp,
  start,
  startService,
  temporaryFolder
} from '../support/helper.js'

const credentials = { user: 'alice', pass: 'wonderland' }
const named = (statusCode: number, error_name: string) => ({
  statusCode,
  body: new RegExp(`"error_name":"${error_name}"`)
})

t.test('a second factor is set up with a code, and from then on a sign-in takes one', async (t) => {
  const { app, clock } = await startService(t)
  const token = await signUp(app)
  t.match(decodePart(token, 1), { amr: ['pwd'], acr: 'urn:postern:1fa', auth_time: start / 1000 })
  const offered = await send(app, 'POST', '/user/totp', {}, { headers: bearer(token) })
  t.equal(offered.statusCode, 201)
  const { secret, uri, qr } = offered.json()
  t.match(secret, /^[A-Z2-7]{32}$/)
  t.equal(new URL(uri).searchParams.get('secret'), secret)
  t.match(qr, /^<svg .*<\/svg>$/s)
  t.ok(await signIn(app), 'it is none before it is proved')

  const otp = createApp(secret, clock)
  t.match(
    await send(app, 'PUT', '/user/totp', { otp: '000000' }, { headers: bearer(token) }),
    named(403, 'IncorrectSecondFactorError')
  )
  const set = await send(app, 'PUT', '/user/totp', { otp: otp() }, { headers: bearer(token) })
  t.equal(set.statusCode, 200)
  t.equal(new Set(set.json().recovery_codes).size, 10)

  const refused = await send(app, 'GET', '/token', credentials)
  t.match(refused, named(403, 'SecondFactorRequiredError'))
  t.notMatch(refused.body, /alice|totp/i, 'it tells nothing more')
  const complete = await signInWithCode(app, otp())
  const claims = { amr: ['pwd', 'otp', 'mfa'], acr: 'urn:postern:2fa', auth_time: clock() / 1000 }
  t.match(decodePart(complete, 1), claims)
  t.match((await send(app, 'GET', '/check', {}, { headers: bearer(complete) })).json(), claims)
})

t.test('a code is good once, also for the call that has set it up', async (t) => {
  const { app, clock } = await startService(t)
  const token = await signUp(app)
  const offered = await send(app, 'POST', '/user/totp', {}, { headers: bearer(token) })
  const otp = createApp(offered.json().secret, clock)
  const first = otp()
  t.equal((await send(app, 'PUT', '/user/totp', { otp: first }, { headers: bearer(token) })).statusCode, 200)
  t.match(
    await send(app, 'GET', '/token', { ...credentials, otp: first }),
    named(403, 'IncorrectSecondFactorError')
  )
  const code = otp()
  const uses = await Promise.all(
    Array.from({ length: 10 }, () => send(app, 'GET', '/token', { ...credentials, otp: code }))
  )
  t.equal(uses.filter(({ statusCode }) => statusCode === 200).length, 1)
  t.equal(uses.filter(({ statusCode }) => statusCode === 403).length, 9)
})

t.test('a recovery code is good once, also for many at the same time', async (t) => {
  const { app, clock, log } = await startService(t)
  const { recoveryCodes, otp } = await signUpWithFactor(app, clock)
  const [first = '', second = ''] = recoveryCodes
  const typed = first.toLowerCase().replace(/(.{4})(?=.)/g, '$1-')
  const uses = await Promise.all(
    Array.from({ length: 10 }, () => send(app, 'GET', '/token', { ...credentials, otp: typed }))
  )
  t.equal(uses.filter(({ statusCode }) => statusCode === 200).length, 1)
  t.ok(log.some((line) => line.includes('"audit":"recovery_code_used"')))
  const token = await signInWithCode(app, second)
  t.match(decodePart(token, 1), { amr: ['pwd', 'otp', 'mfa'] })
  t.ok(await signInWithCode(app, otp()), 'the app goes on working')
})

t.test('a used code stays used after a restart, and so does the factor', async (t) => {
  const folder = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: temporaryFolder(t) }
  const first = await startService(t, folder)
  const { otp, recoveryCodes } = await signUpWithFactor(first.app, first.clock)
  const code = otp()
  await signInWithCode(first.app, code)
  await signInWithCode(first.app, String(recoveryCodes[0]))
  const passed = first.clock.uptime() / 1000
  await first.app.close()

  const { app, clock } = await startService(t, folder)
  clock.advance(passed)
  t.match(await send(app, 'GET', '/token', credentials), named(403, 'SecondFactorRequiredError'))
  for (const used of [code, String(recoveryCodes[0])]) {
    t.match(
      await send(app, 'GET', '/token', { ...credentials, otp: used }),
      named(403, 'IncorrectSecondFactorError')
    )
  }
  t.ok(await signInWithCode(app, String(recoveryCodes[1])))
})

t.test('the password grant takes a code, and tells its refusals apart by their description', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const grant = (values = {}) =>
    send(
      app,
      'POST',
      '/oauth/token',
      { grant_type: 'password', username: 'alice', password: 'wonderland', ...values },
      { by: 'form' }
    )
  const missing = await grant()
  t.equal(missing.statusCode, 400)
  t.same(missing.json(), { error: 'invalid_grant', error_description: 'SecondFactorRequiredError' })
  t.same((await grant({ otp: '000000' })).json(), {
    error: 'invalid_grant',
    error_description: 'IncorrectSecondFactorError'
  })
  const granted = await grant({ otp: otp() })
  t.equal(granted.statusCode, 200)
  const { access_token, refresh_token } = granted.json()
  const claims = { amr: ['pwd', 'otp', 'mfa'], acr: 'urn:postern:2fa', auth_time: clock() / 1000 }
  t.match(decodePart(access_token, 1), claims)
  clock.advance(100)
  const renewed = await send(
    app,
    'POST',
    '/oauth/token',
    { grant_type: 'refresh_token', refresh_token },
    { by: 'form' }
  )
  t.match(decodePart(renewed.json().access_token, 1), claims, 'a renewal tells how the session began')
})

t.test('a set-up takes a password of the last 10 minutes, and its secret lasts as long', async (t) => {
  const { app, clock } = await startService(t)
  const old = await signUp(app)
  const offered = await send(app, 'POST', '/user/totp', {}, { headers: bearer(old) })
  const otp = createApp(offered.json().secret, clock)
  clock.advance(601)
  t.match(
    await send(app, 'POST', '/user/totp', {}, { headers: bearer(old) }),
    named(403, 'PasswordAuthenticationRequiredError')
  )
  t.match(
    await send(app, 'PUT', '/user/totp', { otp: otp() }, { headers: bearer(old) }),
    named(403, 'PasswordAuthenticationRequiredError')
  )
  const headers = bearer(await signIn(app))
  t.match(
    await send(app, 'PUT', '/user/totp', { otp: otp() }, { headers }),
    named(404, 'SecondFactorDoesNotExistError')
  )
})

t.test('wrong codes of a factor that is being set up make the account wait, and are audited', async (t) => {
  // The limit of an address would be met first.
  const { app, clock, log } = await startService(t, { POSTERN_LOGIN_MAX_FAILURES: '1000' })
  const headers = bearer(await signUp(app))
  const offered = await send(app, 'POST', '/user/totp', {}, { headers })
  const otp = createApp(offered.json().secret, clock)
  const setUp = (code: string) => send(app, 'PUT', '/user/totp', { otp: code }, { headers })
  for (let count = 0; count < 10; count += 1) {
    t.match(await setUp('000000'), named(403, 'IncorrectSecondFactorError'))
  }
  t.match(await setUp(otp()), named(429, 'TooManyFailuresError'), 'the right one waits, too')
  t.equal(log.filter((line) => line.includes('"audit":"second_factor_failed"')).length, 10)
  clock.advance(60)
  t.equal((await setUp(otp())).statusCode, 200)
})

t.test('another factor takes a code of the present one, which stays until then', async (t) => {
  const { app, clock } = await startService(t)
  const { otp, secret } = await signUpWithFactor(app, clock)
  const headers = bearer(await signInWithCode(app, otp()))
  t.match(await send(app, 'POST', '/user/totp', {}, { headers }), named(403, 'SecondFactorRequiredError'))
  t.match(
    await send(app, 'POST', '/user/totp', { otp: '000000' }, { headers }),
    named(403, 'IncorrectSecondFactorError')
  )
  const offered = await send(app, 'POST', '/user/totp', { otp: otp() }, { headers })
  t.equal(offered.statusCode, 201)
  t.not(offered.json().secret, secret)
  t.ok(await signInWithCode(app, otp()), 'the present one stays')
  const next = createApp(offered.json().secret, clock)
  t.equal((await send(app, 'PUT', '/user/totp', { otp: next() }, { headers })).statusCode, 200)
  t.match(
    await send(app, 'GET', '/token', { ...credentials, otp: otp() }),
    named(403, 'IncorrectSecondFactorError')
  )
  t.ok(await signInWithCode(app, next()))
})

t.test('new recovery codes take a code, and end the old ones', async (t) => {
  const { app, clock } = await startService(t)
  const { otp, recoveryCodes } = await signUpWithFactor(app, clock)
  const headers = bearer(await signInWithCode(app, otp()))
  const path = '/user/recovery-codes'
  t.match(await send(app, 'POST', path, {}, { headers }), named(403, 'SecondFactorRequiredError'))
  const made = await send(app, 'POST', path, { otp: otp() }, { headers })
  t.equal(made.statusCode, 200)
  t.match(
    await send(app, 'GET', '/token', { ...credentials, otp: String(recoveryCodes[0]) }),
    named(403, 'IncorrectSecondFactorError')
  )
  t.ok(await signInWithCode(app, made.json().recovery_codes[0]))
})

t.test('a factor that must stay is not removed, and the code is not spent for that', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_SECOND_FACTOR: 'required' })
  await send(app, 'POST', '/user', credentials)
  const offered = await send(app, 'POST', '/user/totp', credentials)
  const otp = createApp(offered.json().secret, clock)
  const set = await send(app, 'PUT', '/user/totp', { ...credentials, otp: otp() })
  const [recoveryCode] = set.json().recovery_codes
  const headers = bearer(await signInWithCode(app, otp()))
  t.match(
    await send(app, 'DELETE', '/user/totp', { otp: recoveryCode }, { headers }),
    named(403, 'SecondFactorSetupRequiredError')
  )
  t.ok(await signInWithCode(app, recoveryCode))
})

t.test('a factor is removed with a code of it, and then the password is enough', async (t) => {
  const { app, clock, log } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const headers = bearer(await signInWithCode(app, otp()))
  t.match(await send(app, 'DELETE', '/user/totp', {}, { headers }), named(403, 'SecondFactorRequiredError'))
  t.equal((await send(app, 'DELETE', '/user/totp', { otp: otp() }, { headers })).statusCode, 204)
  t.match(
    await send(app, 'DELETE', '/user/totp', { otp: otp() }, { headers }),
    named(401, 'InvalidTokenError'),
    'the token of before says that there is a factor'
  )
  const token = await signIn(app)
  t.match(decodePart(token, 1), { acr: 'urn:postern:1fa' })
  for (const [method, url] of [
    ['DELETE', '/user/totp'],
    ['POST', '/user/recovery-codes']
  ] as const) {
    const reply = await send(app, method, url, {}, { headers: bearer(token) })
    t.match(reply, named(404, 'SecondFactorDoesNotExistError'))
  }
  for (const event of ['second_factor_set_up', 'second_factor_removed']) {
    t.ok(
      log.some((line) => line.includes(`"audit":"${event}"`)),
      event
    )
  }
})

t.test('two set-ups of one account at the same time leave one factor, whose code works', async (t) => {
  const { app, clock } = await startService(t)
  const headers = bearer(await signUp(app))
  const offers = await Promise.all([1, 2].map(() => send(app, 'POST', '/user/totp', {}, { headers })))
  const apps = offers.map((offer) => createApp(offer.json().secret, clock))
  const replies = []
  for (const otp of apps) replies.push(await send(app, 'PUT', '/user/totp', { otp: otp() }, { headers }))
  t.same(replies.map(({ statusCode }) => statusCode).sort(), [200, 403])
  const winner = apps[replies.findIndex(({ statusCode }) => statusCode === 200)]
  t.ok(await signInWithCode(app, String(winner?.())))
})

t.test('no secret and no code is told by log, lists, errors and metrics', async (t) => {
  const { app, clock, log } = await startService(t, {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: 'k'.repeat(32),
    POSTERN_METRICS: 'true'
  })
  const { secret, otp, recoveryCodes } = await signUpWithFactor(app, clock)
  const headers = bearer(await signInWithCode(app, otp()))
  const wrong = '918273'
  const told = [
    await send(app, 'GET', '/token', { ...credentials, otp: wrong }, { by: 'query' }),
    await send(app, 'GET', '/token', { ...credentials, otp: 'x'.repeat(65) }),
    await send(app, 'PUT', '/user/totp', { otp: wrong }, { headers }),
    await send(app, 'GET', '/user', {}, { headers }),
    await app.inject({ url: '/metrics' })
  ]
  const operator = bearer('k'.repeat(32))
  for (const url of ['/admin/users', '/admin/users/by-name/alice', '/admin/users?with_hashes=true']) {
    told.push(await app.inject({ url, headers: operator }))
  }
  const { factors } = told[6]?.json() ?? {}
  t.equal(factors, 1)
  const texts = [...told.map(({ body }) => body), ...log].join('\n')
  for (const hidden of [secret, wrong, ...recoveryCodes]) t.notOk(texts.includes(hidden))
})
