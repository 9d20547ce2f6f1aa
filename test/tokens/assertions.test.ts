import { createLocalJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { generateKey } from '../../src/keys/signing-key.js'
import type { Visit } from '../../src/tokens/assertions.js'
import { bearer, decodePart, forge, send, signUp, startService } from '../support/helper.js'

const uid = '0123456789abcdef0123456789abcdef'
const account = { uid, name: 'alice', groups: ['family'], email: 'a@example.org', emailVerified: true }
const visit: Visit = {
  account,
  session: 'f'.repeat(32),
  origin: 'https://wiki.example.org',
  authTime: 1_893_455_000,
  amr: ['pwd']
}

type Service = Awaited<ReturnType<typeof startService>>

const issue = ({ app }: Service, change: Partial<Visit> = {}) =>
  String(app.assertions.issue({ ...visit, ...change }))

for (const POSTERN_ALGORITHM of ['ES256', 'RS256', 'EdDSA']) {
  t.test(
    `an assertion is verified by the keys that are published for it alone, under ${POSTERN_ALGORITHM}`,
    async (t) => {
      const service = await startService(t, { POSTERN_ALGORITHM, POSTERN_ISSUER: 'https://id.example.org' })
      const { app, clock } = service
      const token = await signUp(app)
      const assertion = issue(service)
      const reply = await app.inject('/.well-known/assertion-jwks.json')
      t.match(reply.headers, {
        'content-type': 'application/jwk-set+json',
        'cache-control': 'public, max-age=300'
      })
      const currentDate = new Date(clock())
      const expected = { typ: 'assertion+jwt', audience: visit.origin, currentDate, algorithms: ['EdDSA'] }
      const { payload } = await jwtVerify(assertion, createLocalJWKSet(reply.json()), expected)
      const now = clock() / 1000
      t.match(payload.jti, /^[0-9a-f]{32}$/)
      t.same(payload, {
        token_type: 'assertion',
        user: 'alice',
        sub: uid,
        groups: ['family'],
        email: 'a@example.org',
        aud: visit.origin,
        iss: 'https://id.example.org',
        auth_time: 1_893_455_000,
        amr: ['pwd'],
        iat: now,
        nbf: now,
        exp: now + 60,
        jti: payload.jti
      })
      const tokenKeys = (await app.inject('/.well-known/jwks.json')).json()
      await t.rejects(jwtVerify(assertion, createLocalJWKSet(tokenKeys), { currentDate }))
      await t.rejects(jwtVerify(token, createLocalJWKSet(reply.json()), { currentDate }))
      t.equal((await app.inject('/pubkey')).body, app.keys.signing.publicKey)
    }
  )
}

t.test('with an HS algorithm there is no assertion, and no key for one', async (t) => {
  const { app } = await startService(t, { POSTERN_ALGORITHM: 'HS256' })
  t.equal(app.assertions.issue(visit), undefined)
  t.same((await app.inject('/.well-known/assertion-jwks.json')).json(), { keys: [] })
})

t.test(
  'an assertion leaves out an address that nobody has verified, and ends with its account',
  async (t) => {
    const service = await startService(t)
    const end = service.clock() / 1000 + 20
    const strange = issue(service, {
      account: { uid, name: 'alice', email: 'a@example.org', expiresAt: end }
    })
    const { email, groups, exp } = decodePart(strange, 1)
    t.same([email, groups, exp], [undefined, [], end])
  }
)

t.test('one assertion is kept for 30 seconds for each session and site', async (t) => {
  const service = await startService(t)
  const { app, clock } = service
  const first = issue(service)
  clock.advance(29)
  t.equal(issue(service), first)
  t.not(issue(service, { session: 'e'.repeat(32) }), first)
  t.not(issue(service, { origin: 'https://blog.example.org' }), first)
  t.match(decodePart(issue(service, { origin: 'https://blog.example.org' }), 1), {
    aud: 'https://blog.example.org'
  })
  t.equal(issue(service), first)
  const changed = issue(service, { account: { ...account, groups: [] } })
  t.same(decodePart(changed, 1).groups, [], 'a change of the account shows at once')
  t.not(issue(service, { amr: ['pwd', 'otp', 'mfa'] }), changed)
  const last = issue(service)
  clock.advance(30)
  const next = issue(service)
  t.not(next, last)
  t.equal(Number(decodePart(next, 1).exp), clock() / 1000 + 60)
  clock.set(-10)
  t.not(issue(service), next, 'a clock that was set back keeps none')
  const kept = issue(service)
  app.keys.replace([{ key: await generateKey('ES256'), signsFrom: 0 }])
  t.not(decodePart(issue(service), 0).kid, decodePart(kept, 0).kid, 'nor does a retired key')
})

t.test('only so many assertions are kept, the newest ones', async (t) => {
  const service = await startService(t)
  const first = issue(service)
  const sessions = Array.from({ length: 4096 }, (_, index) => String(index))
  const last = sessions.map((session) => issue(service, { session })).at(-1)
  t.equal(issue(service, { session: '4095' }), last)
  t.not(issue(service), first)
})

t.test('no call takes an assertion for a token', async (t) => {
  for (const POSTERN_ALGORITHM of ['ES256', 'EdDSA']) {
    const service = await startService(t, {
      POSTERN_ALGORITHM,
      POSTERN_OAUTH_CLIENTS: 'api:0123456789abcdef'
    })
    const { app } = service
    const token = await signUp(app)
    const { uid, sub, gen, sid } = decodePart(token, 1)
    const assertion = issue(service, { account: { ...account, uid: String(uid) } })
    const key = app.keys.assertionSigning
    if (key === undefined) throw new Error('no key')
    const header = { alg: 'EdDSA', typ: 'JWT', kid: key.kid }
    const claims = { ...decodePart(token, 1), uid, sub, gen, sid }
    const confusions = {
      'the assertion itself': assertion,
      'one with the header of a token': forge(key, header, decodePart(assertion, 1)),
      'an access token by its key': forge(key, header, claims),
      'an access token by its key, as an assertion': forge(key, { ...header, typ: 'assertion+jwt' }, claims),
      'an access token by its key under the kid of the signing key': forge(
        key,
        { ...header, alg: app.keys.signing.algorithm, kid: app.keys.signing.kid },
        claims
      )
    }
    for (const [what, confused] of Object.entries(confusions)) {
      const check = await send(app, 'GET', '/check', { access_token: confused })
      t.match(check.json(), { error_name: 'InvalidTokenError' }, what)
      t.equal(check.statusCode, 400)
      t.equal((await app.inject({ url: '/check', headers: bearer(confused) })).statusCode, 400, what)
      t.equal((await app.inject({ url: '/forward-auth', headers: bearer(confused) })).statusCode, 401, what)
      const asked = { token: confused, client_id: 'api', client_secret: '0123456789abcdef' }
      for (const token_type_hint of ['access_token', 'refresh_token']) {
        const told = await send(
          app,
          'POST',
          '/oauth/introspect',
          { ...asked, token_type_hint },
          { by: 'form' }
        )
        t.same(told.json(), { active: false }, what)
      }
      const revoked = await send(app, 'POST', '/oauth/revoke', asked, { by: 'form' })
      t.equal(revoked.statusCode, 200, 'RFC 7009 §2.2')
      const renewed = { grant_type: 'refresh_token', refresh_token: confused }
      t.equal((await send(app, 'POST', '/oauth/token', renewed, { by: 'form' })).statusCode, 400, what)
      t.equal((await send(app, 'GET', '/token', { user: confused })).statusCode, 400, what)
    }
    t.equal(
      (await send(app, 'GET', '/check', { access_token: token })).statusCode,
      200,
      'and none has ended a token'
    )
  }
})
