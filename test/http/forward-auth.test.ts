import t from 'tap'
import type { User } from '../../src/store/store.js'
import { holdEventLoop, maxDelay } from '../support/held-event-loop.js'
import { bearer, decodePart, refreshToken, send, signIn, signUp, startService } from '../support/helper.js'

type Headers = Record<string, string | string[]>
type App = Awaited<ReturnType<typeof startService>>['app']

function ask(app: App, headers: Headers = {}, url = '/forward-auth', method: 'GET' | 'HEAD' = 'GET') {
  return app.inject({ method, url, headers })
}

const nobody = {
  'remote-user': '',
  'remote-uid': '',
  'remote-groups': '',
  'remote-email': '',
  'remote-name': ''
}

/** Changes the account of alice. */
async function change(app: App, members: Partial<User>): Promise<void> {
  const user = await app.store.findUserByName('alice')
  if (user !== undefined) await app.store.replaceUser(user, { ...user, ...members })
}

t.test('a request with a good token is let through, by whom is said', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const uid = (await app.store.findUserByName('alice'))?.uid
  const smuggled = { 'remote-user': 'root', 'remote-uid': '0', 'remote-groups': 'wheel' }
  for (const headers of [
    bearer(token),
    { authorization: token },
    { 'x-original-uri': `/page?x=1&access_token=${token}` },
    { 'x-forwarded-uri': `/page?access_token=${token}#x` },
    { ...bearer(token), 'x-original-uri': `/page?access_token=${token}`, 'x-forwarded-uri': '/page' }
  ] as Headers[]) {
    for (const method of ['GET', 'HEAD'] as const) {
      const reply = await ask(app, { ...smuggled, ...headers }, '/forward-auth', method)
      const identity = { ...nobody, 'remote-user': 'alice', 'remote-uid': uid }
      t.match(reply, { statusCode: 204, body: '', headers: identity })
      t.equal(reply.headers['cache-control'], 'no-store')
    }
  }
})

t.test('a user name of any characters is a header that can be read back', async (t) => {
  const { app } = await startService(t)
  for (const [name, header] of [
    ['alice@example.org', 'alice@example.org'],
    ['a b', 'a%20b'],
    ['50%', '50%25'],
    ['zoë', 'zo%C3%AB'],
    ['👩‍🚀', '%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80']
  ] as const) {
    const reply = await ask(app, bearer(await signUp(app, name)))
    t.equal(reply.headers['remote-user'], header)
    t.equal(decodeURIComponent(header), name)
  }
})

t.test(
  'groups, a verified address and the display name are those of the account, not of the token',
  async (t) => {
    const { app } = await startService(t)
    const token = await signUp(app)
    await change(app, {
      groups: ['a', 'staff:b'],
      email: '50%@bücher.example',
      displayName: 'Alice Liddell'
    })
    const identity = { 'remote-groups': 'a,staff:b', 'remote-name': 'Alice%20Liddell' }
    t.match((await ask(app, bearer(token))).headers, { ...identity, 'remote-email': '' })
    await change(app, { emailVerified: true })
    const verified = { ...identity, 'remote-email': '50%25@b%C3%BCcher.example' }
    t.match((await ask(app, bearer(token))).headers, verified)
    t.notOk('groups' in decodePart(token, 1), 'the token is older than the groups')
  }
)

t.test('an account that is gone while it is asked about is nobody', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const { requirePresenter } = app.tokenOwners
  app.tokenOwners.requirePresenter = async (claims) => {
    await change(app, { state: 'disabled' })
    return await requirePresenter(claims)
  }
  t.match(await ask(app, bearer(token)), { statusCode: 403, headers: nobody })
})

t.test('without a good token it is 401 with a challenge, and nobody is named', async (t) => {
  const { app, clock, log } = await startService(t)
  const token = await signUp(app)
  const deleted = await signUp(app, 'bob')
  await app.inject({ method: 'DELETE', url: '/user', headers: bearer(deleted) })
  const revoked = await signIn(app)
  await send(app, 'POST', '/oauth/revoke', { token: revoked }, { by: 'form' })
  const other = await signIn(app)
  const refused: Headers[] = [
    bearer('x'),
    bearer(deleted),
    bearer(revoked),
    bearer(await refreshToken(app, token)),
    { authorization: 'Basic YWxpY2U6d29uZGVybGFuZA==' },
    { ...bearer(token), 'x-original-uri': `/page?access_token=${other}` },
    { 'x-original-uri': `/?access_token=${token}`, 'x-forwarded-uri': `/?access_token=${other}` },
    { 'x-original-uri': '/page?access_token=%zz' },
    { 'x-forwarded-uri': `/?access_token=${token}&access_token=${other}` }
  ]
  for (const headers of refused) {
    for (const method of ['GET', 'HEAD'] as const) {
      const reply = await ask(app, headers, '/forward-auth', method)
      t.match(reply, { statusCode: 401, headers: nobody }, JSON.stringify(headers).slice(0, 80))
      t.match(reply.headers['www-authenticate'], /^Bearer realm="postern", error="invalid_token"/)
      t.equal(reply.headers['cache-control'], 'no-store')
    }
  }
  const none = await ask(app, { 'x-original-uri': '/page' })
  t.match(none, { statusCode: 401, headers: { ...nobody, 'www-authenticate': 'Bearer realm="postern"' } })
  clock.advance(3600)
  t.equal((await ask(app, bearer(token))).statusCode, 401)
  t.ok(log.some((line) => line.includes('"audit":"token_refused"')))
  t.notMatch(log.join(''), token.slice(-40))
})

t.test('what belongs to the page, its query and its body, is left for the page to judge', async (t) => {
  const { app } = await startService(t)
  const good = bearer(await signUp(app))
  for (const [headers, url] of [
    [{ ...good, 'content-type': 'text/plain', 'content-length': '0' }],
    [{ ...good, 'content-type': 'multipart/form-data; boundary=x' }],
    [{ ...good, 'content-encoding': 'gzip' }],
    [{ ...good, 'content-type': 'application/json; charset=latin1' }],
    [{ ...good, 'x-forwarded-uri': '/page?a=1&a=2&%zz' }],
    [good, '/forward-auth?%zz'],
    [good, '/forward-auth?a=1&a=2&access_token=x']
  ] as [Headers, string?][]) {
    t.match(await ask(app, headers, url), { statusCode: 204 }, JSON.stringify(headers).slice(-60) + url)
  }
  const body = { method: 'GET', url: '/forward-auth', headers: good, payload: '{' } as const
  t.match(await app.inject(body), { statusCode: 204 })
})

t.test('whatever else is wrong is 403, never a status that a proxy would make a 500 of', async (t) => {
  const { app, log } = await startService(t)
  const token = await signUp(app)
  const good = bearer(token)
  const reply = await ask(app, { ...good, expect: 'the unexpected' })
  t.match(reply, { statusCode: 403, headers: nobody })

  app.store.findTokenState = () => {
    throw new Error('secret cause')
  }
  const failed = await ask(app, good)
  t.match(failed, { statusCode: 403, headers: nobody })
  t.notMatch(failed.body, 'secret')
  t.ok(log.some((line) => line.includes('secret cause')))
})

t.test('while load is shed nobody is let through', async (t) => {
  const { app } = await startService(t, { POSTERN_MAX_EVENT_LOOP_DELAY: maxDelay })
  const token = await signUp(app)
  await holdEventLoop()
  t.match(await ask(app, bearer(token)), { statusCode: 403, headers: nobody })
})
