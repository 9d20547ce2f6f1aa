import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { timeStep, totpCode } from '../../src/second-factor/totp.js'
import { bearer, signIn, signUp, startService, temporaryFolder } from '../support/helper.js'
import {
  ask,
  createBrowser,
  enter,
  forwarded,
  type Headers,
  location,
  navigation,
  own
} from '../support/site-browser.js'

const sites = [
  { host: 'wiki.example.org' },
  { host: 'ops.example.net', groups: ['ops'] },
  { host: 'vault.example.net', second_factor: true },
  { host: 'fresh.example.net', max_age: '10m' },
  { host: 'blog.example.org', path: '/public/*', open: true },
  { host: '*.apps.example.org' }
]

async function startSites(t: Test, environment: Record<string, string> = {}) {
  const file = join(temporaryFolder(t), 'sites.json')
  writeFileSync(file, JSON.stringify({ sites }))
  const service = await startService(t, {
    POSTERN_SITES_FILE: file,
    POSTERN_TRUST_PROXY: '127.0.0.1',
    POSTERN_PUBLIC_URL: 'https://auth.example.com',
    ...environment
  })
  await signUp(service.app)
  return service
}

t.test('a browser signs in once for sites of unrelated domains, and out once for all', async (t) => {
  const { app } = await startSites(t)
  const browser = createBrowser(app)
  const sent = await browser.visit('https://wiki.example.org/page?x=1')
  t.match(sent, { statusCode: 302, headers: { 'remote-user': '', 'x-postern-assertion': '' } })
  t.match(location(sent), /^https:\/\/auth\.example\.com\/sign-in\?return_to=https%3A%2F%2Fwiki/)
  t.match((await browser.open(own(location(sent)))).body, /name="pass"/)
  const signedIn = await browser.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  t.equal(signedIn.statusCode, 303)
  t.match(location(signedIn), /^https:\/\/wiki\.example\.org\/\.postern\/callback\?code=/)
  const arrived = await browser.arrive(location(signedIn))
  t.match(arrived, { statusCode: 303, headers: { location: 'https://wiki.example.org/page?x=1' } })
  t.match(
    arrived.headers['set-cookie'],
    /^__Host-postern-site=\S+; .*Path=\/; HttpOnly; Secure; SameSite=Lax/
  )
  const seen = await browser.visit('https://wiki.example.org/page?x=1')
  t.match(seen, { statusCode: 204, headers: { 'remote-user': 'alice' } })
  t.match(seen.headers['x-postern-assertion'], /^eyJ/)

  const second = await browser.open(own(location(await browser.visit('https://x.apps.example.org/'))))
  t.match(location(second), /^https:\/\/x\.apps\.example\.org\/\.postern\/callback/, 'without a page')
  await browser.arrive(location(second))
  t.equal((await browser.visit('https://x.apps.example.org/')).statusCode, 204)

  await browser.post('/sign-out', {})
  for (const url of ['https://wiki.example.org/', 'https://x.apps.example.org/']) {
    t.equal((await browser.visit(url)).statusCode, 302, url)
  }
})

t.test(
  'the rules of the sites decide: groups, no rule, second factor, age of the password, open ones',
  async (t) => {
    const { app, clock } = await startSites(t)
    const browser = createBrowser(app)
    await enter(browser, 'https://wiki.example.org/')
    const denied = await browser.open(own(location(await browser.visit('https://ops.example.net/'))))
    t.match(location(denied), /\/account\/denied\?site=ops\.example\.net$/)
    t.equal((await browser.visit('https://other.example.org/')).statusCode, 403, 'no rule')
    t.match(
      location(await browser.open(own(location(await browser.visit('https://vault.example.net/'))))),
      /second-factor/
    )
    t.match(await browser.visit('https://blog.example.org/public/a'), {
      statusCode: 204,
      headers: { 'remote-user': '' }
    })
    t.equal((await browser.visit('https://blog.example.org/public/..;/a')).statusCode, 403)
    t.equal((await browser.visit('https://blog.example.org/private')).statusCode, 403)

    const fresh = await browser.open(own(location(await browser.visit('https://fresh.example.net/'))))
    await browser.arrive(location(fresh))
    t.equal((await browser.visit('https://fresh.example.net/')).statusCode, 204)
    clock.advance(601)
    const again = await browser.visit('https://fresh.example.net/')
    t.equal(again.statusCode, 302)
    t.match((await browser.open(own(location(again)))).body, /name="pass"/, 'the password is asked for')
    const signedIn = await browser.post('/sign-in', { user: 'alice', pass: 'wonderland' })
    await browser.arrive(location(signedIn))
    t.equal((await browser.visit('https://fresh.example.net/')).statusCode, 204)
  }
)

