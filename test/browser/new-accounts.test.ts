import t from 'tap'
import { Refusal, retryLater } from '../../src/errors/refusals.js'
import { send, signIn, signUp, startService } from '../support/helper.js'
import { createVisitor, ourForm } from '../support/visitor.js'

const html = { ...ourForm, accept: 'text/html' }

/** A service, and the paths of links that its operator makes. */
async function startWithLinks(t: Parameters<typeof startService>[0], environment = {}) {
  const key = 'a-key-of-the-operator-of-more-than-32-characters'
  const service = await startService(t, { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: key, ...environment })
  const linkTo = async (path: string, payload: object) => {
    const headers = { authorization: `Bearer ${key}` }
    const reply = await service.app.inject({ method: 'POST', url: path, headers, payload })
    if (reply.statusCode !== 201) throw new Error(`${path}: ${reply.statusCode} ${reply.body}`)
    return new URL(reply.json().url).pathname
  }
  return { ...service, linkTo }
}

t.test('a person signs up, and is signed in', async (t) => {
  const { app } = await startService(t, { POSTERN_PASSWORD_MIN_LENGTH: '8' })
  const visitor = createVisitor(app)
  const form = await visitor.get('/sign-up')
  t.match(form.body, /name="user" autocomplete="username"/)
  t.match(form.body, /name="pass" autocomplete="new-password"/)
  t.match(form.body, 'At least 8 characters.')
  t.match((await visitor.get('/sign-in')).body, 'href="/sign-up"')
  const reply = await visitor.post('/sign-up', { user: 'Zoe\u0308', pass: 'wonderland' })
  t.match(reply, { statusCode: 303, headers: { location: '/account' } })
  t.match((await visitor.get('/account')).body, '<bdi>Zoë</bdi>')
  t.equal((await visitor.get('/sign-up')).headers.location, '/account')
})

t.test('a mistake at a sign-up stands beside its field, and makes no account', async (t) => {
  const { app } = await startService(t, { POSTERN_PASSWORD_MIN_LENGTH: '8' })
  await signUp(app)
  const visitor = createVisitor(app)
  for (const [user, pass, status, message] of [
    ['alice', 'wonderland', 403, 'id="user-error">This user name is taken.'],
    [' alice', 'wonderland', 400, 'id="user-error">A user name has 1 to 255 characters'],
    ['', 'wonderland', 400, 'id="user-error">'],
    ['x'.repeat(256), 'wonderland', 400, 'id="user-error">'],
    ['bob', 'short', 400, 'id="pass-error">Use between 8 and 1024 characters.'],
    ['bob', '', 400, 'id="pass-error">'],
    ['bob', 'x'.repeat(1025), 400, 'id="pass-error">']
  ] as const) {
    const reply = await visitor.post('/sign-up', { user, pass })
    t.equal(reply.statusCode, status, `${user} ${pass}`)
    t.match(reply.body, message)
    t.match(reply.body, `value="${user}"`)
    t.notMatch(reply.body, `value="${pass || 'none'}"`)
  }
  t.equal(await app.store.countUsers(), 1)
})

t.test('a network that makes too many accounts waits, and the page says for how long', async (t) => {
  const { app } = await startService(t, { POSTERN_SIGN_UP_MAX: '1', POSTERN_TRUST_PROXY: 'loopback' })
  const headers = { ...ourForm, 'x-forwarded-for': '203.0.113.7' }
  const visitor = createVisitor(app)
  t.equal((await visitor.post('/sign-up', { user: 'alice', pass: 'wonderland' }, headers)).statusCode, 303)
  const reply = await visitor.post('/sign-up', { user: 'bob', pass: 'wonderland' }, headers)
  t.equal(reply.statusCode, 429)
  t.match(reply.body, 'Please try again in 15 minutes.')
})

t.test('while registration is closed the page says so, and makes no account', async (t) => {
  const { app } = await startService(t, { POSTERN_REGISTRATION: 'closed' })
  const visitor = createVisitor(app)
  for (const reply of [
    await visitor.get('/sign-up'),
    await visitor.post('/sign-up', { user: 'alice', pass: 'wonderland' })
  ]) {
    t.equal(reply.statusCode, 403)
    t.match(reply.body, 'Nobody can sign up here at the moment.')
  }
  t.equal(await app.store.countUsers(), 0)
  t.notMatch((await visitor.get('/sign-in')).body, 'href="/sign-up"')
})

