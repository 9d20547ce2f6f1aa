import { createLocalJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { generateKey } from '../../src/keys/signing-key.js'
import { bearer, decodePart, send, signUp, startService } from '../support/helper.js'

const metadata = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']

t.test('the published keys verify a token, may be kept for a while, and are not sent again', async (t) => {
  const { app, clock } = await startService(t)
  const token = await signUp(app)
  const reply = await app.inject('/.well-known/jwks.json')
  t.equal(reply.statusCode, 200)
  t.match(reply.headers, {
    'content-type': 'application/jwk-set+json',
    'cache-control': 'public, max-age=300',
    etag: /^"[\w-]{43}"$/
  })
  const { payload } = await jwtVerify(token, createLocalJWKSet(reply.json()), {
    currentDate: new Date(clock())
  })
  t.equal(payload.user, 'alice')

  const etag = String(reply.headers.etag)
  for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const again = await app.inject({ url: '/.well-known/jwks.json', headers: { 'if-none-match': tag } })
    t.match(again, { statusCode: 304, body: '', headers: { etag, 'cache-control': 'public, max-age=300' } })
  }
  const changed = await app.inject({ url: '/.well-known/jwks.json', headers: { 'if-none-match': '"x"' } })
  t.equal(changed.statusCode, 200)
})

t.test('a change of the keys changes their entity tag', async (t) => {
  const { app } = await startService(t)
  const before = String((await app.inject('/.well-known/jwks.json')).headers.etag)
  app.keys.replace([{ key: await generateKey('ES256'), signsFrom: 0 }])
  const reply = await app.inject({ url: '/.well-known/jwks.json', headers: { 'if-none-match': before } })
  t.equal(reply.statusCode, 200)
  t.not(reply.headers.etag, before)
})

t.test('with an HMAC algorithm no key is published', async (t) => {
  const { app } = await startService(t, { POSTERN_ALGORITHM: 'HS256' })
  t.same((await app.inject('/.well-known/jwks.json')).json(), { keys: [] })
})

t.test('keys that sign before a verifier has looked again may not be kept', async (t) => {
  const { app } = await startService(t, { POSTERN_KEY_PUBLISH_AHEAD: '0' })
  t.equal((await app.inject('/.well-known/jwks.json')).headers['cache-control'], 'public, max-age=0')
})

t.test('the metadata say what there is, at the address that the service listens on', async (t) => {
  const { app } = await startService(t, { POSTERN_PORT: '4000' })
  for (const url of metadata) {
    const reply = await app.inject({
      url,
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    })
    const base = 'http://127.0.0.1:4000'
    t.same(reply.json(), {
      issuer: base,
      jwks_uri: `${base}/.well-known/jwks.json`,
      token_endpoint: `${base}/oauth/token`,
      token_endpoint_auth_methods_supported: ['none'],
      grant_types_supported: ['password', 'refresh_token'],
      scopes_supported: ['postern:account'],
      userinfo_endpoint: `${base}/user`,
      introspection_endpoint: `${base}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['Bearer'],
      revocation_endpoint: `${base}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: ['none']
    })
    for (const path of ['jwks_uri', 'token_endpoint', 'introspection_endpoint', 'revocation_endpoint']) {
      const { pathname } = new URL(reply.json()[path])
      t.not((await send(app, path === 'jwks_uri' ? 'GET' : 'POST', pathname)).statusCode, 404)
    }
  }
})

t.test('the issuer that is set is the one in the metadata, and where the endpoints are', async (t) => {
  const POSTERN_OAUTH_CLIENTS = 'api:0123456789abcdef'
  const { app } = await startService(t, {
    POSTERN_ISSUER: 'https://id.example.org/auth/',
    POSTERN_OAUTH_CLIENTS
  })
  t.match((await app.inject(metadata[0] as string)).json(), {
    issuer: 'https://id.example.org/auth/',
    token_endpoint: 'https://id.example.org/auth/oauth/token',
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'Bearer']
  })
  const { app: named } = await startService(t, { POSTERN_ISSUER: 'postern', POSTERN_PORT: '4000' })
  t.match((await named.inject(metadata[0] as string)).json(), {
    issuer: 'postern',
    jwks_uri: 'http://127.0.0.1:4000/.well-known/jwks.json'
  })
})

