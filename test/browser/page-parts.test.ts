import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createServer } from '../../src/server/server.js'
import { cheap, createClock, signUp, startService, temporaryFolder } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

t.test('a logo that cannot be read, or is too large, stops the start', async (t) => {
  const folder = temporaryFolder(t)
  const large = join(folder, 'large.png')
  writeFileSync(large, Buffer.alloc(256 * 1024 + 1))
  for (const path of [join(folder, 'missing.svg'), large]) {
    const environment = { ...cheap, POSTERN_BRAND_LOGO_FILE: path }
    const app = createServer({ environment, clock: createClock() }, { write: () => {} })
    await t.rejects(async () => await app.ready(), { message: /POSTERN_BRAND_LOGO_FILE/ })
    await app.close()
  }
})

t.test(
  'a form of a sign-in leads where its own page came from, whatever another window has opened',
  async (t) => {
    const { app } = await startService(t)
    await signUp(app)
    const visitor = createVisitor(app)
    const first = await visitor.get('/sign-in?return_to=/account/name')
    await visitor.get('/sign-in?return_to=/account/sessions')
    const destination = /name="destination" value="([^"]+)"/.exec(first.body)?.[1] ?? ''
    const reply = await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland', destination })
    t.match(reply.headers.location, /\/account\/name$/)
    const forged = createVisitor(app)
    const sent = await forged.post('/sign-in', {
      user: 'alice',
      pass: 'wonderland',
      destination: `${Buffer.from('{"returnTo":"https://evil.example"}').toString('base64url')}.x`
    })
    t.equal(sent.headers.location, '/account', 'one that was not signed here counts for nothing')
  }
)

t.test(
  'a form that leads to the account leads there, also where another window came for a site',
  async (t) => {
    const { app } = await startService(t)
    await signUp(app)
    const visitor = createVisitor(app)
    for (const path of ['/sign-in', '/sign-up'] as const) {
      const first = await visitor.get(path)
      await visitor.get('/sign-in?return_to=/account/sessions')
      const destination = /name="destination" value="([^"]+)"/.exec(first.body)?.[1] ?? ''
      const user = path === '/sign-in' ? 'alice' : 'bob'
      const reply = await visitor.post(path, { user, pass: 'wonderland', destination })
      t.equal(reply.headers.location, '/account', path)
      await visitor.post('/sign-out')
    }
  }
)

t.test('a link of another site has no page say that something has happened', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  t.match((await visitor.get('/sign-in?signed_out=yes')).body, 'role="status"')
  await visitor.signIn()
  t.match((await visitor.get('/account?changed=password')).body, 'role="status"')
  // `none` is that of a program for mail.
  for (const site of ['cross-site', 'same-site', 'none']) {
    const elsewhere = { 'sec-fetch-site': site }
    t.notMatch((await visitor.get('/account?changed=password', elsewhere)).body, 'role="status"', site)
    const stranger = createVisitor(app)
    t.notMatch((await stranger.get('/sign-in?signed_out=yes', elsewhere)).body, 'role="status"', site)
  }
})

t.test('a style sheet stays in a browser under its own address alone', async (t) => {
  const { app } = await startService(t)
  const { body } = await app.inject('/sign-in')
  const [, address = ''] = /href="(\/pages\/style\.css\?v=\w+)"/.exec(body) ?? []
  t.match((await app.inject(address)).headers['cache-control'], /immutable/)
  t.equal((await app.inject('/pages/style.css?v=of-another-release')).headers['cache-control'], 'no-cache')
})

t.test('the page that says why there are none has its style sheet', async (t) => {
  const { app } = await startService(t, { POSTERN_PUBLIC_URL: 'http://auth.example.com' })
  t.equal((await app.inject('/sign-in')).statusCode, 403)
  t.equal((await app.inject('/pages/style.css')).statusCode, 200)
})
