import t from 'tap'
import { signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

const credentials = { user: 'alice', pass: 'wonderland' }

/** The token of the first form of a page. */
function formToken(body: string): string {
  return /name="form_token" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

t.test('a form is taken from our own pages alone', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  const token = formToken((await visitor.get('/sign-in')).body)
  const foreign: [string, Record<string, string>][] = [
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of a sibling host', { 'sec-fetch-site': 'same-site' }],
    ['of another site, as an older browser tells it', { origin: 'https://evil.example' }],
    ['of a sandboxed frame', { origin: 'null' }],
    ['of our host at another port', { origin: 'http://127.0.0.1:3001' }],
    ['of our host over HTTPS', { origin: 'https://127.0.0.1:3000' }]
  ]
  for (const path of ['/sign-in', '/sign-up', '/sign-out', '/sign-in/code', '/sign-in/cancel', '/link/x']) {
    for (const [title, headers] of foreign) {
      const html = { accept: 'text/html' }
      const reply = await visitor.post(path, { ...credentials, form_token: token }, { ...headers, ...html })
      t.equal(reply.statusCode, 403, `${path} ${title}`)
      t.match(reply.body, 'was sent by another site')
    }
  }
  t.equal(visitor.session(), undefined)
})

t.test('a form of ours is taken by each sign of it', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  for (const headers of [
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: 'http://127.0.0.1:3000' }
  ]) {
    t.equal((await createVisitor(app).post('/sign-in', credentials, headers)).statusCode, 303)
  }
})

t.test('a browser that tells nothing sends the token of its own form', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  const token = formToken((await visitor.get('/sign-in')).body)
  const other = createVisitor(app)
  const othersToken = formToken((await other.get('/sign-in')).body)
  for (const form_token of [undefined, '', 'x', othersToken, `${token}x`]) {
    const fields = { ...credentials, ...(form_token !== undefined && { form_token }) }
    t.equal((await visitor.post('/sign-in', fields, {})).statusCode, 403, String(form_token))
  }
  t.equal(
    (await createVisitor(app).post('/sign-in', { ...credentials, form_token: token }, {})).statusCode,
    403
  )
  t.equal((await visitor.post('/sign-in', { ...credentials, form_token: token }, {})).statusCode, 303)
  t.equal(
    (await visitor.post('/sign-out', { form_token: token }, {})).statusCode,
    403,
    'it was of the sign-in'
  )
  const signedIn = formToken((await visitor.get('/account')).body)
  t.equal((await visitor.post('/sign-out', { form_token: signedIn }, {})).statusCode, 303)
})

t.test('the token of a sign-in that somebody plants is none for the forms of a session', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const mallory = createVisitor(app)
  const planted = formToken((await mallory.get('/sign-in')).body)
  const alice = createVisitor(app)
  await alice.signIn()
  const victim = createVisitor(app, new Map([...alice.cookies, ...mallory.cookies]))
  t.equal((await victim.post('/sign-out', { form_token: planted }, {})).statusCode, 403)
  t.equal((await alice.get('/account')).statusCode, 200, 'still signed in')
  const own = formToken((await victim.get('/account')).body)
  t.equal((await victim.post('/sign-out', { form_token: own }, {})).statusCode, 303)
})

t.test('a sign-in leads to pages of ours alone, in whatever spelling another one is asked for', async (t) => {
  const { app } = await startService(t, { POSTERN_PUBLIC_URL: 'https://id.example.org' })
  await signUp(app)
  for (const returnTo of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    '///evil.example',
    'HTTPS://EVIL.EXAMPLE',
    'https:/\\evil.example',
    'https://id.example.org@evil.example',
    'https://user@id.example.org/',
    'https://:x@id.example.org/',
    'https://id.example.org.evil.example',
    'https://id.example.org:444/',
    'http://id.example.org/',
    'https://id.example.org\\@evil.example',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'blob:https://id.example.org/x',
    'https://id.example.org/\r\nset-cookie:x',
    `/${'x'.repeat(2048)}`
  ]) {
    const query = new URLSearchParams({ return_to: returnTo })
    const visitor = createVisitor(app)
    t.notMatch((await visitor.get(`/sign-in?${query}`)).headers['content-security-policy'], 'evil', returnTo)
    t.equal((await visitor.post('/sign-in', credentials)).headers.location, '/account', returnTo)
    t.equal((await visitor.get(`/sign-in?${query}`)).headers.location, '/account', 'also without a form')
    const out = await visitor.post('/sign-out', { return_to: returnTo })
    t.equal(out.headers.location, '/sign-in?signed_out=yes', returnTo)
  }
})

