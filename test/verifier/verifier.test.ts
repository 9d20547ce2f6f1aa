import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { build } from 'esbuild'
import express from 'express'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { type Postern, startPostern } from '../../src/fixture/testing.js'
import { payloadOf, presets } from '../../src/fixture/token-forge.js'
import { retireKey, rotateKeys } from '../../src/keys/key-rotation.js'
import { posternAuth as expressAuth, claimsOf as expressClaims } from '../../src/verifier/express.js'
import { posternAuth as fastifyAuth, claimsOf as fastifyClaims } from '../../src/verifier/fastify.js'
import {
  type AccessClaims,
  createVerifier,
  type TokenRefusalReason,
  type Verifier,
  type VerifierOptions
} from '../../src/verifier/verifier.js'
import { bearer, forge } from '../support/helper.js'

const users = { alice: 'wonderland' }
const issued = { POSTERN_ISSUER: 'https://id.example.org', POSTERN_AUDIENCE: 'shop' }
const expected = { issuer: 'https://id.example.org', audience: 'shop', fixture: true }
const modes = ['offline', 'check'] as const
const refused = { name: 'TokenRefusedError', code: 'POSTERN_TOKEN_REFUSED' }
const unreachable = { name: 'PosternUnreachableError', code: 'POSTERN_UNREACHABLE' }
const reasons: Record<(typeof presets)[number], TokenRefusalReason> = {
  expired: 'expired',
  not_yet_valid: 'not_yet_valid',
  wrong_key: 'bad_signature',
  unknown_kid: 'unknown_key',
  wrong_issuer: 'wrong_claim',
  wrong_audience: 'wrong_claim',
  // Without a signature it has not the form of a token.
  alg_none: 'malformed',
  tampered: 'bad_signature',
  revoked: 'revoked'
}

/** How often the keys were asked for. */
function keyRequests(postern: Postern): number {
  return postern.requests.filter(({ path }) => path === '/.well-known/jwks.json').length
}

/** Waits for a fetch of the keys that the verifier does not wait for. */
async function untilAsked(postern: Postern, times: number): Promise<void> {
  while (keyRequests(postern) < times) await after(5)
}

/** Waits until the verifier has read keys without that of the token. */
async function untilRefused(verifier: Verifier, token: string): Promise<void> {
  const isGood = () =>
    verifier.verify(token).then(
      () => true,
      () => false
    )
  while (await isGood()) await after(5)
}

/** Stops the time of verifiers, and has it pass by seconds, but for no Postern that was started before. */
function moveTime(t: Test) {
  const now = Date.now()
  let passed = 0
  t.intercept(Date, 'now', { value: () => now + passed })
  return (seconds: number) => {
    passed += seconds * 1000
  }
}

