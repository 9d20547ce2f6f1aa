import t from 'tap'
import { createApp } from '../support/factors.js'
import { signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

/** The key of an authenticator app that a page shows. */
function shownKey(body: string): string {
  return /data-copy="([A-Z2-7]{32})"/.exec(body)?.[1] ?? ''
}

t.test('who must have a second factor sets it up within the sign-in, and has no rights before', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_SECOND_FACTOR: 'required' })
  await app.accounts.register('alice', 'wonderland')
  const visitor = createVisitor(app)
  await visitor.get('/sign-in?return_to=/account/sessions')
  await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  t.match((await visitor.get('/sign-in')).body, 'This account needs a second factor')
  t.equal((await visitor.get('/account')).statusCode, 303)
  t.equal((await visitor.post('/sign-in/code', { otp: '000000' })).headers.location, '/sign-in')

  const offered = await visitor.post('/sign-in/set-up')
  t.equal(offered.headers['cache-control'], 'no-store')
  t.match(offered.body, 'src="data:image/svg+xml;base64,')
  const otp = createApp(shownKey(offered.body), clock)
  const wrong = await visitor.post('/sign-in/confirm', { otp: '000000' })
  t.equal(wrong.statusCode, 403)
  t.match(wrong.body, 'id="otp-error"')
  t.equal((await visitor.post('/sign-in/confirm', { otp: '' })).statusCode, 403)
  t.equal(visitor.session(), undefined)

  const done = await visitor.post('/sign-in/confirm', { otp: otp() })
  t.equal(done.statusCode, 200)
  t.equal(done.body.match(/<li><code>/g)?.length, 10)
  const [, next = ''] = /class="button" href="([^"]+)"/.exec(done.body) ?? []
  t.match((await visitor.get(next)).headers.location, '/account/sessions')
  t.equal((await visitor.get('/account')).statusCode, 200)

  const another = createVisitor(app)
  await another.signIn()
  t.equal((await another.post('/sign-in/code', { otp: otp() })).headers.location, '/account')
})

t.test('a sign-up leads to the second factor that an account must have', async (t) => {
  const { app } = await startService(t, { POSTERN_SECOND_FACTOR: 'required' })
  const visitor = createVisitor(app)
  const reply = await visitor.post('/sign-up', { user: 'alice', pass: 'wonderland' })
  t.equal(reply.headers.location, '/sign-in')
  t.equal(visitor.session(), undefined)
  t.match((await visitor.get('/sign-in')).body, 'action="/sign-in/set-up"')
})

t.test('a set-up that took too long begins again, and says so', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_SECOND_FACTOR: 'required' })
  await app.accounts.register('alice', 'wonderland')
  const visitor = createVisitor(app)
  await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  const otp = createApp(shownKey((await visitor.post('/sign-in/set-up')).body), clock)
  clock.advance(301)
  t.equal((await visitor.post('/sign-in/confirm', { otp: otp() })).headers.location, '/sign-in')
  t.equal((await visitor.post('/sign-in/set-up')).headers.location, '/sign-in')
  t.match((await visitor.get('/sign-in')).body, 'The sign-in has taken too long.')
})

t.test('nobody sets up a factor for an account that has one, or needs none', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  t.equal((await visitor.post('/sign-in/set-up')).headers.location, '/sign-in')
  await visitor.signIn()
  t.equal((await visitor.post('/sign-in/confirm', { otp: '000000' })).headers.location, '/sign-in')
})