t.test('a cookie of a site is good there alone, and a code once, for one browser', async (t) => {
  const { app, clock } = await startSites(t)
  const browser = createBrowser(app)
  await enter(browser, 'https://wiki.example.org/')
  const value = browser.cookies('wiki.example.org').get('__Host-postern-site') ?? ''
  const cookie = `__Host-postern-site=${value}`
  t.equal((await ask(app, 'https://wiki.example.org/', { cookie })).statusCode, 204)
  for (const headers of [
    { cookie: `${cookie}; ${cookie}` },
    { cookie: `__Host-postern-site=${value.slice(0, -1)}` },
    { cookie: `postern-site=${value}` },
    { cookie: `${cookie}.x` },
    { authorization: `Bearer ${value}` }
  ] as Headers[]) {
    t.equal(
      (await ask(app, 'https://wiki.example.org/', headers)).statusCode,
      401,
      JSON.stringify(headers).slice(0, 40)
    )
  }
  for (const url of [
    'https://a.apps.example.org/',
    'http://wiki.example.org/',
    'https://wiki.example.org:8443/'
  ]) {
    t.not((await ask(app, url, { cookie })).statusCode, 204, url)
  }
  t.equal((await app.inject({ url: '/check', headers: { cookie } })).statusCode, 400, 'no call looks at it')

  const other = createBrowser(app)
  const sent = await browser.visit('https://a.apps.example.org/')
  const callback = location(await browser.open(own(location(sent))))
  t.equal((await other.arrive(callback)).statusCode, 400, 'another browser')
  t.equal((await browser.arrive(callback)).statusCode, 400, 'and so it is spent')
  const again = location(
    await browser.open(own(location(await browser.visit('https://a.apps.example.org/'))))
  )
  t.equal((await browser.arrive(again)).statusCode, 303)
  browser.cookies('a.apps.example.org').delete('__Host-postern-site')
  t.equal((await browser.arrive(again)).statusCode, 400, 'a second time')
  const late = location(await browser.open(own(location(await browser.visit('https://b.apps.example.org/')))))
  clock.advance(31)
  t.equal((await browser.arrive(late)).statusCode, 400, 'too late')
})

t.test(
  'a user gets so many codes for sites in a minute, and pushes out nobody who signs in meanwhile',
  async (t) => {
    const { app, clock, log } = await startSites(t, { POSTERN_SESSIONS_PER_MINUTE: '3' })
    await signUp(app, 'bob')
    const browser = createBrowser(app)
    await enter(browser, 'https://wiki.example.org/')
    const address = own(location(await browser.visit('https://a.apps.example.org/')))
    for (const count of [2, 3]) {
      t.match(location(await browser.open(address)), /\/\.postern\/callback\?code=/, `code ${count}`)
    }
    const refused = await browser.open(address)
    t.match(refused, { statusCode: 429, headers: { 'retry-after': '60', location: undefined } })
    t.match(refused.body, '<h1>')
    t.match(log.join(''), /"audit":"throttled".*"user":"alice","reason":"TooManySessionsError"/)
    t.equal((await browser.open('/account')).statusCode, 200, 'the session goes on')

    const other = createBrowser(app)
    const begun = await other.visit('https://a.apps.example.org/')
    await other.open(own(location(begun)))
    const signedIn = await other.post('/sign-in', { user: 'bob', pass: 'wonderland' })
    t.equal((await other.arrive(location(signedIn))).statusCode, 303, 'each user has a count of its own')
    clock.advance(61)
    const later = own(location(await browser.visit('https://a.apps.example.org/')))
    t.match(location(await browser.open(later)), /\/\.postern\/callback\?code=/)
  }
)

