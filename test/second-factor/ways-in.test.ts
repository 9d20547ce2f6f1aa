import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { setUpFactor, signInWithCode, signUpWithFactor } from '../support/factors.js'
import {
  bearer,
  type createClock,
  decodePart,
  refreshToken,
  send,
  signIn,
  signUp,
  startService
} from '../support/helper.js'

const adminKey = 'k'.repeat(32)
const credentials = { user: 'alice', pass: 'wonderland' }
const basic = `Basic ${Buffer.from('alice:wonderland').toString('base64')}`

/** What somebody has who knows the password and nothing else, and what was issued to him before the factor was needed. */
interface Loot {
  app: FastifyInstance
  accessToken: string
  refreshToken: string
  family: string
}

type Attempt = (loot: Loot) => Promise<LightMyRequestResponse>

const form = { by: 'form' } as const
const grantOf = (app: FastifyInstance, values: Record<string, string>) =>
  send(app, 'POST', '/oauth/token', values, form)

// Each way that may lead to a token.
const ways: Record<string, Attempt> = {
  'GET /token with the password': ({ app }) => send(app, 'GET', '/token', credentials),
  'POST /token with the password': ({ app }) => send(app, 'POST', '/token', credentials),
  'GET /token with the password in the query': ({ app }) =>
    send(app, 'GET', '/token', credentials, { by: 'query' }),
  'GET /token with an empty code': ({ app }) => send(app, 'GET', '/token', { ...credentials, otp: '' }),
  'GET /token with a wrong code': ({ app }) => send(app, 'GET', '/token', { ...credentials, otp: '000000' }),
  'GET /token with HTTP Basic': ({ app }) =>
    send(app, 'GET', '/token', {}, { headers: { authorization: basic } }),
  'GET /token with a reusable refresh token': ({ app, refreshToken }) =>
    send(app, 'GET', '/token', { user: refreshToken, pass: '' }),
  'GET /token with a rotating refresh token': ({ app, family }) =>
    send(app, 'GET', '/token', { user: family, pass: '' }),
  'the password grant': ({ app }) =>
    grantOf(app, { grant_type: 'password', username: 'alice', password: 'wonderland' }),
  'the password grant with a wrong code': ({ app }) =>
    grantOf(app, { grant_type: 'password', username: 'alice', password: 'wonderland', otp: '000000' }),
  'the refresh grant with a rotating token': ({ app, family }) =>
    grantOf(app, { grant_type: 'refresh_token', refresh_token: family }),
  'the refresh grant with a reusable token': ({ app, refreshToken }) =>
    grantOf(app, { grant_type: 'refresh_token', refresh_token: refreshToken }),
  'another grant type': ({ app }) => grantOf(app, { grant_type: 'client_credentials' }),
  'a refresh token for the access token from before': ({ app, accessToken }) =>
    send(app, 'GET', '/refresh_token', {}, { headers: bearer(accessToken) }),
  'another sign-up of the name': ({ app }) => send(app, 'POST', '/user', credentials)
}

// What the access token from before must not do any more.
const changes: Record<string, Attempt> = {
  'a password change': ({ app, accessToken }) =>
    send(app, 'PATCH', '/user', { pass: 'other' }, { headers: bearer(accessToken) }),
  'the deletion of the account': ({ app, accessToken }) =>
    send(app, 'DELETE', '/user', {}, { headers: bearer(accessToken) }),
  'the end of all sessions': ({ app, accessToken }) =>
    send(app, 'DELETE', '/refresh_tokens', {}, { headers: bearer(accessToken) }),
  'another second factor': ({ app, accessToken }) =>
    send(app, 'POST', '/user/totp', {}, { headers: bearer(accessToken) }),
  'the removal of the second factor': ({ app, accessToken }) =>
    send(app, 'DELETE', '/user/totp', {}, { headers: bearer(accessToken) }),
  'new recovery codes': ({ app, accessToken }) =>
    send(app, 'POST', '/user/recovery-codes', {}, { headers: bearer(accessToken) }),
  'the calls of the operator': ({ app, accessToken }) =>
    send(app, 'GET', '/admin/users', {}, { by: 'query', headers: bearer(accessToken) })
}

/** What a user has who has signed in with the password alone. */
async function lootOf(app: FastifyInstance): Promise<Loot> {
  const accessToken = await signIn(app)
  const grant = await grantOf(app, { grant_type: 'password', username: 'alice', password: 'wonderland' })
  return {
    app,
    accessToken,
    refreshToken: await refreshToken(app, accessToken),
    family: grant.json().refresh_token
  }
}

