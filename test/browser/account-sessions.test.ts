import t from 'tap'
import { bearer, refresh, refreshToken, send, signUp, startService } from '../support/helper.js'
import { createVisitor, ourForm } from '../support/visitor.js'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const page = '/account/sessions'

/** The sessions that can be ended on this page: the id and the text of each. */
function othersIn(body: string) {
  const cards = body.split('<li>').filter((card) => card.includes('id="session-'))
  return cards
    .map((card) => ({ id: /name="id" value="([^"]+)"/.exec(card)?.[1] ?? '', card }))
    .filter(({ id }) => id !== '')
}

t.test('the sessions of browsers and applications are listed, this one first', async (t) => {
  const { app, clock } = await startService(t)
  const token = await signUp(app)
  const headers = { ...bearer(token), 'user-agent': 'curl/8.5.0' }
  await send(app, 'GET', '/refresh_token', {}, { by: 'query', headers })
  const [here, elsewhere] = [createVisitor(app), createVisitor(app)]
  await here.post('/sign-in', { user: 'alice', pass: 'wonderland' }, { ...ourForm, 'user-agent': firefox })
  clock.advance(3600)
  await elsewhere.signIn()
  clock.advance(3600)
  const { body } = await here.get(page)
  t.equal(body.match(/id="session-/g)?.length, 3)
  const [first = ''] = body.split('<li>').filter((card) => card.includes('id="session-'))
  t.match(first, '<bdi>Firefox on Linux</bdi>')
  t.match(first, 'This browser')
  t.match(first, '<bdi>127.0.0.1</bdi>')
  t.match(first, /Signed in<\/dt><dd><time datetime="2030-01-01T00:00:00.000Z">/)
  t.match(first, /Last used<\/dt><dd><time datetime="2030-01-01T02:00:00.000Z">/)
  t.notMatch(first, 'name="id"')
  const [second, third] = othersIn(body)
  t.match(second?.card, /lightMyRequest[\s\S]*Browser/)
  t.match(third?.card, /curl\/8\.5\.0[\s\S]*Application/)
})

t.test('one session is ended, and no other', async (t) => {
  const { app, log } = await startService(t)
  const token = await refreshToken(app, await signUp(app))
  const [here, elsewhere] = [createVisitor(app), createVisitor(app)]
  await here.signIn()
  await elsewhere.signIn()
  const ended = othersIn((await here.get(page)).body).find(({ card }) => card.includes('Application'))
  const reply = await here.post(`${page}/end`, { id: ended?.id ?? '' })
  t.equal(reply.statusCode, 303)
  t.match((await here.get(reply.headers.location ?? '')).body, 'The session was ended.')
  await t.rejects(refresh(app, token), /InvalidToken/)
  t.equal((await elsewhere.get('/account')).statusCode, 200)

  const [browser] = othersIn((await here.get(page)).body)
  await here.post(`${page}/end`, { id: browser?.id ?? '' })
  t.equal((await elsewhere.get('/account')).statusCode, 303)
  t.equal((await here.get('/account')).statusCode, 200)
  t.match(log.join(''), '"audit":"signed_out"')

  const again = await here.post(`${page}/end`, { id: browser?.id ?? '' })
  t.equal(again.statusCode, 404)
  t.match(again.body, /role="alert">This session has ended already/)
})

t.test('nobody ends the session of another user by its id', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  await signUp(app, 'mallory')
  const [alice, other, mallory] = [createVisitor(app), createVisitor(app), createVisitor(app)]
  await alice.signIn()
  await other.signIn()
  await mallory.signIn('mallory')
  const [session] = othersIn((await alice.get(page)).body)
  t.match(session?.id, /^[0-9a-f]{32}$/)
  const refused = await mallory.post(`${page}/end`, { id: session?.id ?? '' })
  t.equal(refused.statusCode, 404)
  t.notMatch(refused.body, session?.id ?? '')
  t.equal((await other.get('/account')).statusCode, 200)
  for (const id of ['', 'x', '../..', '0'.repeat(32)]) {
    t.equal((await mallory.post(`${page}/end`, { id })).statusCode, 404, id)
  }
})

t.test(
  'all other browsers and applications are signed out, and this one goes on with a new value',
  async (t) => {
    const { app } = await startService(t)
    const access = await signUp(app)
    const token = await refreshToken(app, access)
    const [here, elsewhere] = [createVisitor(app), createVisitor(app)]
    await here.signIn()
    await elsewhere.signIn()
    const former = createVisitor(app, here.cookies)
    const reply = await here.post(`${page}/end-others`)
    t.equal(reply.statusCode, 303)
    const { body } = await here.get(reply.headers.location ?? '')
    t.match(body, 'All other browsers and applications were signed out.')
    t.same(othersIn(body), [])
    t.equal((await elsewhere.get('/account')).statusCode, 303)
    t.equal((await former.get('/account')).statusCode, 303)
    await t.rejects(refresh(app, token), /InvalidToken/)
    t.match((await app.inject({ url: '/check', headers: bearer(access) })).json(), {
      error_name: 'InvalidTokenError'
    })
  }
)

t.test('a hostile user agent is text and no markup, and is cut', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const [here, elsewhere] = [createVisitor(app), createVisitor(app)]
  await here.signIn()
  const hostile = `<script>alert(1)</script>"'${'x'.repeat(2000)}`
  await elsewhere.post(
    '/sign-in',
    { user: 'alice', pass: 'wonderland' },
    { ...ourForm, 'user-agent': hostile }
  )
  const { body } = await here.get(page)
  t.match(body, `&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;${'x'.repeat(53)}…`)
  t.notMatch(body, '<script>')
  t.notMatch(body, 'x'.repeat(60))
})

t.test('the value of a session and its digest are on no page', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const [here, elsewhere] = [createVisitor(app), createVisitor(app)]
  await here.signIn()
  await elsewhere.signIn()
  const { body } = await here.get(page)
  for (const visitor of [here, elsewhere]) t.notMatch(body, visitor.session() ?? 'none')
  t.notMatch(body, /[0-9a-f]{64}/)
})