t.test('headers count from a trusted proxy alone, once each, and of the family of the path', async (t) => {
  const { app } = await startSites(t)
  const token = bearer(await signIn(app))
  const url = 'https://wiki.example.org/'
  t.equal((await ask(app, url, token)).statusCode, 204)
  const stranger = await app.inject({
    url: '/forward-auth',
    headers: forwarded(url, token),
    remoteAddress: '192.0.2.1'
  })
  t.match(stranger, { statusCode: 403, headers: { 'remote-user': '' } })
  t.match(stranger.body, /POSTERN_TRUST_PROXY/)
  for (const name of ['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-uri', 'x-forwarded-method']) {
    const { [name]: value, ...others } = forwarded(url, token)
    t.equal((await app.inject({ url: '/forward-auth', headers: others })).statusCode, 403, `without ${name}`)
  }
  const foreign = { 'x-original-url': 'https://ops.example.net/', 'x-original-uri': '/admin' }
  t.equal((await ask(app, url, { ...token, ...foreign })).statusCode, 204, 'the other family is ignored')
  const nginx = { 'x-original-url': url, 'x-forwarded-method': 'GET', ...token }
  t.equal((await app.inject({ url: '/forward-auth/nginx', headers: nginx })).statusCode, 204)
  const redirected = await app.inject({
    url: '/forward-auth/nginx',
    headers: { 'x-original-url': url, 'x-forwarded-method': 'GET', ...navigation }
  })
  t.equal(redirected.statusCode, 401, 'nginx takes no redirect')
  t.match(location(redirected), /\/sign-in\?/)
})

t.test('a Bearer token wins over the cookie, and a bad one is not rescued by it', async (t) => {
  const { app } = await startSites(t)
  const browser = createBrowser(app)
  await enter(browser, 'https://wiki.example.org/')
  await signUp(app, 'bob', 'builder')
  const asBob = bearer(await signIn(app, 'bob', 'builder'))
  t.match(await browser.visit('https://wiki.example.org/', asBob), {
    statusCode: 204,
    headers: { 'remote-user': 'bob' }
  })
  t.equal((await browser.visit('https://wiki.example.org/', bearer('x'))).statusCode, 401)
  const basic = { authorization: 'Basic YWxpY2U6eA==' }
  t.match(await browser.visit('https://wiki.example.org/', basic), {
    statusCode: 204,
    headers: { 'remote-user': 'alice' }
  })
  t.equal(
    (await ask(app, 'https://wiki.example.org/', basic)).statusCode,
    401,
    'without a cookie it is no token'
  )
})

t.test('an address of a sign-in that a stranger has got leads nobody to his site', async (t) => {
  const { app, clock } = await startSites(t)
  const [stranger, victim] = [createBrowser(app), createBrowser(app)]
  const address = own(location(await stranger.visit('https://evil.apps.example.org/')))
  clock.advance(61)
  await victim.open(address)
  const signedIn = await victim.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  t.equal(location(signedIn), '/account', 'it is too old')

  const fresh = own(location(await stranger.visit('https://evil.apps.example.org/')))
  const callback = location(await victim.open(fresh))
  t.match(callback, '/.postern/callback')
  const refused = await victim.arrive(callback)
  t.match(refused, { statusCode: 400, headers: { 'referrer-policy': 'no-referrer' } })
  t.equal((await stranger.arrive(callback)).statusCode, 400, 'the code is spent')
  t.not((await stranger.visit('https://evil.apps.example.org/')).statusCode, 204)
})

t.test(
  'the form of a sign-in may stand open, and be opened again, for longer than its address is new',
  async (t) => {
    const { app, clock } = await startSites(t)
    const browser = createBrowser(app)
    const address = own(location(await browser.visit('https://a.apps.example.org/page')))
    await browser.open(address)
    clock.advance(3600)
    await browser.open(address)
    const signedIn = await browser.post('/sign-in', { user: 'alice', pass: 'wonderland' })
    await browser.arrive(location(signedIn))
    t.equal((await browser.visit('https://a.apps.example.org/page')).statusCode, 204)
  }
)

t.test('of two windows of one site that sign in at once neither ends in an error', async (t) => {
  const { app } = await startSites(t)
  const [first, browser] = [createBrowser(app), createBrowser(app)]
  const earlier = own(location(await first.visit('https://wiki.example.org/one')))
  await enter(browser, 'https://wiki.example.org/two')
  const late = await browser.arrive(location(await browser.open(earlier)))
  t.match(late, { statusCode: 303, headers: { location: 'https://wiki.example.org/one' } })
})

t.test('a page whose address is too long to come back to leads to the beginning of its site', async (t) => {
  const { app } = await startSites(t)
  const browser = createBrowser(app)
  const arrived = await enter(browser, `https://wiki.example.org/${'x'.repeat(3000)}`)
  t.equal(location(arrived), 'https://wiki.example.org/')
})