async function listen(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const mode of modes) {
  t.test(
    'offline a token expires by the clock of the service, and with check by that of Postern',
    async (t) => {
      const postern = await startPostern({ users })
      t.teardown(() => postern.stop())
      const token = await postern.token('alice')
      const offline = createVerifier({ url: postern.url, fixture: true })
      const check = createVerifier({ url: postern.url, fixture: true, mode: 'check' })
      postern.clock.advance('2h')
      t.match(await offline.verify(token), { user: 'alice' })
      await t.rejects(check.verify(token), { ...refused, reason: 'expired' })
      await t.rejects(offline.verify(await postern.token('alice')), {
        ...refused,
        reason: 'not_yet_valid'
      })
    }
  )

  t.test(`${mode}: a good token gives its claims, and each bad one is refused`, async (t) => {
    await using postern = await startPostern({ users, env: issued })
    const verifier = createVerifier<{ role: string }>({ url: postern.url, mode, ...expected })
    const claims = await verifier.verify(await postern.token('alice', { claims: { role: 'admin' } }))
    t.match(claims, { user: 'alice', authentication_method: 'password' })
    t.equal(claims.role.toUpperCase(), 'ADMIN')
    t.notOk('groups' in claims)
    await postern.putUser('alice', { groups: ['staff', 'admins'] })
    const { groups = [], auth_time = 0, iat } = await verifier.verify(await postern.token('alice'))
    t.same([groups.map((group) => group.toUpperCase()), auth_time - iat], [['ADMINS', 'STAFF'], 0])
    for (const preset of presets.filter((name) => mode === 'check' || name !== 'revoked')) {
      const token = await postern.token('alice', { preset })
      await t.rejects(verifier.verify(token), { ...refused, reason: reasons[preset] }, preset)
    }
    const refresh = await postern.token('alice', { tokenType: 'refresh_token' })
    await t.rejects(verifier.verify(await postern.token('alice', { claims: { token_type: 'id' } })), {
      ...refused,
      reason: 'wrong_type'
    })
    for (const token of [refresh, '', 'x', 'a.b.c', 'a\nb', `${refresh} `]) {
      await t.rejects(verifier.verify(token), refused)
    }
  })

  t.test(
    `${mode}: a token of a fixture, of another issuer or for another audience is not taken`,
    async (t) => {
      await using postern = await startPostern({ users, env: issued })
      const { url } = postern
      const token = await postern.token('alice')
      for (const options of [
        { ...expected, fixture: false },
        { ...expected, issuer: 'https://other.example.org' },
        { ...expected, audience: 'other' }
      ]) {
        const reason = options.fixture ? 'wrong_claim' : 'fixture'
        await t.rejects(createVerifier({ url, mode, ...options }).verify(token), { ...refused, reason })
      }
    }
  )

  t.test(
    `${mode}: a token whose header or claims Postern would not make is refused, in words that quote nothing of it`,
    async (t) => {
      await using postern = await startPostern({ users })
      const verifier = createVerifier({ url: postern.url, mode, fixture: true })
      const { kid, algorithm, secret, publicKey } = postern.app.keys.signing
      const header = { alg: algorithm, typ: 'JWT', kid }
      const payload = payloadOf(await postern.token('alice'))
      const key = { algorithm, secret }
      t.match(await verifier.verify(forge(key, header, payload)), { user: 'alice' })

      const { exp: _, ...endless } = payload
      const tokens = {
        'HMAC with the public key': forge(
          { algorithm: 'HS256', secret: publicKey ?? '' },
          { ...header, alg: 'HS256' },
          payload
        ),
        'an algorithm that is not the key’s': forge(key, { ...header, alg: 'ES384' }, payload),
        'another type': forge(key, { ...header, typ: 'at+jwt' }, payload),
        'too long': forge(key, header, { ...payload, role: 'x'.repeat(8192) }),
        'no end': forge(key, header, endless),
        'an endless end': forge(key, header, JSON.stringify(payload).replace(/"exp":\d+/, '"exp":1e400')),
        'no object': forge(key, header, [payload]),
        'lent claims': forge(key, header, `{"__proto__":${JSON.stringify(payload)}}`)
      }
      for (const claims of [
        { user: 1 },
        { uid: 'alice' },
        { sub: null },
        { gen: -1 },
        { iat: '0' },
        { nbf: 0.5 },
        { jti: '' },
        { authentication_method: 'guess' }
      ]) {
        Object.assign(tokens, { [JSON.stringify(claims)]: forge(key, header, { ...payload, ...claims }) })
      }
      for (const mark of ['exp', 'a"b', '\\', '✓', 'a\r\nSet-Cookie: a=b']) {
        Object.assign(tokens, {
          [`crit ${mark}`]: forge(key, { ...header, crit: [mark], [mark]: 1 }, payload)
        })
      }
      for (const [what, token] of Object.entries(tokens)) {
        await t.rejects(verifier.verify(token), { ...refused, message: /^[\w ()]+\.$/ }, what)
      }
    }
  )

  t.test(`${mode}: when Postern does not answer as it should, a token is neither good nor bad`, async (t) => {
    const postern = await startPostern({ users })
    const token = await postern.token('alice')
    const options: VerifierOptions = { url: postern.url, mode, fixture: true }
    postern.fail({ route: 'GET /check', status: 503 })
    postern.fail({ route: 'GET /.well-known/jwks.json', status: 503 })
    await t.rejects(createVerifier(options).verify(token), unreachable)
    await postern.stop()
    const url = mode === 'check' ? `${postern.url}/check` : postern.jwksUrl
    await t.rejects(createVerifier(options).verify(token), { ...unreachable, url, message: `(${url})` })
    const withCredentials = options.url.replace('//', '//me:secret@')
    await t.rejects(createVerifier({ ...options, url: withCredentials }).verify(token), {
      ...unreachable,
      url
    })
    for (const listener of [
      (_request, response) => response.end('hello'),
      (_request, response) => response.writeHead(400).end('{}'),
      (_request, response) => response.writeHead(302, { location: '/' }).end()
    ] as RequestListener[]) {
      const url = await listen(t, listener)
      await t.rejects(createVerifier({ ...options, url }).verify(token), unreachable)
    }
  })
}

