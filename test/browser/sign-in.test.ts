import t from 'tap'
import { signUpWithFactor } from '../support/factors.js'
import { send, signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

t.test('the right password signs a browser in, and leads to the account', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  const form = await visitor.get('/sign-in')
  t.equal(form.statusCode, 200)
  t.match(form.body, /name="user" autocomplete="username"/)
  t.match(form.body, /name="pass" autocomplete="current-password"/)
  const reply = await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  t.match(reply, { statusCode: 303, headers: { location: '/account' } })
  t.match((await visitor.get('/account')).body, '<bdi>alice</bdi>')
  t.equal((await visitor.get('/sign-in')).headers.location, '/account', 'it is not asked again')
})

t.test('each mistake in name or password gives the same page, with the name that was typed', async (t) => {
  const { app, clock } = await startService(t)
  for (const name of ['alice', 'barred', 'gone']) await signUp(app, name)
  const token = await signUp(app, 'deleted')
  await send(app, 'DELETE', '/user', {}, { headers: { authorization: `Bearer ${token}` } })
  await app.store.replaceUser(await userOf('barred'), { ...(await userOf('barred')), state: 'disabled' })
  await app.store.replaceUser(await userOf('gone'), { ...(await userOf('gone')), expiresAt: clock() / 1000 })

  async function userOf(name: string) {
    const user = await app.store.findUserByName(name)
    if (user === undefined) throw new Error(name)
    return user
  }

  const pages = new Set<string>()
  for (const [user, pass] of [
    ['alice', 'wrong'],
    ['nobody', 'wonderland'],
    ['deleted', 'wonderland'],
    ['barred', 'wonderland'],
    ['gone', 'wonderland'],
    ['a\u200bb', 'wonderland'],
    ['x'.repeat(256), 'wonderland'],
    ['alice', 'x'.repeat(1025)]
  ] as const) {
    const reply = await createVisitor(app).post('/sign-in', { user, pass })
    t.equal(reply.statusCode, 403, user)
    t.match(reply.body, `value="${user}"`)
    t.match(reply.body, 'role="alert">The user name or the password is wrong.')
    pages.add(reply.body.replace(user, '').replace(/name="form_token" value="[\w-]+"/, ''))
    t.same(
      reply.cookies.filter(({ name }) => /^postern-\d+$/.test(name)),
      [],
      'nobody is signed in'
    )
  }
  t.equal(pages.size, 1)
})

t.test(
  'a name is the same in each spelling of Unicode, and a body that is no UTF-8 is refused',
  async (t) => {
    const { app } = await startService(t)
    await signUp(app, 'Zoë', 'Straße ö')
    const visitor = createVisitor(app)
    t.equal((await visitor.post('/sign-in', { user: 'Zoe\u0308', pass: 'Straße o\u0308' })).statusCode, 303)
    const malformed = await app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      payload: Buffer.from('user=Zo\xeb&pass=x', 'latin1')
    })
    t.equal(malformed.statusCode, 400)
    t.match(malformed.headers['content-type'], 'text/html')
  }
)

t.test('a form without a name or a password says so beside the field', async (t) => {
  const { app } = await startService(t)
  const visitor = createVisitor(app)
  const empty = await visitor.post('/sign-in', {})
  t.equal(empty.statusCode, 400)
  t.match(empty.body, 'id="user-error">Enter your user name.')
  t.match(empty.body, 'id="pass-error">Enter your password.')
  const named = await visitor.post('/sign-in', { user: 'alice', pass: '' })
  t.notMatch(named.body, 'user-error')
  t.match(named.body, 'aria-describedby="pass-error"')
})

t.test('too many mistakes make one wait, and the page says for how long, in its language', async (t) => {
  const { app } = await startService(t, { POSTERN_LOGIN_MAX_FAILURES: '2' })
  await signUp(app)
  const visitor = createVisitor(app)
  for (const pass of ['wrong', 'wronger']) await visitor.post('/sign-in', { user: 'alice', pass })
  const credentials = { user: 'alice', pass: 'wonderland' }
  const reply = await visitor.post('/sign-in', credentials)
  t.match(reply, { statusCode: 429, headers: { 'retry-after': '900' } })
  t.match(reply.body, 'There were too many wrong attempts. Please try again in 15 minutes.')
  await visitor.get('/sign-in?ui_locales=de')
  t.match((await visitor.post('/sign-in', credentials)).body, 'in 15 Minuten noch einmal')
})

