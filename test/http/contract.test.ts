import { createPublicKey } from 'node:crypto'
import { mkdirSync, rmdirSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import {
  bearer,
  decodePart,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  start,
  startService,
  temporaryFolder,
  transports
} from '../support/helper.js'

const seconds = start / 1000
const { version } = createRequire(import.meta.url)('../../../package.json')

function expectRefusal(t: Test, response: LightMyRequestResponse, statusCode: number, name: string) {
  t.equal(response.statusCode, statusCode)
  t.match(response.headers['content-type'], /^application\/json/)
  const body = response.json()
  t.match(body, { statusCode, error_name: name, error: STATUS_CODES[statusCode], message: String })
  t.same(Object.keys(body), ['statusCode', 'error', 'error_name', 'message'])
}

function expectEmpty(t: Test, response: LightMyRequestResponse, statusCode: number) {
  t.equal(response.statusCode, statusCode)
  t.equal(response.body, '')
}

/** What each call that requires authentication answers to this token; `refreshing` is the one to revoke. */
async function callWhereRequired(app: FastifyInstance, token: string, refreshing: string) {
  const headers = bearer(token)
  return [
    await send(app, 'DELETE', '/user', {}, { headers }),
    await send(app, 'PATCH', '/user', { pass: 'x' }, { headers }),
    await send(app, 'GET', '/refresh_token', {}, { headers }),
    await send(app, 'DELETE', '/refresh_token', { refresh_token: refreshing }, { headers })
  ]
}

const tokenPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/

for (const store of ['memory', 'file'] as const) {
  const service = (t: Test, environment = {}) =>
    startService(t, { POSTERN_STORE: store, POSTERN_DATA_DIR: temporaryFolder(t), ...environment })

  t.test(`on the ${store} store`, async (t) => {
    t.test('GET /version gives the version of package.json', async (t) => {
      const { app } = await service(t)
      const response = await send(app, 'GET', '/version', {}, { by: 'query' })
      t.equal(response.statusCode, 200)
      t.same(response.json(), { version })
    })

    t.test('GET /health/live and /health/ready are 200 for anybody, and may not be kept', async (t) => {
      const { app } = await service(t)
      for (const url of ['/health/live', '/health/ready']) {
        const response = await app.inject(url)
        t.equal(response.statusCode, 200)
        t.equal(response.body, '{"status":"ok"}')
        t.equal(response.headers['cache-control'], 'no-store')
        t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 200)
      }
    })

    t.test('GET /pubkey gives the PEM of the key that signs', async (t) => {
      const { app } = await service(t)
      const response = await send(app, 'GET', '/pubkey', {}, { by: 'query' })
      t.equal(response.statusCode, 200)
      t.match(response.headers['content-type'], /^text\/plain/)
      t.match(response.body, /^-----BEGIN PUBLIC KEY-----\n/)
      t.equal(createPublicKey(response.body).asymmetricKeyType, 'ec')
    })

    t.test('GET /pubkey is 404 with a symmetric algorithm', async (t) => {
      const { app } = await service(t, { POSTERN_ALGORITHM: 'HS256' })
      expectRefusal(t, await send(app, 'GET', '/pubkey', {}, { by: 'query' }), 404, 'NoPublicKeyError')
    })

    t.test('POST /user makes a user who can sign in', async (t) => {
      const { app } = await service(t)
      expectEmpty(t, await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' }), 201)
      const response = await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })
      t.equal(response.statusCode, 200)
    })

    t.test('POST /user refuses a name that is taken, whatever the password', async (t) => {
      const { app } = await service(t)
      await signUp(app)
      expectRefusal(
        t,
        await send(app, 'POST', '/user', { user: 'alice', pass: 'other' }),
        403,
        'UserAlreadyExistsError'
      )
      t.ok(await signIn(app, 'alice', 'wonderland'))
    })

    t.test('POST /user refuses the name of a deleted user', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      await send(app, 'DELETE', '/user', {}, { headers: bearer(token) })
      expectRefusal(
        t,
        await send(app, 'POST', '/user', { user: 'alice', pass: 'new' }),
        403,
        'UserAlreadyExistsError'
      )
    })

    t.test('of thirty sign-ups under one name at once, one succeeds', async (t) => {
      const { app } = await service(t)
      const responses = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          send(app, 'POST', '/user', { user: 'bob', pass: `pass ${index}` })
        )
      )
      const statuses = responses.map(({ statusCode }) => statusCode)
      t.equal(statuses.filter((status) => status === 201).length, 1)
      t.ok(statuses.every((status) => status === 201 || status === 403))
    })

    t.test('POST /user refuses everybody while registration is closed', async (t) => {
      const { app } = await service(t, { POSTERN_REGISTRATION: 'closed' })
      expectRefusal(
        t,
        await send(app, 'POST', '/user', { user: 'alice', pass: 'x' }),
        403,
        'RegistrationClosedError'
      )
    })

    t.test('a password shorter than the policy asks for is refused, at sign-up and at change', async (t) => {
      const { app } = await service(t, { POSTERN_PASSWORD_MIN_LENGTH: '6' })
      expectRefusal(
        t,
        await send(app, 'POST', '/user', { user: 'alice', pass: '12345' }),
        400,
        'PasswordPolicyError'
      )
      expectRefusal(
        t,
        await send(app, 'POST', '/user', { user: 'alice', pass: '😀😀😀' }),
        400,
        'PasswordPolicyError'
      )
      const token = await signUp(app, 'alice', '123456')
      const change = await send(app, 'PATCH', '/user', { pass: 'short' }, { headers: bearer(token) })
      expectRefusal(t, change, 400, 'PasswordPolicyError')
    })

    t.test('GET /user gives the payload of the token', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      const response = await send(app, 'GET', '/user', {}, { by: 'query', headers: bearer(token) })
      t.equal(response.statusCode, 200)
      t.same(response.json(), decodePart(token, 1))
      t.equal(response.headers['cache-control'], 'no-store')
    })

    t.test('GET /user is 204 without a valid token', async (t) => {
      const { app, clock } = await service(t)
      const token = await signUp(app)
      const other = await signIn(app)
      const refreshing = await refreshToken(app, token)
      const get = (headers = {}, query = '') => app.inject({ url: `/user${query}`, headers })
      expectEmpty(t, await get(), 204)
      expectEmpty(t, await get(bearer('nonsense')), 204)
      expectEmpty(t, await get(bearer(refreshing)), 204)
      expectEmpty(t, await get(bearer(token), `?access_token=${other}`), 204)
      t.equal((await get(bearer(token), `?access_token=${token}`)).statusCode, 200)
      clock.advance(3600)
      const expired = await get(bearer(token))
      expectEmpty(t, expired, 204)
      t.equal(expired.headers['cache-control'], 'no-store')
    })

    t.test('PATCH /user changes the password', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      expectEmpty(
        t,
        await send(app, 'PATCH', '/user', { pass: 'looking-glass' }, { headers: bearer(token) }),
        200
      )
      t.ok(await signIn(app, 'alice', 'looking-glass'))
      const old = await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })
      expectRefusal(t, old, 404, 'IncorrectPasswordError')
    })

    t.test('a password change ends all tokens issued before but the one presented', async (t) => {
      const { app } = await service(t)
      const presented = await signUp(app)
      const other = await signIn(app)
      const refreshing = await refreshToken(app, presented)
      const refreshed = await refresh(app, refreshing)
      await send(app, 'PATCH', '/user', { pass: 'new' }, { headers: bearer(presented) })

      const check = (token: string) => send(app, 'GET', '/check', { access_token: token })
      t.equal((await check(presented)).statusCode, 200)
      const renewed = await refreshToken(app, await signIn(app, 'alice', 'new'))
      t.equal((await check(await refresh(app, renewed))).statusCode, 200)
      expectRefusal(t, await check(other), 400, 'InvalidTokenError')
      expectRefusal(t, await check(refreshed), 400, 'InvalidTokenError')
      expectRefusal(t, await send(app, 'GET', '/token', { user: refreshing }), 400, 'InvalidTokenError')
      t.equal((await check(await signIn(app, 'alice', 'new'))).statusCode, 200)
    })

    t.test(
      'the token that outlived a password change ends with the next one, and cannot make it',
      async (t) => {
        const { app } = await service(t)
        const first = await signUp(app)
        const change = (token: string, pass: string) =>
          send(app, 'PATCH', '/user', { pass }, { headers: bearer(token) })
        expectEmpty(t, await change(first, 'two'), 200)
        expectRefusal(t, await change(first, 'three'), 403, 'PasswordAuthenticationRequiredError')
        const second = await signIn(app, 'alice', 'two')
        expectEmpty(t, await change(second, 'four'), 200)
        expectRefusal(t, await change(first, 'five'), 401, 'InvalidTokenError')
      }
    )

    t.test('of two password changes at once with different tokens, the later one is refused', async (t) => {
      const { app } = await service(t)
      const tokens = [await signUp(app), await signIn(app)]
      const responses = await Promise.all(
        tokens.map((token) => send(app, 'PATCH', '/user', { pass: 'new' }, { headers: bearer(token) }))
      )
      t.same(responses.map(({ statusCode }) => statusCode).sort(), [200, 401])
    })

    t.test('of two password changes at once with the same token, one succeeds', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      const change = () => send(app, 'PATCH', '/user', { pass: 'new' }, { headers: bearer(token) })
      const responses = await Promise.all([change(), change()])
      t.same(responses.map(({ statusCode }) => statusCode).sort(), [200, 403])
    })

    t.test('DELETE /user deactivates the user and ends all its tokens', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      const refreshing = await refreshToken(app, token)
      expectEmpty(t, await send(app, 'DELETE', '/user', {}, { headers: bearer(token) }), 204)

      expectRefusal(t, await send(app, 'GET', '/check', { access_token: token }), 400, 'InvalidTokenError')
      expectEmpty(t, await send(app, 'GET', '/user', {}, { headers: bearer(token) }), 204)
      expectRefusal(t, await send(app, 'GET', '/token', { user: refreshing }), 403, 'UserDeactivatedError')
      expectRefusal(
        t,
        await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' }),
        403,
        'UserDeactivatedError'
      )
      expectRefusal(
        t,
        await send(app, 'GET', '/token', { user: 'alice', pass: 'x' }),
        404,
        'IncorrectPasswordError'
      )
    })

    t.test('a token of a deleted user is answered 404 where one is required', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      const refreshing = await refreshToken(app, token)
      await send(app, 'DELETE', '/user', {}, { headers: bearer(token) })
      for (const response of await callWhereRequired(app, token, refreshing)) {
        expectRefusal(t, response, 404, 'UserDoesNotExistError')
      }
    })

    t.test('a token of a deleted user that is dead for another reason too is refused for that', async (t) => {
      const { app, clock } = await service(t)
      const outdated = await signUp(app)
      const outdatedRefresh = await refreshToken(app, outdated)
      const token = await signIn(app)
      const headers = bearer(token)
      await send(app, 'PATCH', '/user', { pass: 'new' }, { headers })
      const latest = await signIn(app, 'alice', 'new')
      const kept = await refreshToken(app, latest)
      const revokedRefresh = await refreshToken(app, latest)
      await send(app, 'DELETE', '/refresh_token', { refresh_token: revokedRefresh }, { headers })
      const revoked = await signIn(app, 'alice', 'new')
      const { jti, exp } = decodePart(revoked, 1) as { jti: string; exp: number }
      await app.store.revokeToken({ jti, exp })
      await send(app, 'DELETE', '/user', {}, { headers: bearer(latest) })

      const expectRefused = async (access_token: string) => {
        for (const response of await callWhereRequired(app, access_token, kept)) {
          expectRefusal(t, response, 401, 'InvalidTokenError')
        }
        expectRefusal(t, await send(app, 'GET', '/check', { access_token }), 400, 'InvalidTokenError')
        expectEmpty(t, await send(app, 'GET', '/user', { access_token }), 204)
      }
      await expectRefused(outdated)
      await expectRefused(revoked)
      for (const user of [outdatedRefresh, revokedRefresh]) {
        expectRefusal(t, await send(app, 'GET', '/token', { user }), 400, 'InvalidTokenError')
      }
      clock.advance(3600)
      await expectRefused(token)
      expectRefusal(t, await send(app, 'GET', '/token', { user: kept }), 403, 'UserDeactivatedError')
      clock.advance(2_592_000 - 3600)
      expectRefusal(t, await send(app, 'GET', '/token', { user: kept }), 400, 'InvalidTokenError')
    })

    t.test('of two deletions at once, one finds the user gone', async (t) => {
      const { app } = await service(t)
      const headers = bearer(await signUp(app))
      const responses = await Promise.all([
        send(app, 'DELETE', '/user', {}, { headers }),
        send(app, 'DELETE', '/user', {}, { headers })
      ])
      t.same(responses.map(({ statusCode }) => statusCode).sort(), [204, 404])
    })

    t.test('GET /token gives nothing but an access token for a name and its password', async (t) => {
      const { app } = await service(t)
      await signUp(app)
      const response = await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })
      t.equal(response.statusCode, 200)
      t.match(response.headers['content-type'], /^text\/plain/)
      t.equal(response.headers['cache-control'], 'no-store')
      t.match(response.body, tokenPattern)
      const payload = decodePart(response.body, 1)
      t.match(payload, {
        user: 'alice',
        uid: /^[0-9a-f]{32}$/,
        token_type: 'access_token',
        authentication_method: 'password',
        iat: seconds,
        nbf: seconds,
        exp: seconds + 3600,
        jti: /^[0-9a-f]{32}$/,
        gen: 0,
        auth_time: seconds
      })
      t.equal(payload.sub, payload.uid)
      t.same(Object.keys(payload).sort(), [
        'auth_time',
        'authentication_method',
        'exp',
        'gen',
        'iat',
        'jti',
        'nbf',
        'sub',
        'token_type',
        'uid',
        'user'
      ])
      t.match(decodePart(response.body, 0), { alg: 'ES256', kid: /^[\w-]{43}$/, typ: 'JWT' })
    })

    t.test('GET /token answers an unknown name and a wrong password alike', async (t) => {
      const { app } = await service(t)
      await signUp(app)
      const unknown = await send(app, 'GET', '/token', { user: 'nobody', pass: 'x' })
      const wrong = await send(app, 'GET', '/token', { user: 'alice', pass: 'x' })
      expectRefusal(t, unknown, 404, 'IncorrectPasswordError')
      t.equal(unknown.body, wrong.body)
      t.equal(unknown.statusCode, wrong.statusCode)
    })

    t.test(
      'GET /token takes a refresh token in the place of the name, with no password or an empty one',
      async (t) => {
        const { app } = await service(t)
        const refreshing = await refreshToken(app, await signUp(app))
        for (const values of [{ user: refreshing }, { user: refreshing, pass: '' }]) {
          const response = await send(app, 'GET', '/token', values)
          t.equal(response.statusCode, 200)
          t.match(decodePart(response.body, 1), { user: 'alice', authentication_method: 'refresh_token' })
        }
      }
    )

    t.test('GET /token refuses what is no living refresh token', async (t) => {
      const { app, clock } = await service(t)
      const access = await signUp(app)
      const refreshing = await refreshToken(app, access)
      expectRefusal(t, await send(app, 'GET', '/token', { user: access }), 400, 'TokenTypeError')
      const withoutPassword = await send(app, 'GET', '/token', { user: 'alice' })
      expectRefusal(t, withoutPassword, 400, 'InvalidTokenError')
      t.match(withoutPassword.json(), { message: /: without pass, user takes a refresh token\.$/ })
      expectRefusal(
        t,
        await send(app, 'GET', '/token', { user: 'alice', pass: '' }),
        400,
        'InvalidTokenError'
      )
      expectRefusal(t, await send(app, 'GET', '/token', {}), 400, 'InvalidArgumentError')
      expectRefusal(t, await send(app, 'GET', '/token', { pass: 'x' }), 400, 'InvalidArgumentError')
      expectRefusal(t, await send(app, 'GET', '/token', { user: '', pass: 'x' }), 400, 'InvalidArgumentError')
      clock.advance(2_592_000)
      expectRefusal(t, await send(app, 'GET', '/token', { user: refreshing }), 400, 'InvalidTokenError')
    })

    t.test('GET /check gives the payload of an access token from an argument or the header', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      for (const response of [
        await send(app, 'GET', '/check', { access_token: token }),
        await send(app, 'GET', '/check', {}, { by: 'query', headers: bearer(token) }),
        await send(app, 'GET', '/check', { access_token: token }, { headers: bearer(token) })
      ]) {
        t.equal(response.statusCode, 200)
        t.same(response.json(), decodePart(token, 1))
        t.equal(response.headers['cache-control'], 'no-store')
      }
    })

    t.test('GET /check refuses a missing, malformed, expired or refresh token', async (t) => {
      const { app, clock } = await service(t)
      const token = await signUp(app)
      const refreshing = await refreshToken(app, token)
      const other = await signIn(app)
      expectRefusal(t, await send(app, 'GET', '/check', {}), 400, 'InvalidArgumentError')
      expectRefusal(t, await send(app, 'GET', '/check', { access_token: '' }), 400, 'InvalidArgumentError')
      expectRefusal(t, await send(app, 'GET', '/check', { access_token: 'x' }), 400, 'InvalidTokenError')
      expectRefusal(t, await send(app, 'GET', '/check', { access_token: refreshing }), 400, 'TokenTypeError')
      const two = await send(app, 'GET', '/check', { access_token: token }, { headers: bearer(other) })
      expectRefusal(t, two, 400, 'InvalidTokenError')
      clock.advance(3599)
      t.equal((await send(app, 'GET', '/check', { access_token: token })).statusCode, 200)
      clock.advance(1)
      const expired = await send(app, 'GET', '/check', { access_token: token })
      expectRefusal(t, expired, 400, 'InvalidTokenError')
      t.equal(expired.headers['cache-control'], 'no-store')
    })

    t.test('POST /token and POST /check answer as the calls with GET do', async (t) => {
      const { app } = await service(t)
      const refreshing = await refreshToken(app, await signUp(app))
      for (const by of transports) {
        const signedIn = await send(app, 'POST', '/token', { user: 'alice', pass: 'wonderland' }, { by })
        t.equal(signedIn.statusCode, 200)
        t.match(signedIn.headers['content-type'], /^text\/plain/)
        t.equal(signedIn.headers['cache-control'], 'no-store')
        t.match(decodePart(signedIn.body, 1), { user: 'alice', authentication_method: 'password' })
        const checked = await send(app, 'POST', '/check', { access_token: signedIn.body }, { by })
        t.equal(checked.statusCode, 200)
        t.same(checked.json(), decodePart(signedIn.body, 1))
        t.equal(checked.headers['cache-control'], 'no-store')
        const refreshed = await send(app, 'POST', '/token', { user: refreshing }, { by })
        t.match(decodePart(refreshed.body, 1), { authentication_method: 'refresh_token' })
        for (const [url, values] of [
          ['/token', { user: 'alice', pass: 'x' }],
          ['/token', { user: 'alice' }],
          ['/token', { pass: 'x' }],
          ['/check', { access_token: refreshing }],
          ['/check', {}]
        ] as const) {
          const [byGet, byPost] = [
            await send(app, 'GET', url, values, { by }),
            await send(app, 'POST', url, values, { by })
          ]
          t.ok(byPost.statusCode >= 400)
          t.equal(byPost.statusCode, byGet.statusCode)
          t.equal(byPost.body, byGet.body)
        }
      }
    })

    t.test('GET /refresh_token gives nothing but a refresh token', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      const response = await send(app, 'GET', '/refresh_token', {}, { by: 'query', headers: bearer(token) })
      t.equal(response.statusCode, 200)
      t.match(response.headers['content-type'], /^text\/plain/)
      t.equal(response.headers['cache-control'], 'no-store')
      const payload = decodePart(response.body, 1)
      t.match(payload, {
        user: 'alice',
        token_type: 'refresh_token',
        iat: seconds,
        nbf: seconds,
        exp: seconds + 2_592_000,
        gen: 0
      })
      t.notOk('authentication_method' in payload)
      t.not(payload.jti, decodePart(token, 1).jti)
    })

    t.test('DELETE /refresh_token revokes a refresh token, and a second time too', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      const headers = bearer(token)
      const gone = await refreshToken(app, token)
      const kept = await refreshToken(app, token)
      expectEmpty(t, await send(app, 'DELETE', '/refresh_token', { refresh_token: gone }, { headers }), 204)
      expectEmpty(t, await send(app, 'DELETE', '/refresh_token', { refresh_token: gone }, { headers }), 204)
      expectRefusal(t, await send(app, 'GET', '/token', { user: gone }), 400, 'InvalidTokenError')
      t.ok(await refresh(app, kept))
    })

    t.test('DELETE /refresh_token works with a token obtained by the very refresh token', async (t) => {
      const { app } = await service(t)
      const refreshing = await refreshToken(app, await signUp(app))
      const headers = bearer(await refresh(app, refreshing))
      expectEmpty(
        t,
        await send(app, 'DELETE', '/refresh_token', { refresh_token: refreshing }, { headers }),
        204
      )
    })

    t.test("DELETE /refresh_token refuses what is no refresh token of the caller's", async (t) => {
      const { app, clock } = await service(t)
      const token = await signUp(app)
      const headers = bearer(token)
      const others = await refreshToken(app, await signUp(app, 'bob', 'builder'))
      const revoke = (values: Record<string, string>) =>
        send(app, 'DELETE', '/refresh_token', values, { headers })
      expectRefusal(t, await revoke({}), 400, 'InvalidArgumentError')
      expectRefusal(t, await revoke({ refresh_token: 'x' }), 400, 'InvalidTokenError')
      expectRefusal(t, await revoke({ refresh_token: token }), 400, 'TokenTypeError')
      expectRefusal(t, await revoke({ refresh_token: others }), 400, 'InvalidTokenError')
      t.ok(await refresh(app, others))
      clock.advance(3600)
      expectRefusal(t, await revoke({ refresh_token: others }), 401, 'InvalidTokenError')
    })

    t.test('every call takes its arguments as JSON, form and query string', async (t) => {
      for (const by of transports) {
        const { app } = await service(t)
        expectEmpty(t, await send(app, 'POST', '/user', { user: 'zoë', pass: 'a +&=% ü' }, { by }), 201)
        const signedIn = await send(app, 'GET', '/token', { user: 'zoë', pass: 'a +&=% ü' }, { by })
        t.equal(signedIn.statusCode, 200)
        const access_token = signedIn.body
        t.equal((await send(app, 'GET', '/check', { access_token }, { by })).statusCode, 200)
        t.match((await send(app, 'GET', '/user', { access_token }, { by })).json(), { user: 'zoë' })
        const refreshing = await send(app, 'GET', '/refresh_token', { access_token }, { by })
        t.equal(refreshing.statusCode, 200)
        t.equal((await send(app, 'GET', '/token', { user: refreshing.body }, { by })).statusCode, 200)
        const values = { access_token, refresh_token: refreshing.body }
        expectEmpty(t, await send(app, 'DELETE', '/refresh_token', values, { by }), 204)
        expectEmpty(t, await send(app, 'PATCH', '/user', { access_token, pass: 'new' }, { by }), 200)
        const latest = (await send(app, 'GET', '/token', { user: 'zoë', pass: 'new' }, { by })).body
        expectEmpty(t, await send(app, 'DELETE', '/user', { access_token: latest }, { by }), 204)
      }
    })

    t.test('HEAD answers as GET does, without the body', async (t) => {
      const { app } = await service(t)
      const token = await signUp(app)
      for (const by of transports) {
        const values = { user: 'alice', pass: 'wonderland' }
        const head = await send(app, 'HEAD', '/token', values, { by })
        t.equal(head.statusCode, 200)
        t.equal(head.body, '')
        t.ok(Number(head.headers['content-length']) > 0)
      }
      t.equal((await app.inject({ method: 'HEAD', url: '/version' })).statusCode, 200)
      t.equal((await app.inject({ method: 'HEAD', url: '/pubkey' })).statusCode, 200)
      t.equal((await app.inject({ method: 'HEAD', url: '/user' })).statusCode, 204)
      t.equal((await app.inject({ method: 'HEAD', url: '/check' })).statusCode, 400)
      t.equal((await app.inject({ method: 'HEAD', url: '/refresh_token' })).statusCode, 401)
      t.equal((await app.inject({ method: 'HEAD', url: '/user', headers: bearer(token) })).statusCode, 200)
    })
  })
}