t.test('check sees a revocation at once, and offline goes on with the keys that it has', async (t) => {
  const postern = await startPostern({ users })
  const { url } = postern
  const offline = createVerifier({ url, fixture: true })
  const check = createVerifier({ url, mode: 'check', fixture: true })
  const token = await postern.token('alice', { preset: 'revoked' })
  await t.rejects(check.verify(token), { name: 'TokenRefusedError', message: /revoked/ })
  t.match(await offline.verify(token), { user: 'alice' })
  await postern.stop()
  t.match(await offline.verify(token), { user: 'alice' })
})

t.test('keys are fetched once for all tokens, and no more often for a flood of unknown ones', async (t) => {
  await using postern = await startPostern({ users })
  const verifier = createVerifier({ url: postern.url, fixture: true })
  moveTime(t)
  for (let token = 0; token < 5; token += 1) await verifier.verify(await postern.token('alice'))
  for (let token = 0; token < 20; token += 1) {
    const unknown = await postern.token('alice', { preset: 'unknown_kid' })
    await t.rejects(verifier.verify(unknown), refused)
  }
  t.equal(keyRequests(postern), 1)
})

t.test(
  'a new key is fetched with its first token, and a retired one is forgotten with the next fetch',
  async (t) => {
    await using postern = await startPostern({ users })
    const { keys } = postern.app
    const verifier = createVerifier({ url: postern.url, fixture: true })
    const pass = moveTime(t)
    const old = await postern.token('alice')
    const { kid } = keys.signing
    await verifier.verify(old)

    const { algorithm } = keys.signing
    const now = Math.floor(postern.clock.now().getTime() / 1000)
    keys.replace(await rotateKeys(keys.scheduled, { algorithm, now, publishAhead: 0 }))
    t.not(keys.signing.kid, kid)
    pass(1)
    t.match(await verifier.verify(await postern.token('alice')), { user: 'alice' })
    t.match(await verifier.verify(old), { user: 'alice' })
    t.equal(keyRequests(postern), 2)

    keys.replace(retireKey(keys.scheduled, kid, { algorithm, now }))
    t.match(await verifier.verify(old), { user: 'alice' })
    pass(300)
    t.match(await verifier.verify(old), { user: 'alice' }, 'until the fetch behind has ended')
    await untilRefused(verifier, old)
    await t.rejects(verifier.verify(old), { ...refused, message: 'The key of the token is not known.' })
    t.equal(keyRequests(postern), 3)
  }
)

t.test(
  'a verifier that cannot renew its keys goes on with those that it has, and asks no more often',
  async (t) => {
    const postern = await startPostern({ users })
    const verifier = createVerifier({ url: postern.url, fixture: true })
    const pass = moveTime(t)
    const token = await postern.token('alice')
    const unknown = await postern.token('alice', { preset: 'unknown_kid' })
    await verifier.verify(token)
    postern.fail({ route: 'GET /.well-known/jwks.json', status: 503, times: 100 })
    for (const period of [2, 3, 4]) {
      pass(300)
      t.match(await verifier.verify(token), { user: 'alice' })
      await untilAsked(postern, period)
      for (let attempt = 0; attempt < 20; attempt += 1) await t.rejects(verifier.verify(unknown), unreachable)
      t.match(await verifier.verify(token), { user: 'alice' })
      t.equal(keyRequests(postern), period)
    }
    await postern.stop()
    pass(300)
    t.match(await verifier.verify(token), { user: 'alice' })
  }
)

