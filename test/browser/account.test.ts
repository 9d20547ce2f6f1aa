import t from 'tap'
import { send, signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

const adminKey = 'k'.repeat(32)
const operator = { authorization: `Bearer ${adminKey}` }

t.test('the page of an account is for who is signed in, and says who that is', async (t) => {
  const { app } = await startService(t, {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: adminKey
  })
  await signUp(app)
  const visitor = createVisitor(app)
  const refused = await visitor.get('/account')
  t.equal(refused.statusCode, 303)
  t.match(refused.headers.location, /^\/sign-in\?return_to=%2Faccount$/)

  await visitor.signIn()
  t.match((await visitor.get('/account')).body, '<bdi>alice</bdi>')
  t.notMatch((await visitor.get('/account')).body, /E-mail|Groups/)

  const { uid } = (await app.inject({ url: '/admin/users/by-name/alice', headers: operator })).json()
  const members = { email: 'alice@example.org', email_verified: true, groups: ['staff', 'ops'] }
  await app.inject({ method: 'PATCH', url: `/admin/users/${uid}`, headers: operator, payload: members })
  const { body } = await visitor.get('/account')
  t.match(body, '<bdi>alice@example.org</bdi> <span class="tag">verified</span>')
  t.match(body, /<bdi class="tag">ops<\/bdi>\s+<bdi class="tag">staff<\/bdi>/)

  const payload = { email_verified: false }
  await app.inject({ method: 'PATCH', url: `/admin/users/${uid}`, headers: operator, payload })
  t.match((await visitor.get('/account')).body, 'not verified')
})

t.test('a user changes the display name, and removes it', async (t) => {
  const { app, log } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const changed = await visitor.post('/account/name', { display_name: 'Alice Liddell' })
  t.equal(changed.statusCode, 303)
  t.equal(changed.headers.location, '/account?changed=name')
  const page = await visitor.get('/account?changed=name')
  t.match(page.body, 'Your display name was changed.')
  t.match(page.body, '<bdi>Alice Liddell</bdi>')
  t.match((await visitor.get('/account/name')).body, 'value="Alice Liddell"')
  t.match(log.join(''), /"audit":"display_name_changed"[^\n]*"user":"alice"/)

  t.equal((await visitor.post('/account/name', { display_name: '' })).statusCode, 303)
  t.notMatch((await visitor.get('/account')).body, 'Alice Liddell')
})

t.test('a display name that no account may have is told beside its field, and kept there', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const name = `${'<b>'.repeat(100)}`
  const refused = await visitor.post('/account/name', { display_name: name })
  t.equal(refused.statusCode, 400)
  t.match(refused.body, '<p class="error" id="display_name-error">Use at most 255 characters')
  t.match(refused.body, 'aria-describedby="display_name-hint display_name-error"')
  t.match(refused.body, `value="${'&lt;b&gt;'.repeat(100)}"`)
  t.notMatch(refused.body, '<b>')
  t.notMatch((await visitor.get('/account')).body, '&lt;b&gt;')
})

t.test('hostile names are text and no markup, on each page of the account', async (t) => {
  const { app } = await startService(t)
  const name = '"><script>alert(1)</script>'
  await signUp(app, name)
  const visitor = createVisitor(app)
  await visitor.signIn(name)
  await visitor.post('/account/name', { display_name: `'</textarea><img src=x onerror=alert(2)>` })
  const paths = ['', '/name', '/password', '/second-factor', '/second-factor/new', '/delete', '/denied']
  for (const path of paths) {
    const { body, statusCode } = await visitor.get(`/account${path}`)
    t.equal(statusCode, 200, path)
    t.match(body, '&quot;&gt;&lt;script&gt;', path)
    t.notMatch(body, /<script>|<img src=x/, path)
  }
})

t.test('a managed account keeps the display name that the file gives it', async (t) => {
  const folder = t.testdir({
    'users.yaml': '- { name: alice, password: wonderland, display_name: Alice, managed: true }\n'
  })
  const { app } = await startService(t, { POSTERN_USERS_FILE: `${folder}/users.yaml` })
  const visitor = createVisitor(app)
  await visitor.signIn()
  const { body } = await visitor.get('/account/name')
  t.match(body, 'manage this in a file')
  t.notMatch(body, 'name="display_name"')
  const refused = await visitor.post('/account/name', { display_name: 'Bob' })
  t.equal(refused.statusCode, 403)
  t.match(refused.body, 'manage this in a file')
  t.match((await visitor.get('/account')).body, '<bdi>Alice</bdi>')
})

t.test('the page that a change leads to says nothing of its own address', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  for (const word of ['hello', '__proto__', 'constructor', '<b>']) {
    const { body } = await visitor.get(`/account?changed=${encodeURIComponent(word)}`)
    t.notMatch(body, 'class="notice', word)
  }
})

t.test('the page for somebody without access names the site and who is signed in', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  const nobody = await visitor.get('/account/denied?site=wiki.example.org')
  t.equal(nobody.statusCode, 200)
  t.match(nobody.body, '<bdi>wiki.example.org</bdi>')
  t.match(nobody.body, 'Nobody is signed in here.')
  t.match(nobody.body, 'href="/sign-in"')

  await visitor.signIn()
  const { body } = await visitor.get('/account/denied?site=wiki.example.org:8443')
  t.match(body, '<bdi>wiki.example.org:8443</bdi>')
  t.match(body, '<bdi>alice</bdi></dd>')
  t.match(body, /action="\/sign-out"[\s\S]*another account/)
})

t.test('the page for somebody without access shows no words of a link', async (t) => {
  const { app } = await startService(t)
  const visitor = createVisitor(app)
  const sites = ['<script>alert(1)</script>', 'call 0123 now', 'a'.repeat(254), '', 'a\u202eb']
  for (const site of sites) {
    const { body, statusCode } = await visitor.get(`/account/denied?site=${encodeURIComponent(site)}`)
    t.equal(statusCode, 200)
    t.notMatch(body, '<dt>Site</dt>', site)
  }
})

t.test('no page of the account is kept by a cache', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  for (const path of ['/account', '/account/password', '/account/second-factor/new']) {
    const { headers } = await visitor.get(path)
    t.equal(headers['cache-control'], 'no-store', path)
    t.match(headers['content-security-policy'], "default-src 'none'", path)
  }
})

t.test('the calls do not look at the cookie of a browser', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  for (const [method, url] of [
    ['GET', '/check'],
    ['GET', '/refresh_tokens'],
    ['GET', '/refresh_token'],
    ['PATCH', '/user'],
    ['DELETE', '/user'],
    ['POST', '/user/totp'],
    ['DELETE', '/refresh_tokens']
  ] as const) {
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const reply = await send(app, method, url, { pass: 'another-password' }, { headers })
    t.ok([400, 401].includes(reply.statusCode), `${method} ${url}: ${reply.statusCode}`)
  }
  t.equal((await app.inject({ url: '/user', headers: { cookie } })).statusCode, 204)
  t.equal((await visitor.get('/account')).statusCode, 200)
})
