import type { FastifyInstance } from 'fastify'
import t from 'tap'
import {
  bearer,
  decodePart,
  refreshToken,
  send,
  signIn,
  signUp,
  startService,
  temporaryFolder
} from '../support/helper.js'
import { createUser } from '../support/records.js'

const client = 'api:0123456789abcdef'
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` })
const inactive = '{"active":false}'

function post(app: FastifyInstance, url: string, values: Record<string, string>, headers = {}) {
  return send(app, 'POST', url, values, { by: 'form', headers })
}

interface TokenReply {
  access_token: string
  refresh_token: string
}

async function grant(app: FastifyInstance, user = 'alice'): Promise<TokenReply> {
  const values = { grant_type: 'password', username: user, password: 'wonderland' }
  return (await post(app, '/oauth/token', values)).json()
}

/** An account of an earlier release, which may have claims of its own that Postern makes since; its password is alice's. */
async function addOlderUser(app: FastifyInstance, name: string, claims: Record<string, unknown>) {
  const alice = await app.store.findUserByName('alice')
  await app.store.createUser({ ...createUser(name), hash: alice?.hash ?? '', claims })
}

function renew(app: FastifyInstance, refresh_token: string) {
  return post(app, '/oauth/token', { grant_type: 'refresh_token', refresh_token })
}

async function isActive(app: FastifyInstance, token: string): Promise<boolean> {
  const values = { token, token_type_hint: 'refresh_token' }
  return (await post(app, '/oauth/introspect', values, basic(client))).json().active
}

async function start(t: Parameters<typeof startService>[0], environment = {}) {
  const service = await startService(t, { POSTERN_OAUTH_CLIENTS: client, ...environment })
  await signUp(service.app)
  return service
}

t.test('a password gives an access token and a refresh token, as RFC 6749 has it', async (t) => {
  const { app } = await start(t)
  const values = { grant_type: 'password', username: 'alice', password: 'wonderland', scope: 'x', other: '' }
  const reply = await post(app, '/oauth/token', values)
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['cache-control'], 'no-store')
  const { access_token, refresh_token, ...others } = reply.json()
  t.same(others, { token_type: 'Bearer', expires_in: 3600, scope: 'postern:account' })
  t.match(decodePart(access_token, 1), {
    user: 'alice',
    token_type: 'access_token',
    authentication_method: 'password',
    sid: decodePart(refresh_token, 1).sid
  })
  t.equal((await app.inject({ url: '/user', headers: bearer(access_token) })).statusCode, 200)
})

t.test('a refresh token gives the next one with each use, and an access token that knows how', async (t) => {
  const { app } = await start(t)
  let { refresh_token } = await grant(app)
  const seen = new Set([refresh_token])
  for (let use = 0; use < 3; use += 1) {
    const reply = (await renew(app, refresh_token)).json()
    t.equal(decodePart(reply.access_token, 1).authentication_method, 'refresh_token')
    t.equal(await isActive(app, refresh_token), false)
    refresh_token = reply.refresh_token
    t.equal(await isActive(app, refresh_token), true)
    seen.add(refresh_token)
  }
  t.equal(seen.size, 4)
})

t.test(
  'a token that was used before ends its family, with all its access tokens, and is told of',
  async (t) => {
    const { app, clock, log } = await start(t)
    const first = await grant(app)
    const second = (await renew(app, first.refresh_token)).json()
    const other = await grant(app)
    clock.advance(10)
    const reuse = await renew(app, first.refresh_token)
    t.match(reuse, { statusCode: 400 })
    t.match(reuse.json(), { error: 'invalid_grant', error_description: /used before/ })
    for (const token of [second.refresh_token, second.access_token, first.access_token]) {
      t.equal(await isActive(app, token), false)
    }
    t.match((await renew(app, second.refresh_token)).json(), { error: 'invalid_grant' })
    t.equal((await app.inject({ url: '/check', headers: bearer(second.access_token) })).statusCode, 400)
    t.equal(await isActive(app, other.refresh_token), true, 'another family goes on')
    t.ok(log.some((line) => line.includes('"audit":"refresh_token_reuse"') && line.includes('"level":40')))
  }
)

t.test('within the grace a client that has lost the reply gets the same next token again', async (t) => {
  const { app, clock } = await start(t)
  const first = await grant(app)
  const jti = (reply: TokenReply) => decodePart(reply.refresh_token, 1)
  const second: TokenReply = (await renew(app, first.refresh_token)).json()
  clock.advance(9)
  const again: TokenReply = (await renew(app, first.refresh_token)).json()
  t.same(jti(again), jti(second))
  const third: TokenReply = (await renew(app, again.refresh_token)).json()
  t.not(jti(third).jti, jti(second).jti)
  t.equal(
    (await renew(app, first.refresh_token)).statusCode,
    400,
    'once that was used, the first is of no use'
  )
  t.equal(await isActive(app, third.refresh_token), false)
})

t.test(
  'M4: of fifty uses of one token at once two give the one next token, and none ends the family',
  async (t) => {
    const { app, log } = await start(t)
    const { refresh_token } = await grant(app)
    log.length = 0
    const replies = await Promise.all(Array.from({ length: 50 }, () => renew(app, refresh_token)))
    const good = replies.filter(({ statusCode }) => statusCode === 200)
    t.equal(good.length, 2)
    t.equal(replies.filter(({ statusCode }) => statusCode === 400).length, 48)
    t.equal(new Set(good.map((reply) => decodePart(reply.json().refresh_token, 1).jti)).size, 1)
    t.equal(await isActive(app, good[0]?.json().refresh_token), true)
    const events = log.filter((line) => line.includes('"audit":')).map((line) => JSON.parse(line).audit)
    t.equal(events.filter((event) => event === 'refresh_token_repeat').length, 1)
    t.equal(events.filter((event) => event === 'token_refused').length, 48)
  }
)

t.test('M4: within the grace nobody but the client that used the token gets its successor', async (t) => {
  const { app, clock } = await start(t, { POSTERN_TRUST_PROXY: 'loopback' })
  const from = (address: string, agent: string) => ({ 'x-forwarded-for': address, 'user-agent': agent })
  const values = { grant_type: 'refresh_token' }
  const use = (refresh_token: string, headers: Record<string, string>) =>
    post(app, '/oauth/token', { ...values, refresh_token }, headers)
  const phone = from('198.51.100.7', 'phone')
  const { refresh_token } = await grant(app)
  const second = (await use(refresh_token, phone)).json()
  for (const thief of [
    from('203.0.113.9', 'phone'),
    from('198.51.100.7', 'curl'),
    from('203.0.113.9', 'curl')
  ]) {
    t.match((await use(refresh_token, thief)).json(), { error: 'invalid_grant' })
  }
  t.equal(await isActive(app, second.refresh_token), true, 'the family goes on')
  t.equal((await use(refresh_token, phone)).statusCode, 200, 'the client that lost the reply gets it again')
  t.match((await use(refresh_token, phone)).json(), { error: 'invalid_grant' }, 'once')
  t.equal(await isActive(app, second.refresh_token), true)
  clock.advance(10)
  t.match((await use(refresh_token, phone)).json(), { error_description: /used before/ })
  t.equal(await isActive(app, second.refresh_token), false, 'after the grace a use ends the family')
})

t.test('M4: a client whose address changes within its network gets the successor, too', async (t) => {
  const { app } = await start(t, { POSTERN_TRUST_PROXY: 'loopback' })
  for (const [first, neighbour, stranger] of [
    ['198.51.100.7', '198.51.100.200', '198.51.101.7'],
    ['2001:db8:1:2::7', '2001:db8:1:2:9::1', '2001:db8:1:3::7']
  ] as const) {
    const { refresh_token } = await grant(app)
    const use = async (address: string) => {
      const values = { grant_type: 'refresh_token', refresh_token }
      return (await post(app, '/oauth/token', values, { 'x-forwarded-for': address })).statusCode
    }
    t.equal(await use(first), 200)
    t.equal(await use(stranger), 400)
    t.equal(await use(neighbour), 200)
  }
})

t.test('without a grace, of fifty uses at once one wins and ends with all the others', async (t) => {
  const { app } = await start(t, { POSTERN_REFRESH_REUSE_GRACE: '0' })
  const { refresh_token } = await grant(app)
  const replies = await Promise.all(Array.from({ length: 50 }, () => renew(app, refresh_token)))
  const won = replies.filter(({ statusCode }) => statusCode === 200)
  t.equal(won.length, 1)
  t.equal(await isActive(app, won[0]?.json().refresh_token), false)
})

t.test('a refresh token of the seed stays usable here, and one of a family is not taken there', async (t) => {
  const { app } = await start(t)
  const reusable = await refreshToken(app, await signIn(app))
  for (let use = 0; use < 2; use += 1) {
    const reply = await renew(app, reusable)
    t.equal(reply.statusCode, 200)
    t.same(Object.keys(reply.json()), ['access_token', 'token_type', 'expires_in', 'scope'])
  }
  const { refresh_token } = await grant(app)
  t.match((await send(app, 'GET', '/token', { user: refresh_token })).json(), {
    statusCode: 400,
    error_name: 'InvalidTokenError',
    message: /POST \/oauth\/token/
  })
  t.equal((await renew(app, refresh_token)).statusCode, 200, 'which does the family no harm')
})

t.test(
  'a family outlives neither a password change, nor a deletion, nor the lifetime of its last token',
  async (t) => {
    const { app, clock } = await start(t, { POSTERN_REFRESH_TOKEN_TTL: '1000' })
    await signUp(app, 'bob', 'wonderland')
    const [alice, bob] = [await grant(app), await grant(app, 'bob')]
    const change = { by: 'form', headers: bearer(alice.access_token) } as const
    t.equal((await send(app, 'PATCH', '/user', { pass: 'wonderland' }, change)).statusCode, 200)
    t.equal((await renew(app, alice.refresh_token)).statusCode, 400)
    t.equal(await isActive(app, alice.access_token), true, 'the one that was presented for it lives on')

    clock.advance(900)
    const renewed: TokenReply = (await renew(app, bob.refresh_token)).json()
    clock.advance(900)
    t.equal(await isActive(app, renewed.refresh_token), true, 'each use begins the time anew')
    const token = await signIn(app, 'bob', 'wonderland')
    t.equal((await app.inject({ method: 'DELETE', url: '/user', headers: bearer(token) })).statusCode, 204)
    t.match((await renew(app, renewed.refresh_token)).json(), { error: 'invalid_grant' })

    const late = await grant(app)
    clock.advance(1000)
    t.match((await renew(app, late.refresh_token)).json(), { error: 'invalid_grant' })
  }
)

t.test('errors of the token endpoint are those of RFC 6749', async (t) => {
  const { app } = await start(t)
  const access_token = await signIn(app)
  for (const [values, status, error] of [
    [{}, 400, 'invalid_request'],
    [{ grant_type: '' }, 400, 'invalid_request'],
    [{ grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
    [{ grant_type: 'password', username: 'alice' }, 400, 'invalid_request'],
    [{ grant_type: 'password', username: 'alice', password: '' }, 400, 'invalid_request'],
    [{ grant_type: 'password', username: 'alice', password: 'wrong' }, 400, 'invalid_grant'],
    [{ grant_type: 'password', username: 'nobody', password: 'wrong' }, 400, 'invalid_grant'],
    [{ grant_type: 'password', username: 'a\u0000b', password: 'x' }, 400, 'invalid_request'],
    [{ grant_type: 'refresh_token' }, 400, 'invalid_request'],
    [{ grant_type: 'refresh_token', refresh_token: 'x' }, 400, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: access_token }, 400, 'invalid_grant']
  ] as const) {
    const reply = await post(app, '/oauth/token', values)
    t.equal(reply.statusCode, status, JSON.stringify(values))
    t.same(Object.keys(reply.json()), ['error', 'error_description'])
    t.equal(reply.json().error, error, JSON.stringify(values))
    t.equal(reply.headers['cache-control'], 'no-store')
  }
})

t.test('unknown names and wrong passwords are told in the same words', async (t) => {
  const { app } = await start(t)
  const bodies = ['alice', 'nobody'].map(async (username) => {
    return (await post(app, '/oauth/token', { grant_type: 'password', username, password: 'wrong' })).body
  })
  t.equal(await bodies[0], await bodies[1])
})

t.test('logins here count against the same throttle as elsewhere', async (t) => {
  const { app } = await start(t, { POSTERN_LOGIN_MAX_FAILURES: '2' })
  await send(app, 'GET', '/token', { user: 'alice', pass: 'wrong' })
  const values = { grant_type: 'password', username: 'alice', password: 'wrong' }
  t.equal((await post(app, '/oauth/token', values)).statusCode, 400)
  const reply = await post(app, '/oauth/token', { ...values, password: 'wonderland' })
  t.match(reply, { statusCode: 429, headers: { 'retry-after': /^\d+$/ } })
  t.equal(reply.json().error, 'temporarily_unavailable')
})

t.test('the parameters are taken from a form and from nowhere else', async (t) => {
  const { app } = await start(t)
  const values = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  const json = await send(app, 'POST', '/oauth/token', values)
  t.match(json, { statusCode: 415 })
  t.equal(json.json().error, 'invalid_request')
  const query = await send(app, 'POST', '/oauth/token', values, { by: 'query' })
  t.match(query, { statusCode: 400 })
  t.equal(query.json().error, 'invalid_request')
  const twice = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'grant_type=password&grant_type=password'
  })
  t.match(twice.json(), { error: 'invalid_request' })
  t.equal((await app.inject('/oauth/token')).statusCode, 405)
})

t.test('a client that says who it is must be right, though nobody has to', async (t) => {
  const { app } = await start(t)
  const values = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  t.equal((await post(app, '/oauth/token', values, basic(client))).statusCode, 200)
  for (const pair of ['api:wrong', 'nobody:0123456789abcdef', 'api', ':', '%zz:x', '']) {
    for (const url of ['/oauth/token', '/oauth/introspect', '/oauth/revoke']) {
      const reply = await post(app, url, { ...values, token: 'x' }, basic(pair))
      t.match(reply, { statusCode: 401, headers: { 'www-authenticate': 'Basic realm="postern"' } })
      t.match(reply.json(), { error: 'invalid_client' })
    }
  }
})

t.test('a client may say who it is in the form as well, but not in both ways', async (t) => {
  const { app } = await start(t)
  const token = await signIn(app)
  const secret = { client_id: 'api', client_secret: '0123456789abcdef' }
  t.equal((await post(app, '/oauth/introspect', { token, ...secret })).json().active, true)
  for (const wrong of [{ client_secret: 'wrong' }, { client_id: 'nobody' }, { client_id: '' }]) {
    const reply = await post(app, '/oauth/introspect', { token, ...secret, ...wrong })
    t.match(reply, { statusCode: 401, headers: { 'www-authenticate': 'Basic realm="postern"' } })
    t.match(reply.json(), { error: 'invalid_client' })
  }
  const twice = await post(app, '/oauth/introspect', { token, ...secret }, basic(client))
  t.match(twice.json(), { error: 'invalid_request' })
  const open = { grant_type: 'password', username: 'alice', password: 'wonderland', client_id: 'anybody' }
  t.equal((await post(app, '/oauth/token', open)).statusCode, 200, 'an id alone is no claim to be anybody')
})

t.test(
  'a token that is good is introspected with its claims, and of any other nothing is said',
  async (t) => {
    const { app, clock } = await start(t)
    const access = await signIn(app)
    const refresh = await refreshToken(app, access)
    const reply = await post(
      app,
      '/oauth/introspect',
      { token: access, token_type_hint: 'refresh_token' },
      basic(client)
    )
    const { user, uid, jti, exp } = decodePart(access, 1)
    t.match(reply.json(), {
      active: true,
      token_type: 'Bearer',
      username: user,
      user,
      sub: uid,
      uid,
      jti,
      exp
    })
    const values = { token: refresh, token_type_hint: 'refresh_token' }
    const known = (await post(app, '/oauth/introspect', values, basic(client))).json()
    t.match(known, { active: true, token_type: 'refresh_token', username: 'alice' })

    const tampered = `${access.slice(0, -2)}${access.endsWith('AA') ? 'BB' : 'AA'}`
    for (const token of ['x', 'a.b.c', tampered, 'x'.repeat(9000)]) {
      t.equal((await post(app, '/oauth/introspect', { token }, basic(client))).body, inactive)
    }
    t.match((await post(app, '/oauth/introspect', {}, basic(client))).json(), { error: 'invalid_request' })
    clock.advance(3600)
    t.equal((await post(app, '/oauth/introspect', { token: access }, basic(client))).body, inactive)
  }
)

t.test(
  'C1, M4: a refresh token is introspected for a client that asks for one, and for nobody else',
  async (t) => {
    const { app } = await start(t)
    const { access_token, refresh_token } = await grant(app)
    const asked = { token: refresh_token, token_type_hint: 'refresh_token' }
    t.match((await post(app, '/oauth/introspect', asked, basic(client))).json(), {
      active: true,
      token_type: 'refresh_token'
    })
    for (const token_type_hint of ['', 'access_token', 'other']) {
      const values = { token: refresh_token, token_type_hint }
      t.equal((await post(app, '/oauth/introspect', values, basic(client))).body, inactive, token_type_hint)
    }
    t.equal((await post(app, '/oauth/introspect', asked, bearer(access_token))).body, inactive)
    const access = { token: access_token, token_type_hint: 'refresh_token' }
    t.match((await post(app, '/oauth/introspect', access, basic(client))).json(), { active: true })
  }
)

t.test('only a client or the bearer of a good access token may introspect', async (t) => {
  const { app } = await start(t)
  const token = await signIn(app)
  const refused = async (headers: Record<string, string>) => {
    const reply = await post(app, '/oauth/introspect', { token }, headers)
    t.equal(reply.statusCode, 401)
    t.notMatch(reply.body, 'active')
    return { error: reply.json().error, challenge: reply.headers['www-authenticate'] }
  }
  t.same(await refused({}), {
    error: 'invalid_client',
    challenge: 'Basic realm="postern", Bearer realm="postern"'
  })
  t.match(await refused(bearer('x')), {
    error: 'invalid_token',
    challenge: /^Bearer .*error="invalid_token"/
  })
  t.match(await refused(bearer(await refreshToken(app, token))), { error: 'invalid_token' })
  const bob = await signUp(app, 'bob')
  t.equal((await post(app, '/oauth/introspect', { token }, bearer(bob))).json().active, true)
  await app.inject({ method: 'DELETE', url: '/user', headers: bearer(bob) })
  t.match(await refused(bearer(bob)), { error: 'invalid_token' })
})

t.test('a revoked access token is refused by the very next request', async (t) => {
  const { app } = await start(t)
  const token = await signIn(app)
  const other = await signIn(app)
  t.equal((await app.inject({ url: '/user', headers: bearer(token) })).statusCode, 200)
  const reply = await post(app, '/oauth/revoke', { token })
  t.equal(reply.statusCode, 200)
  t.equal((await app.inject({ url: '/user', headers: bearer(token) })).statusCode, 204)
  t.equal((await send(app, 'GET', '/check', { access_token: token })).statusCode, 400)
  t.equal(await isActive(app, token), false)
  t.equal(await isActive(app, other), true)
})

t.test('a revoked refresh token takes its family and their access tokens with it', async (t) => {
  const { app } = await start(t)
  const { access_token, refresh_token } = await grant(app)
  const reusable = await refreshToken(app, access_token)
  for (const token of [refresh_token, reusable]) {
    t.equal((await post(app, '/oauth/revoke', { token, token_type_hint: 'access_token' })).statusCode, 200)
    t.equal(await isActive(app, token), false)
    t.equal((await post(app, '/oauth/revoke', { token })).statusCode, 200, 'a second time changes nothing')
  }
  t.equal(await isActive(app, access_token), false)
  t.equal((await renew(app, reusable)).statusCode, 400)
})

t.test('what is no token needs no revocation', async (t) => {
  const { app } = await start(t)
  for (const token of ['x', 'a.b.c', 'x'.repeat(9000)]) {
    t.equal((await post(app, '/oauth/revoke', { token })).statusCode, 200)
  }
  t.match((await post(app, '/oauth/revoke', {})).json(), { error: 'invalid_request' })
})

const passwordGrant = { grant_type: 'password', username: 'alice', password: 'wonderland' }

t.test('C2: an empty client_id or client_secret counts as left out', async (t) => {
  const { app } = await start(t)
  const token = await signIn(app)
  const empty = { client_id: '', client_secret: '' }
  for (const form of [empty, { client_secret: '' }, { client_id: 'api', client_secret: '' }]) {
    t.equal((await post(app, '/oauth/token', { ...passwordGrant, ...form })).statusCode, 200)
    t.equal((await post(app, '/oauth/revoke', { token: 'x', ...form })).statusCode, 200)
    const unnamed = await post(app, '/oauth/introspect', { token, ...form })
    t.match(unnamed, { statusCode: 401, headers: { 'www-authenticate': /Basic .*Bearer/ } }, 'nobody asks')
    t.equal((await post(app, '/oauth/introspect', { token, ...form }, bearer(token))).json().active, true)
  }
  t.equal(
    (await post(app, '/oauth/introspect', { token, ...empty }, basic(client))).json().active,
    true,
    'beside HTTP Basic they are no second way'
  )
  const nameless = { client_secret: '0123456789abcdef' }
  t.equal((await post(app, '/oauth/token', { ...passwordGrant, ...nameless })).statusCode, 401)
  const { app: named } = await start(t, { POSTERN_OAUTH_CLIENTS: 'undefined:0123456789abcdef' })
  t.equal(
    (await post(named, '/oauth/introspect', { token, ...nameless })).statusCode,
    401,
    'no id is no name'
  )
})

t.test(
  'C3: HTTP Basic with an unknown id and no secret is a public client, but for introspection',
  async (t) => {
    const { app } = await start(t)
    const token = await signIn(app)
    const open = basic('my-app:')
    t.equal((await post(app, '/oauth/token', passwordGrant, open)).statusCode, 200)
    t.equal((await post(app, '/oauth/introspect', { token }, open)).statusCode, 401)
    t.equal((await post(app, '/oauth/revoke', { token }, open)).statusCode, 200)
    t.equal(await isActive(app, token), false)
    for (const pair of ['api:', 'my-app:x', 'my-app', ':']) {
      const reply = await post(app, '/oauth/token', passwordGrant, basic(pair))
      t.match(reply.json(), { error: 'invalid_client' }, `${pair} is refused`)
    }
    const { app: closed } = await start(t, { POSTERN_OAUTH_CLIENTS: '' })
    t.equal(
      (await post(closed, '/oauth/token', passwordGrant, open)).statusCode,
      200,
      'where there is no client'
    )
  }
)

t.test(
  'L4: an empty client_secret is no wrong one, and token replies are not kept by HTTP/1.0 caches',
  async (t) => {
    const { app } = await start(t)
    const headers = { 'cache-control': 'no-store', pragma: 'no-cache' }
    const reply = await post(app, '/oauth/token', { ...passwordGrant, client_secret: '' })
    t.match(reply, { statusCode: 200, headers })
    t.match(await renew(app, reply.json().refresh_token), { statusCode: 200, headers })
    t.match(await renew(app, 'x'), { statusCode: 400, headers })
  }
)

t.test('C6: a revocation answers an empty object as JSON', async (t) => {
  const { app } = await start(t)
  for (const token of [await signIn(app), 'x']) {
    const reply = await post(app, '/oauth/revoke', { token })
    t.match(reply, { statusCode: 200, body: '{}', headers: { 'content-type': /^application\/json/ } })
  }
})

t.test('C7: the reply says which scope was given, whatever was asked for', async (t) => {
  const { app } = await start(t)
  const asked = await post(app, '/oauth/token', { ...passwordGrant, scope: 'admin' })
  t.equal(asked.json().scope, 'postern:account')
  t.equal((await renew(app, asked.json().refresh_token)).json().scope, 'postern:account')
  for (const [scope, given] of [
    ['read write', 'read write'],
    ['read  write', 'postern:account'],
    ['"', 'postern:account'],
    ['', 'postern:account'],
    [['read'], 'postern:account']
  ] as const) {
    await addOlderUser(app, `user ${JSON.stringify(scope)}`, { scope })
    const values = { ...passwordGrant, username: `user ${JSON.stringify(scope)}`, scope: 'admin' }
    const reply = (await post(app, '/oauth/token', values)).json()
    t.equal(reply.scope, given)
    t.equal((await renew(app, reply.refresh_token)).json().scope, given)
  }
})

t.test('L2: no claim of a user takes the place of what introspection says', async (t) => {
  const { app } = await start(t)
  const claims = { active: false, username: 'root', scope: 'read', client_id: 'other', role: 'admin' }
  await addOlderUser(app, 'bob', claims)
  const { access_token, refresh_token } = await grant(app, 'bob')
  for (const [token, token_type] of [
    [access_token, 'Bearer'],
    [refresh_token, 'refresh_token']
  ] as const) {
    const values = { token, token_type_hint: 'refresh_token' }
    const reply = (await post(app, '/oauth/introspect', values, basic(client))).json()
    t.match(reply, { active: true, username: 'bob', user: 'bob', role: 'admin', token_type })
    t.match(
      reply,
      { scope: 'read', client_id: 'other' },
      'the members that the reply does not make are as in the token'
    )
    t.same(Object.keys(reply).slice(0, 3), ['active', 'username', 'token_type'])
  }
})

t.test(
  'S2: of a user 60 access tokens are revoked in a minute, and a refresh token at any time',
  async (t) => {
    const { app, clock, log } = await start(t, { POSTERN_SESSIONS_PER_MINUTE: '' })
    const reusable = await refreshToken(app, await signIn(app))
    const mintAndRevoke = async () => {
      const access = (await send(app, 'GET', '/token', { user: reusable })).body
      return { access, reply: await post(app, '/oauth/revoke', { token: access }) }
    }
    const revoked: string[] = []
    for (let count = 0; count < 60; count += 1) {
      const { access, reply } = await mintAndRevoke()
      t.equal(reply.statusCode, 200)
      revoked.push(access)
    }
    const { access, reply } = await mintAndRevoke()
    t.match(reply, { statusCode: 429, headers: { 'retry-after': '60' } })
    t.match(reply.json(), { error: 'temporarily_unavailable' })
    t.match(log.join(''), /"audit":"throttled".*"user":"alice","reason":"TooManyRevocationsError"/)
    t.equal(await isActive(app, access), true, 'nothing was acknowledged')
    t.equal((await post(app, '/oauth/revoke', { token: revoked[0] ?? '' })).statusCode, 200, 'a second time')
    await signUp(app, 'bob')
    t.equal((await post(app, '/oauth/revoke', { token: await signIn(app, 'bob') })).statusCode, 200)
    t.equal((await post(app, '/oauth/revoke', { token: reusable })).statusCode, 200)
    t.equal(await isActive(app, access), false, 'it ends with its refresh token')
    clock.advance(60)
    t.equal((await post(app, '/oauth/revoke', { token: await signIn(app) })).statusCode, 200)
    for (const token of revoked) t.equal(await isActive(app, token), false)
  }
)

t.test('S6: what a client was given is for that client alone, after a restart too', async (t) => {
  const environment = {
    POSTERN_STORE: 'file',
    POSTERN_DATA_DIR: temporaryFolder(t),
    POSTERN_OAUTH_CLIENTS: `${client},other:fedcba9876543210`
  }
  const [owner, other] = [basic(client), basic('other:fedcba9876543210')]
  const before = await start(t, environment)
  const values = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  const first: TokenReply = (await post(before.app, '/oauth/token', values, owner)).json()
  const open = await grant(before.app)
  await before.app.close()

  const { app } = await startService(t, environment)
  const hint = 'refresh_token'
  const use = (refresh_token: string, headers = {}) =>
    post(app, '/oauth/token', { grant_type: 'refresh_token', refresh_token }, headers)
  const introspect = async (token: string, headers: Record<string, string>) =>
    (await post(app, '/oauth/introspect', { token, token_type_hint: hint }, headers)).json().active
  for (const thief of [other, {}]) {
    const refused = await use(first.refresh_token, thief)
    t.equal(refused.statusCode, 400)
    t.match(refused.json(), { error: 'invalid_grant', error_description: /another client/ })
    for (const token of [first.refresh_token, first.access_token]) {
      const kept = await post(app, '/oauth/revoke', { token }, thief)
      t.match(kept, { statusCode: 400 })
      t.match(kept.json(), { error: 'invalid_grant' })
    }
  }
  t.equal(await introspect(first.refresh_token, other), false)
  t.equal(await introspect(first.access_token, other), true, 'an access token is for all who ask')
  t.equal(await introspect(first.refresh_token, owner), true, 'it was not used up')
  const second: TokenReply = (await use(first.refresh_token, owner)).json()
  const third: TokenReply = (await use(second.refresh_token, owner)).json()
  t.match((await use(first.refresh_token, other)).json(), { error_description: /another client/ })
  t.equal(await introspect(third.refresh_token, owner), true, 'nor does another one end the family')
  t.equal((await post(app, '/oauth/revoke', { token: third.refresh_token }, owner)).statusCode, 200)
  t.equal(await introspect(third.access_token, owner), false)

  t.equal((await use(open.refresh_token, other)).statusCode, 200, 'what no client was given is for any')
  const reusable = await refreshToken(app, await signIn(app))
  for (const any of [owner, other, {}]) t.equal((await use(reusable, any)).statusCode, 200)
})