t.test('a verifier without keys has them as soon as Postern is there', async (t) => {
  await using postern = await startPostern({ users })
  const verifier = createVerifier({ url: postern.url, fixture: true })
  const pass = moveTime(t)
  const token = await postern.token('alice')
  postern.fail({ route: 'GET /.well-known/jwks.json', status: 503 })
  await t.rejects(verifier.verify(token), unreachable)
  await t.rejects(verifier.verify(token), unreachable)
  t.equal(keyRequests(postern), 1)
  pass(1)
  t.match(await verifier.verify(token), { user: 'alice' })
})

/** In the place of Postern's keys: answers with what it is told to, and with nothing while it hangs. */
async function listenForKeys(t: Test, postern: Postern) {
  const genuine = await (await fetch(postern.jwksUrl)).text()
  const state = { body: genuine as string | undefined }
  const held: ServerResponse[] = []
  const url = await listen(t, (_request, response) => {
    if (state.body === undefined) held.push(response)
    else response.end(state.body)
  })
  const release = async (body: string) => {
    while (held.length === 0) await after(5)
    for (const response of held.splice(0)) response.end(body)
  }
  return { url, genuine, state, release }
}

t.test(
  'R11: keys older than 5 minutes serve on while Postern hangs, and newer ones are taken when they come',
  async (t) => {
    await using postern = await startPostern({ users })
    await using other = await startPostern({ users })
    const { url, state, release } = await listenForKeys(t, postern)
    const verifier = createVerifier({ url, fixture: true })
    const pass = moveTime(t)
    const token = await postern.token('alice')
    await verifier.verify(token)
    pass(300)
    state.body = undefined
    for (let call = 0; call < 3; call += 1) t.match(await verifier.verify(token), { user: 'alice' })
    // A fetch that a token has waited for is given up by now.
    await release(await (await fetch(other.jwksUrl)).text())
    await untilRefused(verifier, token)
    await t.rejects(verifier.verify(token), { ...refused, message: 'The key of the token is not known.' })
    t.match(await verifier.verify(await other.token('alice')), { user: 'alice' })
  }
)

t.test('R11: a set without a key is a failure, and not what Postern has published', async (t) => {
  await using postern = await startPostern({ users })
  const token = await postern.token('alice')
  for (const body of ['{"keys":[]}', '{"keys":[{}]}', '{"keys":[{"kty":"EC"}]}']) {
    const { url, genuine, state } = await listenForKeys(t, postern)
    const pass = moveTime(t)
    state.body = body
    const verifier = createVerifier({ url, fixture: true })
    await t.rejects(verifier.verify(token), unreachable, body)
    pass(1)
    state.body = genuine
    t.match(await verifier.verify(token), { user: 'alice' })
    state.body = body
    for (let period = 0; period < 2; period += 1) {
      pass(300)
      t.match(await verifier.verify(token), { user: 'alice' })
      await after(20)
      t.match(await verifier.verify(token), { user: 'alice' }, body)
    }
  }
})

/** In the place of Postern: says what it holds of tokens, and how many questions it has had, open at once and in all. */
async function listenForQuestions(
  t: Test,
  answer: (respond: (status: number, body: object) => void) => void
) {
  const asked = new Map<string, number>()
  const seen = { open: 0, most: 0, mostOfOne: 0, questions: 0 }
  const url = await listen(t, (request, response) => {
    const token = String(request.headers.authorization)
    const ofToken = (asked.get(token) ?? 0) + 1
    asked.set(token, ofToken)
    seen.open += 1
    seen.questions += 1
    seen.most = Math.max(seen.most, seen.open)
    seen.mostOfOne = Math.max(seen.mostOfOne, ofToken)
    response.on('close', () => {
      seen.open -= 1
      asked.set(token, Number(asked.get(token)) - 1)
    })
    answer((status, body) => response.writeHead(status).end(JSON.stringify(body)))
  })
  return { url, seen }
}