t.test('a set-up that a site asks for leads on to the site', async (t) => {
  const { app, clock } = await startSites(t)
  const browser = createBrowser(app)
  await enter(browser, 'https://wiki.example.org/')
  const led = await browser.open(own(location(await browser.visit('https://vault.example.net/page'))))
  t.equal(location(led), '/account/second-factor')
  const offered = await browser.post('/account/second-factor/new', {})
  const secret = /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(offered.body)?.[1]?.replaceAll(' ', '') ?? ''
  const otp = totpCode(secret, timeStep(clock() / 1000))
  const done = await browser.post('/account/second-factor/confirm', { otp })
  const next = /href="(\/sign-in\?[^"]+)"/.exec(done.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  await browser.arrive(location(await browser.open(next)))
  t.equal((await browser.visit('https://vault.example.net/page')).statusCode, 204)
})

t.test('where nobody is asked, credentials are for the page', async (t) => {
  const { app } = await startSites(t)
  for (const headers of [
    { authorization: 'Basic YTpi' },
    { authorization: 'Bearer of-the-page' },
    {}
  ] as Headers[]) {
    const url = `https://blog.example.org/public/a${'authorization' in headers ? '' : '?access_token=x'}`
    t.match(await ask(app, url, headers), { statusCode: 204, headers: { 'remote-user': '' } })
  }
  const token = bearer(await signIn(app))
  t.match(await ask(app, 'https://blog.example.org/public/a', token), { headers: { 'remote-user': 'alice' } })
})

t.test('a visitor without the group is told so, in his language', async (t) => {
  const { app } = await startSites(t)
  const browser = createBrowser(app)
  await enter(browser, 'https://wiki.example.org/')
  const user = await app.store.findUserByName('alice')
  if (user !== undefined) await app.store.replaceUser(user, { ...user, groups: ['ops'] })
  await browser.arrive(
    location(await browser.open(own(location(await browser.visit('https://ops.example.net/')))))
  )
  t.equal((await browser.visit('https://ops.example.net/')).statusCode, 204)
  const member = await app.store.findUserByName('alice')
  if (member !== undefined) {
    const { groups: _, ...others } = member
    await app.store.replaceUser(member, others)
  }
  const denied = await browser.visit('https://ops.example.net/', { ...navigation, 'accept-language': 'de' })
  t.match(denied, {
    statusCode: 403,
    headers: { 'content-type': /html/, 'remote-user': '', 'x-postern-assertion': '' }
  })
  t.match(denied.body, 'href="https://auth.example.com/account/denied?site=ops.example.net"')
  t.match(denied.body, '<html lang="de">')
  const script = { 'sec-fetch-mode': 'cors' }
  t.match(await browser.visit('https://ops.example.net/', script), {
    statusCode: 403,
    headers: { 'content-type': /json/ }
  })
})

t.test('a call of a script gets no page, and a disabled account is nobody', async (t) => {
  const { app } = await startSites(t)
  const browser = createBrowser(app)
  const script = { 'sec-fetch-mode': 'cors', accept: '*/*' }
  t.match(await browser.visit('https://wiki.example.org/', script), {
    statusCode: 401,
    headers: { location: /sign-in/ }
  })
  await enter(browser, 'https://wiki.example.org/')
  const user = await app.store.findUserByName('alice')
  if (user !== undefined) await app.store.replaceUser(user, { ...user, state: 'disabled' })
  t.equal((await browser.visit('https://wiki.example.org/')).statusCode, 302, 'a disabled account is nobody')
})

t.test('the parts of a page read its session once a minute, and its end counts at once', async (t) => {
  const { app, clock } = await startSites(t)
  const browser = createBrowser(app)
  await enter(browser, 'https://wiki.example.org/')
  const findSession = t.capture(app.store, 'findSession', app.store.findSession)
  const visit = async () => (await browser.visit('https://wiki.example.org/part')).statusCode
  const uses = t.capture(app.store, 'touchSession', app.store.touchSession)
  for (let part = 0; part < 10; part += 1) t.equal(await visit(), 204)
  t.ok(findSession().length <= 1)
  clock.advance(60)
  for (let part = 0; part < 10; part += 1) t.equal(await visit(), 204)
  t.equal(findSession().length, 1)
  t.equal(uses().length, 1, 'and a use is noted once a minute')
  await browser.post('/sign-out', {})
  t.equal(await visit(), 302)
  clock.advance(60)
  t.equal(await visit(), 302)
})
