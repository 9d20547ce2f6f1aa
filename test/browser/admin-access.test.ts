import t from 'tap'
import { createApp, setUpFactor } from '../support/factors.js'
import { bearer, signIn, signUp, startService } from '../support/helper.js'
import { changeUser, makeUser, startOperatorPages } from '../support/operator-visitor.js'
import { createVisitor } from '../support/visitor.js'

const uid = 'f'.repeat(32)

const pages = [
  '/admin',
  '/admin/pages',
  '/admin/pages/users',
  '/admin/pages/users/new',
  `/admin/pages/users/${uid}`,
  `/admin/pages/users/${uid}/edit`,
  `/admin/pages/users/${uid}/password`,
  `/admin/pages/users/${uid}/delete`,
  `/admin/pages/users/${uid}/purge`,
  `/admin/pages/users/${uid}/second-factor`,
  '/admin/pages/invitations',
  '/admin/pages/invitations/new',
  '/admin/pages/invitations/x/remove',
  '/admin/pages/api-keys',
  '/admin/pages/api-keys/new',
  '/admin/pages/api-keys/x/remove',
  '/admin/pages/signing-keys',
  '/admin/pages/signing-keys/x/retire'
]

// Each with the page that its form stands on.
const forms: [path: string, page: string][] = [
  ['/admin/pages/users/new', '/admin/pages/users/new'],
  [`/admin/pages/users/${uid}/edit`, `/admin/pages/users/${uid}/edit`],
  [`/admin/pages/users/${uid}/state`, `/admin/pages/users/${uid}`],
  [`/admin/pages/users/${uid}/sign-out`, `/admin/pages/users/${uid}`],
  [`/admin/pages/users/${uid}/sessions/x/end`, `/admin/pages/users/${uid}`],
  [`/admin/pages/users/${uid}/password`, `/admin/pages/users/${uid}/password`],
  [`/admin/pages/users/${uid}/password-link`, `/admin/pages/users/${uid}/password`],
  [`/admin/pages/users/${uid}/delete`, `/admin/pages/users/${uid}/delete`],
  [`/admin/pages/users/${uid}/purge`, `/admin/pages/users/${uid}/purge`],
  [`/admin/pages/users/${uid}/second-factor`, `/admin/pages/users/${uid}/second-factor`],
  ['/admin/pages/invitations/new', '/admin/pages/invitations/new'],
  ['/admin/pages/invitations/x/remove', '/admin/pages/invitations/x/remove'],
  ['/admin/pages/api-keys/new', '/admin/pages/api-keys/new'],
  ['/admin/pages/api-keys/x/remove', '/admin/pages/api-keys/x/remove'],
  ['/admin/pages/signing-keys', '/admin/pages/signing-keys'],
  ['/admin/pages/signing-keys/x/retire', '/admin/pages/signing-keys/x/retire']
]

t.test('nobody is sent to sign in, and comes back to the page, or to that of the form', async (t) => {
  const { app } = await startOperatorPages(t)
  const nobody = createVisitor(app)
  const signInFor = (page: string) => `/sign-in?return_to=${encodeURIComponent(page)}`
  for (const page of pages) {
    t.match(await nobody.get(page), { statusCode: 303, headers: { location: signInFor(page) } }, page)
  }
  for (const [path, page] of forms) {
    t.match(await nobody.post(path), { statusCode: 303, headers: { location: signInFor(page) } }, path)
  }
})

t.test('who is no member of postern-admins gets 403 at once, and the audit tells it', async (t) => {
  const { app, clock, audits } = await startOperatorPages(t)
  const bob = await makeUser(app)
  const visitor = createVisitor(app)
  await visitor.signIn('bob')
  clock.advance(3600)
  for (const page of pages)
    t.match(await visitor.get(page), { statusCode: 403, body: /postern-admins/ }, page)
  for (const [path] of forms) t.equal((await visitor.post(path)).statusCode, 403, path)
  const refusals = audits().filter(({ audit }) => audit === 'admin_refused')
  t.equal(refusals.length, pages.length + forms.length)
  t.match(refusals[2], {
    actor: `user:${bob.uid}`,
    reason: 'InsufficientScopeError',
    detail: /\/admin\/pages\/users/
  })
  t.notOk(audits().some(({ audit }) => audit === 'admin_read'))
})