t.test(
  'R11: check asks one question about a token at a time, and few about all tokens at once',
  async (t) => {
    await using postern = await startPostern({ users })
    const claims = payloadOf(await postern.token('alice'))
    const { url, seen } = await listenForQuestions(t, (respond) => setTimeout(respond, 10, 200, claims))
    // A thousand questions take a busy machine longer than one may wait.
    t.intercept(AbortSignal, 'timeout', { value: () => new AbortController().signal })
    const verifier = createVerifier({ url, mode: 'check', fixture: true })
    const same = await Promise.all(Array.from({ length: 500 }, () => verifier.verify('a.b.c')))
    t.equal(seen.questions, 1)
    t.equal(new Set(same).size, 500, 'each call has claims of its own')
    await Promise.all(Array.from({ length: 500 }, (_, index) => verifier.verify(`a.b.${index}`)))
    t.equal(seen.questions, 501)
    t.ok(seen.most <= 64, `${seen.most} at once`)

    const late = verifier.verify('a.b.c')
    while (seen.open === 0) await after(1)
    const later = Array.from({ length: 500 }, () => verifier.verify('a.b.c'))
    t.match(await Promise.all([late, ...later]), [{ user: 'alice' }])
    t.equal(seen.questions, 503, 'those that come while a question is under way share the next one')
    t.equal(seen.mostOfOne, 1)
  }
)

t.test('R11: check answers nobody from a question that was sent before the call', async (t) => {
  await using postern = await startPostern({ users })
  const claims = payloadOf(await postern.token('alice'))
  const answers: ((status: number, body: object) => void)[] = []
  const { url } = await listenForQuestions(t, (respond) => answers.push(respond))
  const verifier = createVerifier({ url, mode: 'check', fixture: true })
  const before = verifier.verify('a.b.c')
  while (answers.length < 1) await after(1)
  const afterwards = t.rejects(verifier.verify('a.b.c'), { ...refused, message: 'The token is revoked.' })
  answers[0]?.(200, claims)
  t.match(await before, { user: 'alice' })
  while (answers.length < 2) await after(1)
  answers[1]?.(400, { error_name: 'InvalidTokenError', message: 'The token is revoked.' })
  await afterwards
})

t.test('R11: questions that wait for a Postern that hangs are given up with the others', async (t) => {
  const { url, seen } = await listenForQuestions(t, () => {})
  const verifier = createVerifier({ url, mode: 'check' })
  const timers: AbortController[] = []
  t.intercept(AbortSignal, 'timeout', {
    value: () => {
      const timer = new AbortController()
      timers.push(timer)
      return timer.signal
    }
  })
  const calls = Array.from({ length: 200 }, (_, index) =>
    t.rejects(verifier.verify(`a.b.${index}`), unreachable)
  )
  while (seen.open < 64) await after(1)
  for (const timer of timers) timer.abort(new Error('time is up'))
  await Promise.all(calls)
  t.equal(seen.questions, 64)
})

t.test('a URL that is none and an unknown mode are refused at once', async (t) => {
  for (const options of [
    { url: 'postern' },
    { url: 'postern', mode: 'check' },
    { url: 'http://localhost', mode: 'chekc' }
  ]) {
    t.throws(() => createVerifier(options as VerifierOptions), TypeError)
  }
})

t.test(
  'an HMAC key is none that could be published: offline refuses its tokens, check takes them',
  async (t) => {
    await using postern = await startPostern({ users, algorithm: 'HS256' })
    const { url } = postern
    const token = await postern.token('alice')
    await t.rejects(createVerifier({ url, fixture: true }).verify(token), refused)
    t.match(await createVerifier({ url, mode: 'check', fixture: true }).verify(token), { user: 'alice' })
  }
)