t.test('a sign-in leads back to the page of ours that was asked for', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  const { headers } = await visitor.get('/account/name?changed=x')
  await visitor.get(String(headers.location))
  await visitor.get('/sign-in?ui_locales=fr')
  const reply = await visitor.post('/sign-in', credentials)
  t.equal(reply.headers.location, 'http://127.0.0.1:3000/account/name?changed=x')
})

t.test('a sign-in that is begun anew forgets where the former one led', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.get('/sign-in?return_to=/account/name')
  await visitor.get('/sign-in')
  t.equal((await visitor.post('/sign-in', credentials)).headers.location, '/account')
})

t.test('nothing that a person or an operator has named is markup', async (t) => {
  const script = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`
  const { app } = await startService(t, { POSTERN_BRAND_NAME: script, POSTERN_BRAND_SUPPORT: script })
  await signUp(app, script)
  const visitor = createVisitor(app)
  const bodies = [
    await visitor.get('/sign-in'),
    await visitor.post('/sign-in', { user: script, pass: 'wrong' }),
    await visitor.post('/sign-up', { user: script, pass: 'x' }),
    await visitor.get(`/sign-in?return_to=${encodeURIComponent(script)}`),
    await visitor.get(`/link/${encodeURIComponent(script)}`)
  ].map(({ body }) => body)
  await visitor.signIn(script)
  for (const path of ['/account', '/sign-out', '/sign-in?prompt=login'])
    bodies.push((await visitor.get(path)).body)
  for (const body of bodies) {
    t.match(body, '&lt;script&gt;alert(1)')
    t.notMatch(body, '<script>alert')
    t.notMatch(body, '<img src=x')
  }
})

t.test('each page forbids scripts and frames of others, and is stored nowhere', async (t) => {
  const { app } = await startService(t, { POSTERN_PUBLIC_URL: 'https://id.example.org' })
  const visitor = createVisitor(app)
  for (const path of ['/sign-in', '/sign-up', '/sign-out', '/link/x', '/pages/nothing']) {
    const { headers } = await visitor.get(path)
    t.match(headers, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': /default-src 'none'; .*form-action 'self'; .*frame-ancestors 'none'/,
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'strict-transport-security': /max-age/
    })
  }
})

t.test('at an http address that is not this machine each page is a 403 that says why', async (t) => {
  const { app, log } = await startService(t, { POSTERN_PUBLIC_URL: 'http://id.example.org' })
  for (const path of ['/sign-in', '/account', '/link/x']) {
    const { statusCode, body } = await createVisitor(app).get(path)
    t.equal(statusCode, 403)
    t.match(body, 'POSTERN_PUBLIC_URL')
  }
  t.equal((await createVisitor(app).post('/sign-in', credentials)).statusCode, 403)
  t.ok(log.some((line) => line.includes('POSTERN_PUBLIC_URL') && line.includes('"level":40')))
})

t.test('the log tells neither the token of a link nor where a browser wants to go', async (t) => {
  const { app, log } = await startService(t)
  const visitor = createVisitor(app)
  for (const path of ['/link/hunter2', '/link/hunter2?ui_locales=de', '/sign-in?return_to=/hunter2']) {
    await visitor.get(path)
    await visitor.post(path, { pass: 'hunter2', user: 'alice', return_to: 'hunter2' })
    await visitor.post(path, { pass: 'hunter2' }, { accept: 'text/html', 'sec-fetch-site': 'same-origin' })
  }
  t.ok(log.some((line) => line.includes('/link/[removed]')))
  t.same(
    log.filter((line) => line.includes('hunter2')),
    []
  )
})