t.test('GET /health/ready is 503 and names the store while it cannot be written to', async (t) => {
  const folder = temporaryFolder(t)
  const { app, log } = await startService(t, { POSTERN_STORE: 'file', POSTERN_DATA_DIR: folder })
  const ready = () => app.inject('/health/ready')
  mkdirSync(join(folder, 'users.1.journal'))
  t.equal((await ready()).statusCode, 200, 'nothing has failed yet')
  log.length = 0
  const change = await send(app, 'POST', '/user', { user: 'alice', pass: 'x' })
  expectRefusal(t, change, 503, 'StoreUnavailableError')
  const response = await ready()
  expectRefusal(t, response, 503, 'NotReadyError')
  t.equal(response.json().message, 'The service is not ready: store.')
  t.equal(response.headers['cache-control'], 'no-store')
  t.match(log.join(''), /"level":50.*EEXIST/, 'the cause is logged')
  t.equal((await app.inject('/health/live')).statusCode, 200)

  rmdirSync(join(folder, 'users.1.journal'))
  while ((await ready()).statusCode !== 200) await after(50)
  t.pass('it finds by itself that the disk has recovered')
  expectEmpty(t, await send(app, 'POST', '/user', { user: 'alice', pass: 'x' }), 201)
})

t.test('GET /health/ready is 503 and names the keys if its own tokens would not be accepted', async (t) => {
  const { app } = await startService(t)
  app.keys.verificationKey = () => {
    throw new Error('the inner workings')
  }
  const response = await app.inject('/health/ready')
  expectRefusal(t, response, 503, 'NotReadyError')
  t.equal(response.json().message, 'The service is not ready: keys.')
})

