import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import express from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { rotateKeys } from '../../src/keys/key-rotation.js'
import { createServer } from '../../src/server/server.js'
import type { Visit } from '../../src/tokens/assertions.js'
import { createAuthentication } from '../../src/verifier/authenticate.js'
import { posternAuth as expressAuth } from '../../src/verifier/express.js'
import { posternAuth as fastifyAuth } from '../../src/verifier/fastify.js'
import { type AssertionVerifierOptions, createVerifier } from '../../src/verifier/verifier.js'
import { bearer, cheap, decodePart, forge, signUp } from '../support/helper.js'

const refused = { name: 'TokenRefusedError', code: 'POSTERN_TOKEN_REFUSED' }
const audience = 'https://wiki.example.org'
const mode = 'assertion' as const
const uid = '0123456789abcdef0123456789abcdef'
const visit: Visit = {
  account: { uid, name: 'alice', groups: ['family'] },
  session: uid,
  origin: audience,
  amr: ['pwd']
}

/** A service that listens, since a verifier asks it by HTTP and goes by the clock of the machine. */
async function listen(t: Test, environment: Environment = {}) {
  let ahead = 0
  const app = createServer(
    { environment: { ...cheap, ...environment, POSTERN_PORT: '0' }, clock: () => Date.now() + ahead },
    { write: () => {} }
  )
  t.teardown(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const advance = (seconds: number) => {
    ahead += seconds * 1000
  }
  return { app, url, advance }
}

const issue = (app: FastifyInstance, change: Partial<Visit> = {}) =>
  String(app.assertions.issue({ ...visit, ...change }))

function assertionKey(app: FastifyInstance) {
  const key = app.keys.assertionSigning
  if (key === undefined) throw new Error('The service has no key for assertions.')
  return { key, header: { alg: 'EdDSA', typ: 'assertion+jwt', kid: key.kid } }
}

t.test('a good assertion gives its claims', async (t) => {
  for (const POSTERN_ALGORITHM of ['ES256', 'PS256', 'EdDSA']) {
    const issuer = 'https://id.example.org'
    const { app, url } = await listen(t, { POSTERN_ALGORITHM, POSTERN_ISSUER: issuer })
    const claims = await createVerifier({ url, mode, audience, issuer }).verify(issue(app))
    t.match(claims, { user: 'alice', sub: uid, groups: ['family'], aud: audience, iss: issuer, amr: ['pwd'] })
  }
})

t.test('an assertion by a key that was made since is verified', async (t) => {
  const { app, url } = await listen(t)
  const verifier = createVerifier({ url, mode, audience })
  const former = issue(app)
  await verifier.verify(former)
  const rotation = { algorithm: 'ES256', now: Math.floor(Date.now() / 1000), publishAhead: 0 } as const
  app.keys.replace(await rotateKeys(app.keys.scheduled, rotation))
  const assertion = issue(app)
  t.not(decodePart(assertion, 0).kid, decodePart(former, 0).kid)
  // The keys are fetched again once a second at most.
  while ((await verifier.verify(assertion).catch(({ reason }) => reason)) === 'unknown_key') await after(20)
  t.match(await verifier.verify(assertion), { user: 'alice' })
  t.match(await verifier.verify(former), { user: 'alice' }, 'and so is one by the key before')
})

t.test('an assertion for another site, of another issuer or too old is refused', async (t) => {
  const { app, url, advance } = await listen(t)
  const reasonOf = async (assertion: string, options: Partial<AssertionVerifierOptions> = {}) =>
    await createVerifier({ url, mode, audience, ...options })
      .verify(assertion)
      .then(
        () => 'good',
        ({ reason }) => reason
      )
  t.equal(await reasonOf(issue(app)), 'good')
  for (const origin of [
    'https://blog.example.org',
    'https://wiki.example.org:8443',
    'http://wiki.example.org'
  ]) {
    t.equal(await reasonOf(issue(app, { origin })), 'wrong_claim', origin)
  }
  t.equal(await reasonOf(issue(app), { issuer: 'https://id.example.org' }), 'wrong_claim')
  advance(-63)
  t.equal(await reasonOf(issue(app)), 'good', 'the clocks of two machines differ a little')
  advance(-63)
  t.equal(await reasonOf(issue(app)), 'expired')
  advance(63 + 63 + 20)
  t.equal(await reasonOf(issue(app)), 'not_yet_valid')
})

t.test('the verifier of assertions takes nothing but what Postern has signed as one', async (t) => {
  const { app, url } = await listen(t, { POSTERN_ALGORITHM: 'EdDSA' })
  const token = await signUp(app)
  const { key, header } = assertionKey(app)
  const claims = decodePart(issue(app), 1)
  const verifier = createVerifier({ url, mode, audience })
  const { exp, ...endless } = claims
  const { groups, ...without } = claims
  const [head, , signature] = issue(app).split('.')
  const body = Buffer.from(JSON.stringify({ ...claims, user: 'mallory' })).toString('base64url')
  t.match(await verifier.verify(forge(key, header, claims)), { user: 'alice' })
  for (const [what, confused] of Object.entries({
    'an access token': token,
    'the claims of an access token by the key of assertions': forge(key, header, {
      ...decodePart(token, 1),
      aud: audience
    }),
    'an assertion with the type of an access token': forge(key, header, {
      ...claims,
      token_type: 'access_token'
    }),
    'an assertion with the header of a token': forge(key, { ...header, typ: 'JWT' }, claims),
    'an assertion without a type': forge(key, { alg: 'EdDSA', kid: key.kid }, claims),
    'an assertion by the key of tokens': forge(
      app.keys.signing,
      { ...header, kid: app.keys.signing.kid },
      claims
    ),
    'an assertion by the key of tokens under the other kid': forge(app.keys.signing, header, claims),
    'an assertion by the key of refresh tokens': forge(
      app.keys.refreshSigning,
      { ...header, alg: 'HS256' },
      claims
    ),
    'the public key as the secret of an HMAC': forge(
      { algorithm: 'HS256', secret: key.publicKey },
      { ...header, alg: 'HS256' },
      claims
    ),
    'an assertion without an end': forge(key, header, endless),
    'an assertion without groups': forge(key, header, without),
    'an assertion for this site among others': forge(key, header, {
      ...claims,
      aud: [audience, 'https://x.example']
    }),
    'an assertion without a site': forge(key, header, { ...claims, aud: undefined }),
    'an assertion that was changed': `${head}.${body}.${signature}`,
    'an assertion without a signature': `${head}.${body}.`,
    'an assertion of a fixture': forge(key, header, { ...claims, fixture: true }),
    nothing: '',
    'two of them': `${issue(app)},${issue(app)}`
  })) {
    await t.rejects(verifier.verify(confused), refused, what)
  }
})

t.test('no other mode takes an assertion', async (t) => {
  const { app, url } = await listen(t, {
    POSTERN_ALGORITHM: 'EdDSA',
    POSTERN_OAUTH_CLIENTS: 'api:0123456789abcdef'
  })
  const { key } = assertionKey(app)
  const asToken = forge(key, { alg: 'EdDSA', typ: 'JWT', kid: key.kid }, decodePart(await signUp(app), 1))
  for (const verifier of [
    createVerifier({ url }),
    createVerifier({ url, audience }),
    createVerifier({ url, mode: 'check' }),
    createVerifier({ url, mode: 'feed', client: { id: 'api', secret: '0123456789abcdef' } })
  ]) {
    t.teardown(() => verifier.close())
    for (const assertion of [issue(app), asToken]) await t.rejects(verifier.verify(assertion), refused)
  }
})

t.test('without a key for assertions nothing is let through', async (t) => {
  const { app, url } = await listen(t)
  const assertion = issue(app)
  const { url: withoutKey } = await listen(t, { POSTERN_ALGORITHM: 'HS256' })
  const error = { name: 'PosternUnreachableError', url: `${withoutKey}/.well-known/assertion-jwks.json` }
  await t.rejects(createVerifier({ url: withoutKey, mode, audience }).verify(assertion), error)
  const jwksUrl = `${url}/.well-known/assertion-jwks.json`
  t.match(await createVerifier({ url: withoutKey, jwksUrl, mode, audience }).verify(assertion), {
    user: 'alice'
  })
})

t.test('the site is required, as its origin', (t) => {
  const url = 'http://127.0.0.1:1'
  for (const site of [
    undefined,
    '',
    'wiki.example.org',
    'https://wiki.example.org/',
    'HTTPS://wiki.example.org',
    null
  ]) {
    const options = { url, mode, audience: site } as AssertionVerifierOptions
    t.throws(() => createVerifier(options), {
      name: 'TypeError',
      message: /audience, the origin of the site/
    })
  }
  t.end()
})

type Request = { url: string; headers: Record<string, string | string[]> }

async function withFastify(options: AssertionVerifierOptions) {
  const app = Fastify()
  await app.register(fastifyAuth, options)
  app.get('/', { onRequest: app.authenticate }, async (request) => request.posternAssertion)
  app.get('/factor', { onRequest: app.requireSecondFactor }, async () => ({}))
  app.get('/password', { onRequest: app.requirePassword }, async () => ({}))
  return async (request: Request) => {
    const { statusCode, body } = await app.inject(request)
    return { status: statusCode, body: JSON.parse(body) }
  }
}

async function withExpress(options: AssertionVerifierOptions, t: Test) {
  const { authenticate, requireSecondFactor, requirePassword } = expressAuth(options)
  const app = express()
  app.get('/', authenticate, (request, response) => void response.json(request.posternAssertion))
  app.get('/factor', requireSecondFactor, (_, response) => void response.json({}))
  app.get('/password', requirePassword, (_, response) => void response.json({}))
  const server = createHttpServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return async ({ url, headers }: Request) => {
    const pairs = Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => [name, value])
    )
    const reply = await fetch(base + url, { headers: pairs as [string, string][] })
    return { status: reply.status, body: await reply.json() }
  }
}

