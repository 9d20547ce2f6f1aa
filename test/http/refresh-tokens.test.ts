import t from 'tap'
import {
  bearer,
  decodePart,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  start,
  startService
} from '../support/helper.js'

const now = start / 1000

t.test(
  'a user sees all its refresh tokens, what became of them, and none of the tokens themselves',
  async (t) => {
    const { app, clock } = await startService(t)
    const token = await signUp(app)
    const list = async () => await app.inject({ url: '/refresh_tokens', headers: bearer(token) })
    t.same((await list()).json(), { refresh_tokens: [] })

    const given = await app.inject({
      url: '/refresh_token',
      headers: { ...bearer(token), 'user-agent': 'curl/8' }
    })
    clock.advance(5)
    const values = { grant_type: 'password', username: 'alice', password: 'wonderland' }
    const family = (await send(app, 'POST', '/oauth/token', values, { by: 'form' })).json()
    await refreshToken(app, await signUp(app, 'bob'))
    await refresh(app, given.body)
    const renewal = { grant_type: 'refresh_token', refresh_token: family.refresh_token }
    clock.advance(5)
    const renewed = (await send(app, 'POST', '/oauth/token', renewal, { by: 'form' })).json()

    const reply = await list()
    t.equal(reply.statusCode, 200)
    t.same(reply.json().refresh_tokens, [
      {
        jti: decodePart(given.body, 1).jti,
        rotates: false,
        issued_at: now,
        last_used_at: now,
        expires_at: now + 2_592_000,
        address: '127.0.0.1',
        user_agent: 'curl/8'
      },
      {
        jti: decodePart(renewed.refresh_token, 1).sid,
        rotates: true,
        issued_at: now + 5,
        last_used_at: now,
        expires_at: now + 2_592_000,
        address: '127.0.0.1',
        user_agent: 'lightMyRequest'
      }
    ])
    t.notMatch(reply.body, /eyJ/)
  }
)

t.test(
  'M4: the list tells the times of a rotating token to the hour, and not the id of the next',
  async (t) => {
    const { app, clock } = await startService(t)
    await signUp(app)
    const values = { grant_type: 'password', username: 'alice', password: 'wonderland' }
    const family = (await send(app, 'POST', '/oauth/token', values, { by: 'form' })).json()
    clock.advance(5400)
    const renewal = { grant_type: 'refresh_token', refresh_token: family.refresh_token }
    const renewed = (await send(app, 'POST', '/oauth/token', renewal, { by: 'form' })).json()
    const headers = bearer(await signIn(app))
    const reply = await app.inject({ url: '/refresh_tokens', headers })
    const [listed] = reply.json().refresh_tokens
    t.match(listed, { last_used_at: now + 3600, expires_at: now + 3600 + 2_592_000, rotates: true })
    for (const used of [family, renewed])
      t.notMatch(reply.body, String(decodePart(used.refresh_token, 1).jti))
  }
)

t.test('those that were revoked, have expired or belong to an old password are not listed', async (t) => {
  const { app, clock } = await startService(t, {
    POSTERN_REFRESH_TOKEN_TTL: '100',
    POSTERN_ACCESS_TOKEN_TTL: '1000'
  })
  const token = await signUp(app)
  const count = async (presented: string) => {
    const { refresh_tokens } = (
      await app.inject({ url: '/refresh_tokens', headers: bearer(presented) })
    ).json()
    return refresh_tokens.length
  }
  const revoked = await refreshToken(app, token)
  await refreshToken(app, token)
  await send(app, 'DELETE', '/refresh_token', { refresh_token: revoked }, { headers: bearer(token) })
  t.equal(await count(token), 1)
  clock.advance(100)
  t.equal(await count(token), 0)
  await refreshToken(app, token)
  await send(app, 'PATCH', '/user', { pass: 'wonderland' }, { headers: bearer(token) })
  t.equal(await count(token), 0)
})