t.test('health checks that go well leave no line in the log', async (t) => {
  const { app, log } = await startService(t, { POSTERN_LOG_LEVEL: 'info' })
  log.length = 0
  await app.inject('/health/live')
  await app.inject('/health/ready')
  t.same(log, [])
  await app.inject('/version')
  t.match(log.join(''), '"url":"/version"')
})

t.test('another method on a known path is 405 and tells which ones there are', async (t) => {
  const { app } = await startService(t)
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']
  for (const [url, allow] of [
    ['/version', 'GET, HEAD'],
    ['/health/live', 'GET, HEAD'],
    ['/health/ready', 'GET, HEAD'],
    ['/pubkey', 'GET, HEAD'],
    ['/user', 'DELETE, GET, HEAD, PATCH, POST'],
    ['/token', 'GET, HEAD, POST'],
    ['/check', 'GET, HEAD, POST'],
    ['/refresh_token', 'DELETE, GET, HEAD']
  ] as const) {
    const others = methods.filter((method) => !allow.split(', ').includes(method))
    for (const method of others) {
      const response = await app.inject({ method: method as never, url: `${url}?a=1`, payload: 'x' })
      expectRefusal(t, response, 405, 'MethodNotAllowedError')
      t.equal(response.headers.allow, allow)
      t.equal(response.json().message, `The method is not allowed here. Allowed: ${allow}.`)
    }
  }
})

t.test('an unknown path is 404 and is not repeated', async (t) => {
  const { app } = await startService(t)
  for (const url of ['/', '/nope', '/health', '/user/alice', '/USER', '/user/', '//user', '/__proto__']) {
    const response = await app.inject(url)
    expectRefusal(t, response, 404, 'NotFoundError')
    t.notMatch(response.body, /alice|nope/)
  }
})

t.test('a failure of ours is a 500 that says nothing of its cause, which is logged', async (t) => {
  const { app, log } = await startService(t)
  app.store.findUserByName = async () => {
    throw new Error('the inner workings')
  }
  const response = await send(app, 'GET', '/token', { user: 'alice', pass: 'x' })
  expectRefusal(t, response, 500, 'InternalServerError')
  t.notMatch(response.body, /inner workings/)
  t.match(log.join(''), /inner workings/)
})