/** Like `fetch`, but with headers as they are given, the same name twice included. */
async function visitRaw(url: string, headers: string[]) {
  const request = httpRequest(url, { agent: false })
  for (let index = 0; index < headers.length; index += 2) {
    request.appendHeader(headers[index] ?? '', headers[index + 1] ?? '')
  }
  const [response] = await once(request.end(), 'response')
  response.resume()
  return { status: response.statusCode, challenge: response.headers['www-authenticate'] }
}

const applications: Record<string, (t: Test, options: VerifierOptions) => Promise<string>> = {
  async fastify(t, options) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(fastifyAuth, options)
    app.get('/open', async (request) => ({ user: request.postern?.user ?? null }))
    app.get('/me', { onRequest: app.authenticate }, async (request) => ({ user: request.postern.user }))
    app.get('/secret', { onRequest: app.requirePassword }, async (request) => ({
      user: request.postern.user
    }))
    return await app.listen({ host: '127.0.0.1', port: 0 })
  },

  async express(t, options) {
    const { authenticate, requirePassword } = expressAuth(options)
    const app = express()
    app.get('/open', (request, response) => void response.json({ user: request.postern?.user ?? null }))
    app.get('/me', authenticate, (request, response) => void response.json({ user: request.postern.user }))
    app.get(
      '/secret',
      requirePassword,
      (request, response) => void response.json({ user: request.postern.user })
    )
    return await listen(t, app)
  }
}

for (const [framework, startApplication] of Object.entries(applications)) {
  t.test(
    `${framework}: routes are open to those with a token, and others are told what is wrong`,
    async (t) => {
      const postern = await startPostern({ users })
      const url = await startApplication(t, { url: postern.url, mode: 'check', fixture: true })
      const visit = async (path: string, headers: Record<string, string> = {}) => {
        const response = await fetch(url + path, { headers })
        const challenge = response.headers.get('www-authenticate')
        return { status: response.status, challenge, headers: response.headers, body: await response.json() }
      }
      const good = await postern.authHeader('alice')
      t.match(await visit('/open'), { status: 200, body: { user: null } })
      t.match(await visit('/me', good), { status: 200, body: { user: 'alice' } })
      t.match(await visit('/secret', good), { status: 200, body: { user: 'alice' } })

      t.match(await visit('/me'), {
        status: 401,
        challenge: /^Bearer realm="postern"$/,
        body: { error_name: 'AuthenticationRequiredError' }
      })
      t.match(await visit('/me', await postern.authHeader('alice', { preset: 'expired' })), {
        status: 401,
        challenge: /error="invalid_token"/,
        body: { statusCode: 401, error_name: 'InvalidTokenError' }
      })
      t.match(
        await visit(`/me?access_token=${good.authorization.slice(7)}`),
        { status: 401 },
        'a URL is no place for it'
      )
      const weak = await postern.authHeader('alice', { authenticationMethod: 'refresh_token' })
      t.match(await visit('/me', weak), { status: 200 })
      t.match(await visit('/secret', weak), { status: 403, challenge: /insufficient_user_authentication/ })
      await postern.stop()
      const unknown = await visit('/me', good)
      t.match(unknown, { status: 503, body: { error_name: 'NotReadyError' } })
      t.equal(unknown.headers.get('retry-after'), '1')
    }
  )
}