async function patch(app: FastifyInstance, token: string, payload: object) {
  const { uid } = decodePart(token, 1)
  const request = { method: 'PATCH', url: `/admin/users/${uid}`, headers: bearer(adminKey), payload } as const
  const { statusCode, body } = await app.inject(request)
  if (statusCode !== 200) throw new Error(body)
}

type State = (app: FastifyInstance, clock: ReturnType<typeof createClock>, loot: Loot) => Promise<void>

async function setUp(app: FastifyInstance, clock: ReturnType<typeof createClock>) {
  await setUpFactor(app, clock, await signIn(app))
}

// How an account comes to need a factor after the loot was taken.
const states: Record<string, { environment?: Record<string, string>; bring: State }> = {
  'has set up a factor': { bring: setUp },
  'has a factor, and is renamed there and back': {
    async bring(app, clock, { accessToken }) {
      await setUp(app, clock)
      await patch(app, accessToken, { user: 'alicia' })
      await patch(app, accessToken, { user: 'alice' })
    }
  },
  'has a factor, and was disabled for a while': {
    async bring(app, clock, { accessToken }) {
      await setUp(app, clock)
      await patch(app, accessToken, { state: 'disabled' })
      await patch(app, accessToken, { state: 'active' })
    }
  },
  'has a factor, and got the same password anew by a link': {
    async bring(app, clock, { accessToken }) {
      await setUp(app, clock)
      const { uid } = decodePart(accessToken, 1)
      const made = await app.inject({
        method: 'POST',
        url: `/admin/users/${uid}/password-link`,
        headers: bearer(adminKey),
        payload: {}
      })
      const { pathname } = new URL(made.json().url)
      const set = await send(app, 'POST', pathname, { pass: 'wonderland' })
      if (set.statusCode !== 200) throw new Error(set.body)
    }
  },
  'must have a factor as a member of a group, and has none': {
    environment: { POSTERN_SECOND_FACTOR_GROUPS: 'postern-admins,staff' },
    bring: (app, _clock, { accessToken }) => patch(app, accessToken, { groups: ['staff'] })
  }
}

for (const [state, { environment, bring }] of Object.entries(states)) {
  t.test(`no way leads to a token without the factor: the account ${state}`, async (t) => {
    const { app, clock } = await startService(t, {
      POSTERN_ADMIN: 'http',
      POSTERN_ADMIN_KEY: adminKey,
      ...environment
    })
    await signUp(app)
    const loot = await lootOf(app)
    await bring(app, clock, loot)
    for (const [way, attempt] of Object.entries({ ...ways, ...changes })) {
      const { statusCode, body } = await attempt(loot)
      t.ok(statusCode >= 400 && statusCode < 500, `${way}: ${statusCode}`)
      t.notMatch(body, /eyJ|otpauth/, way)
    }
  })
}

async function isRefusedEverywhere(t: Test, app: FastifyInstance, token: string) {
  const headers = bearer(token)
  t.equal((await send(app, 'GET', '/check', {}, { headers })).statusCode, 400)
  t.equal((await app.inject({ url: '/forward-auth', headers })).statusCode, 401)
  t.equal((await app.inject({ url: '/user', headers })).statusCode, 204, 'there is nobody')
  const asked = await send(
    app,
    'POST',
    '/oauth/introspect',
    { token },
    {
      ...form,
      headers: { authorization: `Basic ${Buffer.from('app:a-secret-of-some-length').toString('base64')}` }
    }
  )
  t.same(asked.json(), { active: false })
}

t.test('tokens without the factor that an account must have are good nowhere', async (t) => {
  const { app } = await startService(t, {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: adminKey,
    POSTERN_SECOND_FACTOR_GROUPS: 'staff',
    POSTERN_OAUTH_CLIENTS: 'app:a-secret-of-some-length'
  })
  const token = await signUp(app)
  t.equal((await app.inject({ url: '/forward-auth', headers: bearer(token) })).statusCode, 204)
  await patch(app, token, { groups: ['staff'] })
  await isRefusedEverywhere(t, app, token)
})