t.test('behind a trusted proxy it is the address that the client has asked, if it can be one', async (t) => {
  const { app } = await startService(t, { POSTERN_TRUST_PROXY: 'loopback', POSTERN_PORT: '4000' })
  const issuerOf = async (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
    (await app.inject({ url: metadata[0] as string, headers, remoteAddress })).json().issuer
  const forwarded = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' }
  t.equal(await issuerOf({ ...forwarded, host: 'id.example.org' }), 'https://id.example.org')
  t.equal(await issuerOf({ ...forwarded, host: '[2001:db8::1]:8443' }), 'https://[2001:db8::1]:8443')
  const own = 'http://127.0.0.1:4000'
  t.equal(await issuerOf({ ...forwarded, host: 'evil.example/"><script>' }), own)
  t.equal(await issuerOf({ ...forwarded, host: 'evil.example' }, '192.0.2.9'), own)
  t.equal(await issuerOf({ host: 'evil.example' }), own, 'what comes from nowhere but here has no proxy')
})

t.test('L9: neither X-Forwarded-Host nor a made-up scheme gets into the metadata', async (t) => {
  const { app } = await startService(t, { POSTERN_TRUST_PROXY: 'loopback', POSTERN_PORT: '4000' })
  const bodyOf = async (headers: Record<string, string>) =>
    (
      await app.inject({
        url: metadata[0] as string,
        headers: { 'x-forwarded-for': '192.0.2.1', ...headers }
      })
    ).body
  t.notMatch(await bodyOf({ host: 'id.example.org', 'x-forwarded-host': 'evil.example' }), 'evil')
  for (const scheme of ['javascript', 'data', 'HTTPS', 'https:', '']) {
    const body = await bodyOf({ host: 'id.example.org', 'x-forwarded-proto': scheme })
    t.match(JSON.parse(body).issuer, /^https?:\/\/(id\.example\.org|127\.0\.0\.1:4000)$/, scheme)
    t.notMatch(body, 'javascript')
  }
})

t.test('C4: a wildcard address is never the issuer, but the host that the client has asked', async (t) => {
  for (const POSTERN_HOST of ['0.0.0.0', '::', '::ffff:0.0.0.0']) {
    const { app } = await startService(t, { POSTERN_HOST, POSTERN_PORT: '4000' })
    const issuerOf = async (host: string) =>
      (await app.inject({ url: metadata[0] as string, headers: { host } })).json().issuer
    t.equal(await issuerOf('id.example.org:8080'), 'http://id.example.org:8080')
    t.equal(await issuerOf('192.0.2.7'), 'http://192.0.2.7')
    t.equal(await issuerOf('[2001:db8::1]:8443'), 'http://[2001:db8::1]:8443')
    for (const host of [
      'evil.example/x',
      'a@b',
      'a b',
      '"><script>',
      'x:99999',
      `${'a'.repeat(300)}.example`
    ])
      t.equal(await issuerOf(host), 'http://localhost:4000', host)
  }
  const { app } = await startService(t, { POSTERN_HOST: '0.0.0.0', POSTERN_ISSUER: 'https://id.example.org' })
  const { issuer } = (await app.inject({ url: metadata[0] as string, headers: { host: 'x' } })).json()
  t.equal(issuer, 'https://id.example.org')
  t.notMatch((await app.inject('/.well-known/jwks.json')).body, '0.0.0.0')
})
t.test(
  'C5: the metadata name the scope and the userinfo endpoint, and leave out what has no elements',
  async (t) => {
    const { app } = await startService(t)
    const token = await signUp(app)
    for (const url of metadata) {
      const { scopes_supported, userinfo_endpoint, ...others } = (await app.inject(url)).json()
      t.same(scopes_supported, ['postern:account'])
      const { pathname } = new URL(userinfo_endpoint)
      const reply = await app.inject({ url: pathname, headers: bearer(token) })
      t.equal(reply.json().sub, decodePart(token, 1).sub)
      t.same(
        Object.values(others).filter((value) => Array.isArray(value) && value.length === 0),
        []
      )
      t.notOk('authorization_endpoint' in others || 'response_types_supported' in others)
    }
  }
)
