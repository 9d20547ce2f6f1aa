import t from 'tap'
import { signUpWithFactor } from '../support/factors.js'
import { signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

t.test('each sign-in gives the session a new value, and ends the former one of the browser', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  await signUp(app, 'bob')
  const visitor = createVisitor(app)
  await visitor.signIn()
  const values = new Set([visitor.session()])
  for (const name of ['alice', 'bob']) {
    const former = createVisitor(app, visitor.cookies)
    await visitor.signIn(name)
    values.add(visitor.session())
    t.match((await visitor.get('/account')).body, `<bdi>${name}</bdi>`)
    t.equal((await former.get('/account')).statusCode, 303, 'the former value is good no more')
  }
  t.equal(values.size, 3)
})

t.test('a session that somebody plants is not the session of who signs in', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  await signUp(app, 'mallory')
  const mallory = createVisitor(app)
  await mallory.signIn('mallory')
  const victim = createVisitor(app, mallory.cookies)
  await victim.signIn('alice')
  t.match((await victim.get('/account')).body, '<bdi>alice</bdi>')
  t.equal((await mallory.get('/account')).statusCode, 303)
})

t.test('a cookie that is there twice is none: one of them was planted', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  await signUp(app, 'mallory')
  const alice = createVisitor(app)
  const mallory = createVisitor(app)
  await alice.signIn()
  await mallory.signIn('mallory')
  const [name = ''] = [...alice.cookies.keys()]
  const [own, planted] = [`${name}=${alice.session()}`, `${name}=${mallory.session()}`]
  t.equal((await createVisitor(app).get('/account', { cookie: own })).statusCode, 200)
  for (const cookie of [`${planted}; ${own}`, `${own}; ${planted}`]) {
    t.equal((await createVisitor(app).get('/account', { cookie })).statusCode, 303)
  }
  t.equal((await alice.get('/account')).statusCode, 200, 'nothing has ended')
})

t.test('a made-up cookie is none', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const named = createVisitor(app)
  await named.signIn()
  const [session = ''] = [...named.cookies.keys()]
  for (const value of ['', 'x', 'a'.repeat(43), '%00', 'a'.repeat(4000), '../..', '{"id":1}.x']) {
    const visitor = createVisitor(
      app,
      new Map([
        [session, value],
        [`${session.replace('-', '-sign-in-')}`, value]
      ])
    )
    t.equal((await visitor.get('/account')).statusCode, 303, value)
    t.match(await visitor.get('/sign-in'), { statusCode: 200, body: /name="pass"/ }, value)
  }
})

t.test('signing out ends the session, and nothing of the account was stored', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const page = await visitor.get('/account')
  t.equal(page.headers['cache-control'], 'no-store')
  const thief = createVisitor(app, visitor.cookies)
  t.match((await visitor.get('/sign-out')).body, 'action="/sign-out"')
  t.equal((await visitor.get('/account')).statusCode, 200, 'a GET of it changes nothing')
  const reply = await visitor.post('/sign-out')
  t.match(reply, { statusCode: 303, headers: { location: '/sign-in?signed_out=yes' } })
  t.equal(visitor.session(), undefined)
  t.match((await visitor.get('/sign-in?signed_out=yes')).body, 'role="status">You are signed out.')
  t.equal((await thief.get('/account')).statusCode, 303, 'the value is good no more')
  t.match((await visitor.get('/sign-out')).body, 'Nobody is signed in')
})

t.test(
  'a step that takes a fresh password asks for that of the same account, and gives a new session',
  async (t) => {
    const { app, clock } = await startService(t)
    await signUp(app)
    const visitor = createVisitor(app)
    await visitor.signIn()
    clock.advance(601)
    const former = createVisitor(app, visitor.cookies)
    const { headers } = await visitor.get('/account/second-factor/new')
    t.match(headers.location, /^\/sign-in\?prompt=login&return_to=/)
    const page = await visitor.get(String(headers.location))
    t.match(page.body, /name="user"[^>]* readonly[^>]* value="alice"/)
    t.match(page.body, 'Not you?')
    const wrong = await visitor.post('/sign-in', { user: 'alice', pass: 'wrong' })
    t.equal(wrong.statusCode, 403)
    t.match(wrong.body, 'readonly')
    t.equal((await visitor.get('/account')).statusCode, 200, 'a mistake signs nobody out')
    const right = await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
    t.match(right.headers.location, /\/account\/second-factor\/new$/)
    t.equal((await visitor.get('/account/second-factor/new')).statusCode, 200)
    t.equal((await former.get('/account')).statusCode, 303)
  }
)

t.test('a step-up of an account with a second factor takes the code, too', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const visitor = createVisitor(app)
  await visitor.signIn()
  await visitor.post('/sign-in/code', { otp: otp() })
  t.equal((await visitor.get('/account')).statusCode, 200)
  clock.advance(601)
  const path = '/account/second-factor/recovery-codes'
  await visitor.get(String((await visitor.get(path)).headers.location))
  await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  t.equal((await visitor.get(path)).statusCode, 303, 'the password alone does not do')
  t.match((await visitor.get('/sign-in')).body, 'name="otp"')
  t.match((await visitor.post('/sign-in/code', { otp: otp() })).headers.location, path)
  t.equal((await visitor.get(path)).statusCode, 200)
})

t.test('three tabs sign in, each from its own form', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  for (let tab = 0; tab < 3; tab += 1) await visitor.get('/sign-in')
  const credentials = { user: 'alice', pass: 'wonderland' }
  for (let tab = 0; tab < 3; tab += 1) {
    t.equal((await visitor.post('/sign-in', credentials)).headers.location, '/account')
  }
  t.equal((await visitor.get('/account')).statusCode, 200)
})

t.test('a form that is older than its cookie still signs in', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.get('/sign-in')
  clock.advance(8000)
  t.equal((await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })).statusCode, 303)
})

t.test('the JSON calls know nothing of the cookies', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  for (const path of ['/check', '/refresh_tokens', '/refresh_token']) {
    t.equal((await visitor.get(path)).statusCode, (await app.inject(path)).statusCode, path)
  }
})

t.test('the cookies are for the service alone, and over HTTPS no sibling host plants one', async (t) => {
  for (const [POSTERN_PUBLIC_URL, name, secure] of [
    ['https://id.example.org', '__Host-postern', true],
    ['http://localhost:4000', 'postern-4000', undefined]
  ] as const) {
    const { app } = await startService(t, { POSTERN_PUBLIC_URL })
    await signUp(app)
    const { cookies } = await createVisitor(app).post('/sign-in', { user: 'alice', pass: 'wonderland' })
    const session = cookies.find((cookie) => cookie.name === name)
    t.match(session, { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: 7_776_000 })
    t.equal(session?.secure, secure)
    t.equal(session?.domain, undefined)
  }
})