t.test(
  'who must have a factor, and has none, sets one up with the password in place of a token',
  async (t) => {
    const { app, clock } = await startService(t, { POSTERN_SECOND_FACTOR: 'required' })
    await send(app, 'POST', '/user', credentials)
    const refused = await send(app, 'GET', '/token', credentials)
    t.match(refused, { statusCode: 403, body: /"SecondFactorSetupRequiredError"/ })
    t.equal((await send(app, 'POST', '/user/totp', { ...credentials, pass: 'wrong' })).statusCode, 404)
    t.equal((await send(app, 'POST', '/user/totp', {})).statusCode, 401)
    t.equal((await send(app, 'POST', '/user/totp', { user: 'alice' })).statusCode, 401)
    const offered = await send(app, 'POST', '/user/totp', credentials)
    t.equal(offered.statusCode, 201)
    const { totpCode, timeStep } = await import('../../src/second-factor/totp.js')
    const code = () => totpCode(offered.json().secret, timeStep(clock() / 1000))
    const wrong = await send(app, 'PUT', '/user/totp', { ...credentials, otp: '000000' })
    t.match(wrong, { statusCode: 403, body: /"IncorrectSecondFactorError"/ })
    const set = await send(app, 'PUT', '/user/totp', {
      username: 'alice',
      password: 'wonderland',
      otp: code()
    })
    t.match(set, { statusCode: 200, body: /recovery_codes/ })
    clock.advance(30)
    const token = await signInWithCode(app, code())
    t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 200)

    const again = await send(app, 'POST', '/user/totp', credentials)
    t.match(again, { statusCode: 403, body: /"SecondFactorRequiredError"/ }, 'not a second time')
    clock.advance(30)
    const removal = await send(app, 'DELETE', '/user/totp', { otp: code() }, { headers: bearer(token) })
    t.match(removal, { statusCode: 403, body: /"SecondFactorSetupRequiredError"/ })
  }
)

t.test('an account that needs no factor sets one up with a token only', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app)
  t.match(await send(app, 'POST', '/user/totp', credentials), {
    statusCode: 401,
    body: /"AuthenticationRequiredError"/
  })
  await signUpWithFactor(app, clock, 'bob')
  const bob = await send(app, 'POST', '/user/totp', { user: 'bob', pass: 'wonderland' })
  t.match(bob, { statusCode: 403, body: /"SecondFactorRequiredError"/ })
})

t.test('the set-up ends all tokens and sessions but the presented token', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app)
  const [presented, other] = [await signIn(app), await signIn(app)]
  const session = await refreshToken(app, other)
  await setUpFactor(app, clock, presented)
  const check = (token: string) => send(app, 'GET', '/check', {}, { headers: bearer(token) })
  t.equal((await check(presented)).statusCode, 200)
  t.equal((await check(other)).statusCode, 400)
  t.equal((await send(app, 'GET', '/token', { user: session, pass: '' })).statusCode, 400)
})

t.test('a wrong password gets one answer, with and without a factor and a code', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app, 'bob')
  const { otp } = await signUpWithFactor(app, clock)
  const replies = []
  for (const user of ['alice', 'bob', 'nobody']) {
    for (const code of [{}, { otp: '000000' }, { otp: otp() }]) {
      const { statusCode, body } = await send(app, 'GET', '/token', { user, pass: 'wrong', ...code })
      replies.push(`${statusCode} ${body}`)
    }
  }
  t.equal(new Set(replies).size, 1)
  t.match(replies[0], /^404 .*IncorrectPasswordError/)
})

t.test('the operator removes a factor: all tokens end, and the password is enough', async (t) => {
  const { app, clock, log } = await startService(t, { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: adminKey })
  const { otp } = await signUpWithFactor(app, clock)
  const token = await signInWithCode(app, otp())
  await patch(app, token, { second_factor: null })
  t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 400)
  t.match(decodePart(await signIn(app), 1), { acr: 'urn:postern:1fa' })
  t.ok(log.some((line) => /"audit":"account_changed".*"detail":"second_factor"/.test(line)))
  const refused = await app.inject({
    method: 'PATCH',
    url: `/admin/users/${decodePart(token, 1).uid}`,
    headers: bearer(adminKey),
    payload: { second_factor: 'JBSWY3DPEHPK3PXP' }
  })
  t.match(refused, { statusCode: 400, body: /second_factor/ }, 'and sets none')
})

t.test('a key without all rights does not remove the factor of a member of postern-admins', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: adminKey })
  const { token, otp } = await signUpWithFactor(app, clock)
  await patch(app, token, { groups: ['postern-admins'] })
  const made = await app.inject({
    method: 'POST',
    url: '/admin/api-keys',
    headers: bearer(adminKey),
    payload: { name: 'helpdesk', scopes: ['users:write'] }
  })
  const removal = await app.inject({
    method: 'PATCH',
    url: `/admin/users/${decodePart(token, 1).uid}`,
    headers: bearer(made.json().key),
    payload: { second_factor: null }
  })
  t.equal(removal.statusCode, 403)
  const admin = await signInWithCode(app, otp())
  t.equal((await app.inject({ url: '/admin/users', headers: bearer(admin) })).statusCode, 200)
})