t.test("a user ends all its refresh tokens at once, and nobody else's", async (t) => {
  const { app } = await startService(t)
  const [alice, bob] = [await signUp(app), await signUp(app, 'bob')]
  const tokens = [await refreshToken(app, alice), await refreshToken(app, alice)]
  const other = await refreshToken(app, bob)
  const end = () => app.inject({ method: 'DELETE', url: '/refresh_tokens', headers: bearer(alice) })
  t.match(await end(), { statusCode: 204, body: '' })
  t.match((await end()).json(), { statusCode: 403, error_name: 'PasswordAuthenticationRequiredError' })
  for (const user of tokens) t.equal((await send(app, 'GET', '/token', { user })).statusCode, 400)
  t.equal((await send(app, 'GET', '/token', { user: other })).statusCode, 200)
  t.equal((await app.inject({ url: '/user', headers: bearer(alice) })).statusCode, 200)
})

t.test(
  'both calls need an access token, and to end them one that was obtained with the password',
  async (t) => {
    const { app } = await startService(t)
    const token = await signUp(app)
    const weak = await refresh(app, await refreshToken(app, token))
    for (const method of ['GET', 'DELETE'] as const) {
      t.equal((await app.inject({ method, url: '/refresh_tokens' })).statusCode, 401)
    }
    t.equal((await app.inject({ url: '/refresh_tokens', headers: bearer(weak) })).statusCode, 200)
    const reply = await app.inject({ method: 'DELETE', url: '/refresh_tokens', headers: bearer(weak) })
    t.match(reply.json(), { statusCode: 403, error_name: 'PasswordAuthenticationRequiredError' })
    await app.inject({ method: 'DELETE', url: '/user', headers: bearer(token) })
    for (const method of ['GET', 'DELETE'] as const) {
      t.equal((await app.inject({ method, url: '/refresh_tokens', headers: bearer(token) })).statusCode, 404)
    }
  }
)

t.test('of a client that tells a long story of itself only the beginning is kept', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  await app.inject({ url: '/refresh_token', headers: { ...bearer(token), 'user-agent': 'x'.repeat(5000) } })
  const { refresh_tokens } = (
    await app.inject({ url: '/refresh_tokens', headers: bearer(await signIn(app)) })
  ).json()
  t.equal(refresh_tokens[0].user_agent.length, 256)
})

t.test('M6: a user begins 60 sessions a minute, and 50 in a row are no burst', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_SESSIONS_PER_MINUTE: '' })
  const [alice, bob] = [await signUp(app), await signUp(app, 'bob')]
  const issue = (token: string) => app.inject({ url: '/refresh_token', headers: bearer(token) })
  for (let count = 0; count < 60; count += 1) t.equal((await issue(alice)).statusCode, 200)
  const refused = await issue(alice)
  t.equal(refused.statusCode, 429)
  t.equal(refused.json().error_name, 'TooManySessionsError')
  t.equal(refused.headers['retry-after'], '60')
  const values = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  const grant = await send(app, 'POST', '/oauth/token', values, { by: 'form' })
  t.match(grant.json(), { error: 'temporarily_unavailable' })
  t.equal((await issue(bob)).statusCode, 200, 'the bound is one of each user')
  clock.advance(60)
  t.equal((await issue(alice)).statusCode, 200)
})

t.test('M6: a session that makes room for another is an audit event', async (t) => {
  const { app, log } = await startService(t, { POSTERN_MAX_SESSIONS: '2', POSTERN_MAX_SESSIONS_TOTAL: '3' })
  const [alice, bob, carol] = [await signUp(app), await signUp(app, 'bob'), await signUp(app, 'carol')]
  const phone = await refreshToken(app, alice)
  await refresh(app, phone)
  const evictions = () =>
    log
      .filter((line) => line.includes('"audit":"session_evicted"'))
      .map((line) => JSON.parse(line))
      .map(({ user, address }) => [user, address])
  const unused = await refreshToken(app, alice)
  t.same(evictions(), [])
  await refreshToken(app, alice)
  t.same(evictions(), [['alice', '127.0.0.1']])
  t.equal((await send(app, 'GET', '/token', { user: unused })).statusCode, 400)
  t.ok(await refresh(app, phone), 'the one in use stays')
  await refreshToken(app, bob)
  await refreshToken(app, carol)
  t.same(evictions().slice(1), [['alice', '127.0.0.1']], 'of all the oldest that was never used')
  t.ok(await refresh(app, phone))
})