t.test('a link that sets a password is shown any number of times, and spent once', async (t) => {
  const { app, linkTo } = await startWithLinks(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const { uid } = (await app.store.findUserByName('alice')) ?? {}
  const path = await linkTo(`/admin/users/${uid}/password-link`, {})
  for (const method of ['GET', 'HEAD', 'GET'] as const) {
    t.equal((await app.inject({ method, url: path, headers: { accept: '*/*' } })).statusCode, 200)
  }
  const guest = createVisitor(app)
  const form = await guest.get(path)
  t.match(form.body, `action="${path}"`)
  t.match(form.body, '<bdi>alice</bdi>')
  t.match(form.body, /name="pass" autocomplete="new-password"/)
  const empty = await guest.post(path, { pass: '' }, html)
  t.equal(empty.statusCode, 400)
  t.match(empty.body, `action="${path}"`)
  const used = await guest.post(path, { pass: 'looking-glass' }, html)
  t.equal(used.statusCode, 200)
  t.match(used.body, 'href="/sign-in"')
  t.equal(guest.session(), undefined, 'nobody is signed in by it')
  t.equal((await visitor.get('/account')).statusCode, 303, 'and all are signed out')
  const again = await linkTo(`/admin/users/${uid}/password-link`, {})
  await visitor.signIn('alice', 'looking-glass')
  const own = await visitor.post(again, { pass: 'looking-glass' }, html)
  t.notMatch(own.body, 'alice', 'not even as whom one was signed in')
  t.ok(await signIn(app, 'alice', 'looking-glass'))
  for (const reply of [await guest.get(path), await guest.post(path, { pass: 'once-more' }, html)]) {
    t.equal(reply.statusCode, 410)
    t.match(reply.body, 'This link is no longer good')
  }
  t.equal((await guest.get('/link/unknown')).statusCode, 410)
})

t.test(
  'an invitation makes an account while registration is closed, with the name given or one to choose',
  async (t) => {
    const { app, linkTo } = await startWithLinks(t, { POSTERN_REGISTRATION: 'closed' })
    const named = await linkTo('/admin/invites', { user: 'alice', email: 'alice@example.org' })
    const free = await linkTo('/admin/invites', {})
    const guest = createVisitor(app)
    const form = await guest.get(named)
    t.match(form.body, '<bdi>alice</bdi>')
    t.match(form.body, '<bdi>alice@example.org</bdi>')
    t.match(form.body, /value="alice" hidden/)
    t.equal((await guest.post(named, { user: 'alice', pass: 'wonderland' }, html)).statusCode, 200)
    const taken = await guest.post(free, { user: 'alice', pass: 'wonderland' }, html)
    t.equal(taken.statusCode, 403)
    t.match(taken.body, 'This user name is taken.')
    t.equal((await guest.post(free, { pass: 'wonderland' }, html)).statusCode, 400)
    t.equal((await guest.post(free, { user: 'bob', pass: 'wonderland' }, html)).statusCode, 200)
    t.ok(await signIn(app, 'alice'))
    t.ok(await signIn(app, 'bob'))
  }
)

t.test('a POST to a link that does not ask for a page is the call, and needs no form', async (t) => {
  const { app, linkTo } = await startWithLinks(t)
  for (const [user, headers] of [
    ['alice', {}],
    ['bob', { accept: 'application/json' }],
    ['carol', { accept: '*/*', origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }]
  ] as const) {
    const path = await linkTo('/admin/invites', { user })
    const reply = await send(app, 'POST', path, { pass: 'wonderland' }, { headers })
    t.match(reply, { statusCode: 201, body: '' }, user)
    const gone = await send(app, 'POST', path, { pass: 'wonderland' }, { headers })
    t.match(gone, { statusCode: 410, headers: { 'content-type': /json/ } })
  }
})

t.test('without pages a GET of a link is none, and a POST is the call whatever it accepts', async (t) => {
  const { app, linkTo } = await startWithLinks(t, { POSTERN_PAGES: 'off' })
  const path = await linkTo('/admin/invites', { user: 'alice' })
  t.equal((await app.inject({ url: path, headers: { accept: 'text/html' } })).statusCode, 405)
  t.equal((await app.inject({ url: '/sign-in', headers: { accept: 'text/html' } })).statusCode, 404)
  const headers = { accept: 'text/html' }
  t.equal((await send(app, 'POST', path, { pass: 'wonderland' }, { headers })).statusCode, 201)
})

t.test('a sign-up whose sign-in fails says that the account is made', async (t) => {
  const { app } = await startService(t)
  const { createSession } = app.store
  t.teardown(() => Object.assign(app.store, { createSession }))
  Object.assign(app.store, { createSession: () => Promise.reject(new Refusal('StoreUnavailableError')) })
  const visitor = createVisitor(app)
  const reply = await visitor.post('/sign-up', { user: 'alice', pass: 'wonderland' })
  t.equal(reply.statusCode, 200)
  t.match(reply.body, 'Your account is ready. You can sign in now.')
  t.match(reply.body, 'href="/sign-in"')
  t.equal(visitor.session(), undefined)
  Object.assign(app.store, { createSession })
  await visitor.signIn()
  t.equal((await visitor.get('/account')).statusCode, 200)
})

t.test('a link of another account leaves a browser signed in, and its page says so', async (t) => {
  const { app, linkTo } = await startWithLinks(t)
  await signUp(app)
  await signUp(app, 'bob')
  const visitor = createVisitor(app)
  await visitor.signIn('bob')
  const { uid } = (await app.store.findUserByName('alice')) ?? {}
  const path = await linkTo(`/admin/users/${uid}/password-link`, {})
  const used = await visitor.post(path, { pass: 'looking-glass' }, html)
  t.match(used, { statusCode: 200, body: '<bdi class="who">bob</bdi>' })
})

t.test('a link that cannot be spent for the moment says when to come back', async (t) => {
  const { app, linkTo } = await startWithLinks(t)
  await signUp(app)
  const { uid } = (await app.store.findUserByName('alice')) ?? {}
  const path = await linkTo(`/admin/users/${uid}/password-link`, {})
  const { spend } = app.links
  t.teardown(() => Object.assign(app.links, { spend }))
  Object.assign(app.links, { spend: () => Promise.reject(retryLater('TooManyFailuresError', 7000)) })
  const refused = await createVisitor(app).post(path, { pass: 'looking-glass' }, html)
  t.match(refused, { statusCode: 429, headers: { 'retry-after': '7' } })
})
