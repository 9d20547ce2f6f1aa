import t from 'tap'
import { Refusal } from '../../src/errors/refusals.js'
import { bearer, refresh, refreshToken, send, signIn, signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

const passwords = { current_pass: 'wonderland', pass: 'looking-glass' }

t.test('a new password goes on in this browser with a new value, and ends everything else', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const refreshes = await refreshToken(app, token)
  const [here, elsewhere] = [createVisitor(app), createVisitor(app)]
  await here.signIn()
  await elsewhere.signIn()
  const former = createVisitor(app, here.cookies)

  const changed = await here.post('/account/password', passwords)
  t.equal(changed.statusCode, 303)
  t.equal(changed.headers.location, '/account?changed=password')
  t.match((await here.get('/account?changed=password')).body, 'Your password was changed.')
  t.not(here.session(), former.session())
  t.equal((await former.get('/account')).statusCode, 303, 'the former value of this browser')
  t.equal((await elsewhere.get('/account')).statusCode, 303, 'another browser')
  await t.rejects(refresh(app, refreshes), /InvalidToken/, 'an application')
  t.match((await app.inject({ url: '/check', headers: bearer(token) })).json(), {
    error_name: 'InvalidTokenError'
  })
  await t.rejects(signIn(app), /IncorrectPassword/)
  await t.resolves(signIn(app, 'alice', 'looking-glass'))
})

t.test('the browser goes on with the time of its sign-in, not with that of the change', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  clock.advance(601)
  t.equal((await visitor.post('/account/password', passwords)).statusCode, 303)
  t.match((await visitor.get('/account/second-factor/new')).headers.location, /^\/sign-in\?prompt=login/)
})

t.test('a wrong current password is told beside its field, and counts as a failed login', async (t) => {
  const { app, log } = await startService(t, { POSTERN_LOGIN_MAX_FAILURES: '3' })
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const wrong = { ...passwords, current_pass: 'guess-number-1' }
  for (let attempt = 0; attempt < 3; attempt++) {
    const refused = await visitor.post('/account/password', wrong)
    t.equal(refused.statusCode, 403)
    t.match(refused.body, '<p class="error" id="current_pass-error">This is not your current password.</p>')
    t.notMatch(refused.body, /guess-number-1|looking-glass/)
  }
  t.match(log.join(''), /"audit":"login_failed"[^\n]*"user":"alice"/)

  const throttled = await visitor.post('/account/password', passwords)
  t.equal(throttled.statusCode, 429)
  t.match(throttled.headers['retry-after'], /^\d+$/)
  t.match(throttled.body, /id="current_pass-error">There were too many wrong attempts\. [^<]*in \d+ minutes/)
  t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 429)
})

t.test('no password is changed without the current one', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  for (const fields of [{ pass: 'looking-glass' }, { ...passwords, current_pass: '' }]) {
    const refused = await visitor.post('/account/password', fields)
    t.equal(refused.statusCode, 400)
    t.match(refused.body, 'id="current_pass-error">Enter your current password.')
    t.notMatch(refused.body, 'id="pass-error"')
  }
  const tooLong = await visitor.post('/account/password', { ...passwords, current_pass: 'x'.repeat(1025) })
  t.equal(tooLong.statusCode, 403)
  t.match(tooLong.body, 'id="current_pass-error">This is not your current password.')
  await t.resolves(signIn(app))
})

t.test('a new password that is too short or too long is told beside its field', async (t) => {
  const { app } = await startService(t, { POSTERN_PASSWORD_MIN_LENGTH: '10' })
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  t.match((await visitor.get('/account/password')).body, 'At least 10 characters.')
  for (const pass of ['', 'short', 'x'.repeat(1025)]) {
    const refused = await visitor.post('/account/password', { ...passwords, pass })
    t.equal(refused.statusCode, 400)
    t.match(refused.body, 'id="pass-error">Use between 10 and 1024 characters.')
    t.notMatch(refused.body, 'id="current_pass-error"')
  }
  await t.resolves(signIn(app))
})

t.test('a password of the users file is not changed by its page', async (t) => {
  const folder = t.testdir({
    'users.yaml': '- { name: alice, password: wonderland, managed: true }\n'
  })
  const { app } = await startService(t, { POSTERN_USERS_FILE: `${folder}/users.yaml` })
  const visitor = createVisitor(app)
  await visitor.signIn()
  const { body } = await visitor.get('/account/password')
  t.match(body, 'manage this in a file')
  t.notMatch(body, 'type="password"')
  t.equal((await visitor.post('/account/password', passwords)).statusCode, 403)
  await t.resolves(signIn(app))
})

t.test('the form has the fields that password managers know', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const { body } = await visitor.get('/account/password')
  t.match(body, /autocomplete="username" value="alice" hidden/)
  t.match(body, /name="current_pass" autocomplete="current-password"/)
  t.match(body, /name="pass" autocomplete="new-password"/)
})

t.test('a change that was made is no failure, if the store fails right after it', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const { createSession } = app.store
  app.store.createSession = async () => {
    throw new Refusal('StoreUnavailableError')
  }
  const changed = await visitor.post('/account/password', passwords)
  t.equal(changed.statusCode, 303)
  t.equal(changed.headers.location, '/account?changed=password')
  t.equal(visitor.session(), undefined)
  app.store.createSession = createSession
  t.equal((await visitor.get('/account')).statusCode, 303, 'nobody is signed in')
  await t.resolves(signIn(app, 'alice', 'looking-glass'))
})