t.test('an account with a second factor is signed in by its code, not before', async (t) => {
  const { app, clock } = await startService(t)
  const { otp, recoveryCodes } = await signUpWithFactor(app, clock)
  for (const code of [otp, () => recoveryCodes[0] ?? '']) {
    const visitor = createVisitor(app)
    const begun = await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
    t.match(begun, { statusCode: 303, headers: { location: '/sign-in' } })
    t.equal(visitor.session(), undefined)
    t.equal((await visitor.get('/account')).statusCode, 303, 'there is no account to see yet')
    const page = await visitor.get('/sign-in')
    t.match(page.body, /name="otp" autocomplete="one-time-code"/)
    t.match(page.body, '<bdi>alice</bdi>')
    const wrong = await visitor.post('/sign-in/code', { otp: '000000' })
    t.equal(wrong.statusCode, 403)
    t.match(wrong.body, 'id="otp-error"')
    t.equal((await visitor.post('/sign-in/code', { otp: '' })).statusCode, 403)
    const right = await visitor.post('/sign-in/code', { otp: code() })
    t.match(right, { statusCode: 303, headers: { location: '/account' } })
    t.equal((await visitor.get('/account')).statusCode, 200)
  }
})

t.test('a sign-in that waits for its code has no right anywhere', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const visitor = createVisitor(app)
  await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  const [[signInName, signIn = ''] = ['']] = visitor.cookies
  t.match(signInName, 'postern-sign-in-')
  const { secret } = JSON.parse(Buffer.from(signIn.split('.')[0] ?? '', 'base64url').toString())
  t.type(secret, 'string')
  const sessionName = signInName.replace('-sign-in', '')
  for (const value of [signIn, secret]) {
    const elsewhere = createVisitor(app, new Map([[sessionName, value]]))
    for (const path of ['/account', '/account/second-factor']) {
      t.match((await elsewhere.get(path)).headers.location, /^\/sign-in/, path)
    }
    for (const path of ['/check', '/refresh_tokens']) {
      const reply = await app.inject({ url: path, headers: { authorization: `Bearer ${value}` } })
      t.ok(reply.statusCode >= 400, path)
    }
  }
  const other = createVisitor(app)
  t.equal((await other.post('/sign-in/code', { otp: otp() })).headers.location, '/sign-in')
  t.equal(other.session(), undefined, 'another browser cannot complete it')
})

t.test('a sign-in that has waited for over 5 minutes begins again, and the page says why', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const visitor = createVisitor(app)
  await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  clock.advance(301)
  t.equal((await visitor.post('/sign-in/code', { otp: otp() })).headers.location, '/sign-in')
  const page = await visitor.get('/sign-in')
  t.match(page.body, 'The sign-in has taken too long.')
  t.match(page.body, 'name="pass"')
  t.notMatch((await visitor.get('/sign-in')).body, 'too long', 'it says so once')
})

t.test('a sign-in that waits can be dropped', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const visitor = createVisitor(app)
  await visitor.get('/sign-in?return_to=/account/sessions')
  await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  const reply = await visitor.post('/sign-in/cancel')
  const page = await visitor.get(String(reply.headers.location))
  t.match(page.body, 'name="pass"')
  await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  const { headers } = await visitor.post('/sign-in/code', { otp: otp() })
  t.match(headers.location, '/account/sessions', 'and where it leads stays known')
})

t.test('of two good codes at once one signs in, and the other leads to the beginning', async (t) => {
  const { app, clock } = await startService(t)
  const { recoveryCodes } = await signUpWithFactor(app, clock)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const { waiting } = app.signIn
  const lookups: (() => void)[] = []
  // Neither request goes on before both have found the sign-in.
  const waitForBoth = async (secret: string) => {
    const found = await waiting(secret)
    await new Promise<void>((resolve) => {
      if (lookups.push(resolve) === 2) for (const goOn of lookups) goOn()
    })
    return found
  }
  Object.assign(app.signIn, { waiting: waitForBoth })
  const twins = recoveryCodes.slice(0, 2).map((otp) => ({ otp, twin: createVisitor(app, visitor.cookies) }))
  const replies = await Promise.all(twins.map(({ otp, twin }) => twin.post('/sign-in/code', { otp })))
  Object.assign(app.signIn, { waiting })
  t.same(replies.map(({ statusCode, headers }) => `${statusCode} ${headers.location}`).sort(), [
    '303 /account',
    '303 /sign-in'
  ])
  t.equal(twins.filter(({ twin }) => twin.session() !== undefined).length, 1)
})