t.test('a member who gave the password over ten minutes ago is asked for it again', async (t) => {
  const { visitor, clock, audits } = await startOperatorPages(t)
  clock.advance(600)
  t.equal((await visitor.get('/admin/pages/users')).statusCode, 200)
  clock.advance(1)
  const before = audits().length
  for (const page of pages) {
    const location = `/sign-in?prompt=login&return_to=${encodeURIComponent(page)}`
    t.match(await visitor.get(page), { statusCode: 303, headers: { location } }, page)
  }
  for (const [path] of forms)
    t.match((await visitor.post(path)).headers.location, /^\/sign-in\?prompt=login/, path)
  t.equal(audits().length, before, 'nothing is read')
})

t.test('a member with a second factor needs it in this very session', async (t) => {
  const { app, clock, visitor } = await startOperatorPages(t)
  t.equal((await visitor.get('/admin/pages/users')).statusCode, 200)
  const { secret } = await setUpFactor(app, clock, await signIn(app))
  t.equal((await visitor.get('/admin/pages/users')).statusCode, 303, 'the session has none')
  const other = createVisitor(app)
  await other.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  t.equal((await other.get('/admin/pages/users')).statusCode, 303, 'the sign-in is under way')
  await other.post('/sign-in/code', { otp: createApp(secret, clock)() })
  t.equal((await other.get('/admin/pages/users')).statusCode, 200)
})

t.test('membership ends with the record, whatever the session was', async (t) => {
  const { app, visitor, alice } = await startOperatorPages(t)
  await changeUser(app, 'alice', { groups: [] })
  t.equal((await visitor.get('/admin/pages/users')).statusCode, 403)
  await changeUser(app, 'alice', { groups: ['postern-admins'], state: 'disabled', gen: alice.gen + 1 })
  t.equal((await visitor.get('/admin/pages/users')).statusCode, 303)
})

t.test('an access token is no way into the pages, and a cookie none into the calls', async (t) => {
  const { app, visitor } = await startOperatorPages(t)
  const headers = bearer(await signIn(app))
  t.equal((await app.inject({ url: '/admin/pages/users', headers })).statusCode, 303)
  t.equal((await app.inject({ url: '/admin/users', headers })).statusCode, 200)
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  t.equal((await app.inject({ url: '/admin/users', headers: { cookie } })).statusCode, 401)
})

t.test('without POSTERN_ADMIN=http there are no such pages, for any method', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  await changeUser(app, 'alice', { groups: ['postern-admins'] })
  const visitor = createVisitor(app)
  await visitor.signIn()
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const paths = [...new Set([...pages, ...forms.map(([path]) => path)])]
  for (const url of paths) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const) {
      t.equal((await app.inject({ method, url, headers: { cookie } })).statusCode, 404, `${method} ${url}`)
    }
  }
  t.notMatch((await visitor.get('/account')).body, 'href="/admin"')
})

t.test('without pages there are none for operators', async (t) => {
  const { app } = await startService(t, { POSTERN_ADMIN: 'http', POSTERN_PAGES: 'off' })
  for (const page of pages) t.equal((await app.inject(page)).statusCode, 404, page)
})

t.test('a form of another site, or of nobody, changes nothing', async (t) => {
  const { app, visitor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const path = `/admin/pages/users/${uid}/state`
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}]) {
    t.equal((await visitor.post(path, { state: 'disabled' }, headers)).statusCode, 403)
  }
  for (const [path] of forms) {
    t.equal((await visitor.post(path, {}, { 'sec-fetch-site': 'same-site' })).statusCode, 403, path)
  }
  t.equal((await app.store.findUserById(uid))?.state, 'active')
  t.equal((await visitor.post(path, { state: 'disabled' })).statusCode, 303)
  t.equal((await app.store.findUserById(uid))?.state, 'disabled')
})

t.test('pages read change nothing, and are recorded with their reader', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const before = await app.store.findUserById(uid)
  for (const page of pages) {
    const reply = await visitor.get(page.replace('f'.repeat(32), uid))
    t.ok([200, 303, 404].includes(reply.statusCode), `${page}: ${reply.statusCode}`)
    t.match(reply.headers, { 'cache-control': 'no-store' })
  }
  t.same(await app.store.findUserById(uid), before)
  t.match(audits().at(-1), { audit: 'admin_read', actor, detail: 'GET /admin/pages/signing-keys' })
})