for (const [framework, start] of Object.entries({ fastify: withFastify, express: withExpress })) {
  t.test(`${framework}: the assertion alone says who the visitor is`, async (t) => {
    const { app, url } = await listen(t)
    const call = await start({ url, mode, audience }, t)
    const token = await signUp(app)
    const assertion = issue(app)
    const header = 'x-postern-assertion'
    const own = { 'remote-user': 'mallory', ...bearer(token) }
    t.match(await call({ url: '/', headers: { ...own, [header]: assertion } }), {
      status: 200,
      body: { user: 'alice' }
    })
    for (const [what, headers] of Object.entries({
      'no header': own,
      'an empty header': { [header]: '' },
      'an access token in its place': { [header]: token },
      'an assertion in the place of an access token': bearer(assertion),
      'another spelling of its name': { x_postern_assertion: assertion },
      'one for another site': { [header]: issue(app, { origin: 'https://blog.example.org' }) }
    })) {
      t.match(await call({ url: '/', headers }), { status: 401 }, what)
    }
    t.match(await call({ url: '/factor', headers: { [header]: assertion } }), {
      status: 403,
      body: { error_name: 'SecondFactorRequiredError' }
    })
    const strong = issue(app, { amr: ['pwd', 'otp', 'mfa'] })
    t.match(await call({ url: '/factor', headers: { [header]: strong } }), { status: 200 })
    t.match(
      await call({ url: '/password', headers: { [header]: strong } }),
      { status: 403 },
      'it does not tell'
    )
  })
}

t.test('an assertion beside one of the client is refused', async (t) => {
  const { app, url } = await listen(t)
  const { authenticate } = createAuthentication({ url, mode, audience })
  const good = issue(app)
  t.match(await authenticate(['X-Postern-Assertion', good]), { posternAssertion: { user: 'alice' } })
  for (const others of [
    [good, 'x'],
    ['', good],
    [good, '']
  ]) {
    const headers = others.flatMap((value) => ['X-Postern-Assertion', value])
    await t.rejects(authenticate(headers), { name: 'InvalidTokenError', statusCode: 401 })
  }
})