for (const [framework, startApplication] of Object.entries(applications)) {
  t.test(`${framework}: a token is taken from one Authorization header, and from nothing else`, async (t) => {
    await using postern = await startPostern({ users })
    const url = `${await startApplication(t, { url: postern.url, fixture: true })}/me`
    const token = await postern.token('alice')
    const other = await postern.token('alice')
    for (const value of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, token]) {
      t.match(await visitRaw(url, ['Authorization', value]), { status: 200 }, value.slice(0, 7))
    }
    for (const value of [
      'Bearer',
      'Bearer ',
      `Basic ${token}`,
      `Bearer  ${token}`,
      `Bearer "${token}"`,
      `Bearer ${token}, Bearer ${other}`
    ]) {
      t.match(await visitRaw(url, ['authorization', value]), { status: 401, challenge: /invalid_token/ })
    }
    t.match(
      await visitRaw(url, ['Authorization', `Bearer ${token}`, 'authorization', `Bearer ${other}`]),
      { status: 401, challenge: /invalid_token/ },
      'two of them'
    )
    const empty = await visitRaw(url, ['Authorization', ''])
    t.match(empty, { status: 401, challenge: 'Bearer realm="postern"' }, 'C8: an empty one')
    t.match(await visitRaw(url, ['Cookie', `access_token=${token}`]), {
      status: 401,
      challenge: 'Bearer realm="postern"'
    })
  })

  t.test(
    `${framework}: no token makes a challenge that cannot be read, or ends the application`,
    async (t) => {
      await using postern = await startPostern({ users })
      const url = `${await startApplication(t, { url: postern.url, fixture: true })}/me`
      const key = postern.app.keys.signing
      for (const mark of ['a"b', '✓', 'a\r\nSet-Cookie: a=b']) {
        const header = { alg: key.algorithm, typ: 'JWT', kid: key.kid, crit: [mark], [mark]: 1 }
        const response = await fetch(url, { headers: bearer(forge(key, header, {})) })
        t.equal(response.status, 401)
        t.match(
          response.headers.get('www-authenticate'),
          /^Bearer realm="postern", error="invalid_token", error_description="[^"\\]+"$/
        )
      }
      const expired = await fetch(url, { headers: await postern.authHeader('alice', { preset: 'expired' }) })
      t.match(expired.headers.get('www-authenticate'), /, error_description="The token has expired\."$/)
    }
  )

  t.test(
    `${framework}: what answers in the place of Postern cannot make a challenge that cannot be sent`,
    async (t) => {
      const impostor = await listen(t, (_request, response) =>
        response.writeHead(400).end(JSON.stringify({ error_name: 'InvalidTokenError', message: '"✓\n' }))
      )
      const url = `${await startApplication(t, { url: impostor, mode: 'check' })}/me`
      const response = await fetch(url, { headers: bearer('a.b.c') })
      t.equal(response.status, 401)
      t.match(response.headers.get('www-authenticate'), /, error_description="\?\?\?"$/)
    }
  )
}

t.test('express: a request that was answered meanwhile is left alone', async (t) => {
  await using postern = await startPostern({ users })
  const { authenticate } = expressAuth({ url: postern.url })
  const told = new Promise((resolve) => {
    listen(t, (request, response) => {
      authenticate(request, response, resolve)
      response.writeHead(503).end()
    }).then((url) => fetch(url))
  })
  t.match(await told, { name: 'AuthenticationRequiredError' })
})

for (const [framework, claims] of Object.entries({ fastify: fastifyClaims, express: expressClaims })) {
  t.test(
    `${framework}: the claims of users are typed, and a route that authenticates nobody has none`,
    (t) => {
      const postern = { user: 'alice', role: 'admin' } as unknown as AccessClaims
      const { user, role } = claims<{ role: string }>({ postern })
      t.equal(`${user} ${role.toUpperCase()}`, 'alice ADMIN')
      t.throws(() => claims({ postern: null }), /does not authenticate/)
      t.throws(() => claims({}), /does not authenticate/)
      t.end()
    }
  )
}

t.test('what verifies in other services loads nothing of this one but what it needs', async (t) => {
  for (const [entry, packages] of Object.entries({
    verifier: ['jose'],
    express: ['jose'],
    fastify: ['fastify-plugin', 'jose']
  })) {
    const { metafile } = await build({
      entryPoints: [join(import.meta.dirname, `../../src/verifier/${entry}.js`)],
      bundle: true,
      format: 'esm',
      platform: 'node',
      write: false,
      metafile: true,
      logLevel: 'silent'
    })
    const names = Object.keys(metafile.inputs).flatMap(
      (path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? []
    )
    t.same([...new Set(names)].sort(), packages, entry)
  }
})
