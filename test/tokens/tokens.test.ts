import {
  createHash,
  createPublicKey,
  createSecretKey,
  createSign,
  generateKeyPairSync,
  randomBytes
} from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import * as jose from 'jose'
import t, { type Test } from 'tap'
import { type Algorithm, algorithms } from '../../src/keys/algorithms.js'
import { generateKey } from '../../src/keys/signing-key.js'
import {
  bearer,
  decodePart,
  encode,
  forge,
  forgeBytes,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  start,
  startService
} from '../support/helper.js'

const now = start / 1000

// To generate one of 3072 bits takes up to a second, six times over.
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

async function expectRefusedEverywhere(t: Test, app: FastifyInstance, token: string, label: string) {
  const expected = { check: 400, user: 204, patch: 401, refresh: 400, revoke: 400 }
  const good = await signIn(app)
  const found = {
    check: (await send(app, 'GET', '/check', { access_token: token })).statusCode,
    user: (await send(app, 'GET', '/user', { access_token: token })).statusCode,
    patch: (await send(app, 'PATCH', '/user', { access_token: token, pass: 'taken over' })).statusCode,
    refresh: (await send(app, 'GET', '/token', { user: token })).statusCode,
    revoke: (await send(app, 'DELETE', '/refresh_token', { refresh_token: token }, { headers: bearer(good) }))
      .statusCode
  }
  t.same(found, expected, label)
}

for (const algorithm of algorithms) {
  t.test(`${algorithm}: the whole round, and an independent verifier agrees`, async (t) => {
    const given = /^[RP]S/.test(algorithm) ? { POSTERN_SIGNING_KEY: rsaKey } : {}
    const { app } = await startService(t, { POSTERN_ALGORITHM: algorithm, ...given })
    const token = await signUp(app)
    t.equal((await send(app, 'GET', '/check', { access_token: token })).statusCode, 200)
    t.equal(decodePart(token, 0).alg, algorithm)
    const refreshing = await refreshToken(app, token)
    t.ok(await refresh(app, refreshing))

    const pubkey = await app.inject('/pubkey')
    const key = algorithm.startsWith('HS')
      ? createSecretKey(Buffer.from(app.keys.signing.secret))
      : createPublicKey(pubkey.body)
    const verified = await jose.jwtVerify(token, key, {
      algorithms: [algorithm],
      currentDate: new Date(start)
    })
    t.same(verified.payload, decodePart(token, 1))
    if (!algorithm.startsWith('HS')) {
      t.equal(decodePart(token, 0).kid, await jose.calculateJwkThumbprint(await jose.exportJWK(key)))
    }

    t.ok(
      (
        await send(app, 'GET', '/check', {
          access_token: forge(app.keys.signing, decodePart(token, 0), decodePart(token, 1))
        })
      ).statusCode === 200
    )
    for (const [label, hostile] of Object.entries(hostileTokens(app, token))) {
      await expectRefusedEverywhere(t, app, hostile, `${algorithm}: ${label}`)
    }
    t.ok(await signIn(app, 'alice', 'wonderland'), 'nothing was changed')
  })
}

/** Tokens that nobody but an attacker, or a broken client, would send. */
function hostileTokens(app: FastifyInstance, token: string): Record<string, string> {
  const { signing } = app.keys
  const [head = '', body = '', signature = ''] = token.split('.')
  const header = decodePart(token, 0)
  const payload = decodePart(token, 1)
  const pem = signing.publicKey ?? ''
  const bytes = Buffer.from(signature, 'base64url')
  const withHeader = (changes: object) => forge(signing, { ...header, ...changes }, payload)
  const hmac = (secret: string, alg: Algorithm = 'HS256') =>
    forge({ algorithm: alg, secret }, { ...header, alg }, payload)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const otherPem = other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

  return {
    ...Object.fromEntries(
      ['none', 'None', 'NONE', 'nOnE'].flatMap((alg) => [
        [`alg ${alg} without signature`, `${encode({ ...header, alg })}.${body}.`],
        [`alg ${alg} with signature`, `${encode({ ...header, alg })}.${body}.${signature}`]
      ])
    ),
    'HMAC keyed with the public PEM': hmac(pem || 'x'),
    'HMAC keyed with the trimmed public PEM': hmac(pem.trim() || 'x'),
    'HMAC keyed with a space before the public PEM': hmac(` ${pem}`),
    'HMAC keyed with the DER': hmac(
      pem ? createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('latin1') : 'x'
    ),
    'HMAC keyed with the JWK': hmac(
      pem ? JSON.stringify(createPublicKey(pem).export({ format: 'jwk' })) : 'x'
    ),
    'HMAC keyed with nothing': hmac(''),
    'HMAC keyed with "secret"': hmac('secret', 'HS512'),
    'alg missing': `${encode({ typ: 'JWT', kid: header.kid })}.${body}.${signature}`,
    'alg a number': withHeader({ alg: 5 }),
    'alg an array': withHeader({ alg: [header.alg] }),
    'alg null': withHeader({ alg: null }),
    'alg in lower case': withHeader({
      alg: String(header.alg).toLowerCase() === header.alg ? 'x' : String(header.alg).toLowerCase()
    }),
    'alg of another family': withHeader({ alg: header.alg === 'PS256' ? 'RS256' : 'PS256' }),
    'kid missing': forge(signing, { alg: header.alg, typ: 'JWT' }, payload),
    'kid a path': withHeader({ kid: '../../../../dev/null' }),
    'kid SQL': withHeader({ kid: "' OR 1=1 --" }),
    'kid __proto__': withHeader({ kid: '__proto__' }),
    'kid a number': withHeader({ kid: 0 }),
    'kid of 3 kB': withHeader({ kid: 'k'.repeat(3_000) }),
    'kid of 10 kB': withHeader({ kid: 'k'.repeat(10_000) }),
    'typ missing': forge(signing, { alg: header.alg, kid: header.kid }, payload),
    'typ at+jwt': withHeader({ typ: 'at+jwt' }),
    'crit empty': withHeader({ crit: [] }),
    'crit null': withHeader({ crit: null }),
    'crit empty text': withHeader({ crit: '' }),
    'crit zero': withHeader({ crit: 0 }),
    'crit b64': withHeader({ crit: ['b64'], b64: false }),
    'b64 false': withHeader({ b64: false }),
    'jwk of an attacker': forge(
      { algorithm: 'ES256', secret: otherPem },
      { ...header, alg: 'ES256', jwk: other.publicKey.export({ format: 'jwk' }) },
      payload
    ),
    'jwk beside a good signature': withHeader({ jwk: {} }),
    jku: withHeader({ jku: 'http://127.0.0.1:1/keys' }),
    x5u: withHeader({ x5u: 'http://127.0.0.1:1/cert' }),
    x5c: withHeader({ x5c: ['MIIB'] }),
    'zip DEF': withHeader({ zip: 'DEF' }),
    'signed by another key': forge(
      { algorithm: 'ES256', secret: otherPem },
      { ...header, alg: 'ES256' },
      payload
    ),
    'no signature': `${head}.${body}.`,
    'signature of 1 byte': `${head}.${body}.AA`,
    'signature one byte short': `${head}.${body}.${bytes.subarray(0, -1).toString('base64url')}`,
    'signature one byte long': `${head}.${body}.${Buffer.concat([bytes, Buffer.from([0])]).toString('base64url')}`,
    'signature of zeros': `${head}.${body}.${Buffer.alloc(bytes.length).toString('base64url')}`,
    'signature of ones': `${head}.${body}.${Buffer.alloc(bytes.length, 255).toString('base64url')}`,
    'signature with a bit turned': `${head}.${body}.${flipBit(bytes).toString('base64url')}`,
    'signature of 6 kB': `${head}.${body}.${Buffer.alloc(6000).toString('base64url')}`,
    'signature of 12 kB': `${head}.${body}.${'A'.repeat(16_000)}`,
    padding: `${head}.${body}.${signature}=`,
    'a space inside': `${head}.${body} .${signature}`,
    'a newline at the end': `${token}\n`,
    'a plus sign': `${head}.${body}.+${signature.slice(1)}`,
    'a slash': `${head}.${body}./${signature.slice(1)}`,
    '1 segment': head,
    '2 segments': `${head}.${body}`,
    '4 segments': `${token}.${signature}`,
    '5 segments': `${token}.${signature}.${signature}`,
    'only dots': '..',
    'the JSON serialisation': JSON.stringify({ payload: body, protected: head, signature }),
    'payload changed': `${head}.${encode({ ...payload, user: 'root' })}.${signature}`,
    'payload an array': forge(signing, header, [payload]),
    'payload null': forge(signing, header, 'null'),
    'payload a string': forge(signing, header, '"x"'),
    'payload no JSON': forge(signing, header, '{'),
    'payload nested 2,700 deep': forge(signing, header, `${'['.repeat(2700)}${']'.repeat(2700)}`),
    'payload nested 5,000 deep': forge(signing, header, `${'['.repeat(5000)}${']'.repeat(5000)}`),
    'a claim nested 1,300 deep': forge(
      signing,
      header,
      `{"exp":${'['.repeat(1300)}${']'.repeat(1300)},${JSON.stringify(payload).slice(1)}`.replace(
        /,"exp":\d+/,
        ''
      )
    ),
    'invalid UTF-8 in a claim': forgeBytes(signing, encode(header), invalidUtf8(payload)),
    'invalid UTF-8 in the header, signed': forgeBytes(signing, invalidUtf8({ ...header, x: 'alice' }), body),
    'header an array': forge(signing, [], payload),
    'header null': forge(signing, 'null', payload),
    'header no JSON': forge(signing, '{', payload),
    'invalid UTF-8 in the header': `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${body}.${signature}`
  }
}

function invalidUtf8(value: object): string {
  return Buffer.from(JSON.stringify(value).replace('alice', 'al\xffce'), 'latin1').toString('base64url')
}

function flipBit(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes)
  flipped[0] = (flipped[0] ?? 0) ^ 1
  return flipped
}

t.test(
  'claims that are missing, malformed or out of time are refused although the signature holds',
  async (t) => {
    const { app } = await startService(t)
    const token = await signUp(app)
    const header = decodePart(token, 0)
    const access = decodePart(token, 1)
    const refreshing = decodePart(await refreshToken(app, token), 1)
    const changes: object[] = [
      { exp: undefined },
      { exp: now },
      { exp: now - 1 },
      { exp: String(now + 60) },
      { exp: null },
      { exp: [now + 60] },
      { exp: -1 },
      { exp: now + 60.5 },
      { nbf: undefined },
      { nbf: now + 1 },
      { nbf: 'x' },
      { iat: undefined },
      { iat: now + 31 },
      { iat: null },
      { jti: undefined },
      { jti: 5 },
      { jti: '' },
      { uid: undefined },
      { uid: 'f'.repeat(32), sub: 'f'.repeat(32) },
      { uid: '__proto__', sub: '__proto__' },
      { sub: undefined },
      { sub: 'f'.repeat(32) },
      { user: undefined },
      { user: null },
      { gen: undefined },
      { gen: 1 },
      { gen: '0' },
      { gen: -1 },
      { token_type: undefined },
      { token_type: 'x' },
      { token_type: ['access_token', 'refresh_token'] }
    ]
    for (const change of changes) {
      for (const payload of [access, refreshing]) {
        const hostile = forge(app.keys.signing, header, { ...payload, ...change })
        await expectRefusedEverywhere(t, app, hostile, JSON.stringify(change))
      }
    }
    for (const method of [undefined, 'x', null, ['password'], 'toString']) {
      const hostile = forge(app.keys.signing, header, { ...access, authentication_method: method })
      t.equal((await send(app, 'GET', '/check', { access_token: hostile })).statusCode, 400)
    }
    const infinite = forge(
      app.keys.signing,
      header,
      JSON.stringify(access).replace(/"exp":\d+/, '"exp":1e400')
    )
    await expectRefusedEverywhere(t, app, infinite, 'exp 1e400')
    const inherited = forge(app.keys.signing, header, `{"__proto__":${JSON.stringify(access)}}`)
    await expectRefusedEverywhere(t, app, inherited, 'claims under __proto__')
    const skewed = forge(app.keys.signing, header, { ...access, iat: now + 30 })
    t.equal((await send(app, 'GET', '/check', { access_token: skewed })).statusCode, 200)
  }
)

t.test('a token is good until the second before it expires, and not before its time', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_ACCESS_TOKEN_TTL: '10' })
  const token = await signUp(app)
  const check = async () => (await send(app, 'GET', '/check', { access_token: token })).statusCode
  clock.advance(9.999)
  t.equal(await check(), 200)
  clock.advance(0.001)
  t.equal(await check(), 400)
  clock.advance(-10.001)
  t.equal(await check(), 400)
})

t.test('a token is at most 8192 characters long, be it good otherwise', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const status = async (length: number) => {
    const padded = (padding: number) =>
      forge(app.keys.signing, decodePart(token, 0), { ...decodePart(token, 1), padding: 'x'.repeat(padding) })
    // Three bytes of payload are four characters of token.
    const access_token = padded(Math.floor(((length - padded(0).length) * 3) / 4))
    t.ok(Math.abs(access_token.length - length) <= 4)
    return (await send(app, 'GET', '/check', { access_token })).statusCode
  }
  t.equal(await status(8188), 200)
  t.equal(await status(8197), 400)
})

t.test('no two tokens have the same jti, and no two accounts the same uid', async (t) => {
  const { app } = await startService(t)
  const tokens = [await signUp(app), await signIn(app), await signUp(app, 'bob', 'builder')]
  tokens.push(await refreshToken(app, tokens[0] as string))
  const claims = tokens.map((token) => decodePart(token, 1))
  t.equal(new Set(claims.map(({ jti }) => jti)).size, 4)
  t.equal(new Set(claims.map(({ uid }) => uid)).size, 2)
})

t.test('the lifetimes of access and refresh tokens are set apart', async (t) => {
  const { app, clock } = await startService(t, {
    POSTERN_ACCESS_TOKEN_TTL: '60',
    POSTERN_REFRESH_TOKEN_TTL: '120'
  })
  const access = await signUp(app)
  const refreshing = await refreshToken(app, access)
  t.equal(decodePart(access, 1).exp, now + 60)
  t.equal(decodePart(refreshing, 1).exp, now + 120)
  clock.advance(119)
  t.equal(decodePart(await refresh(app, refreshing), 1).exp, now + 179)
  clock.advance(1)
  t.equal((await send(app, 'GET', '/token', { user: refreshing })).statusCode, 400)
})

t.test('issuer and audience are in every token when configured, and then required', async (t) => {
  const { app } = await startService(t, { POSTERN_ISSUER: 'https://id.example', POSTERN_AUDIENCE: 'api' })
  const token = await signUp(app)
  const header = decodePart(token, 0)
  const access = decodePart(token, 1)
  const refreshing = await refreshToken(app, token)
  const refreshHeader = decodePart(refreshing, 0)
  const refreshClaims = decodePart(refreshing, 1)
  t.match(access, { iss: 'https://id.example', aud: 'api' })
  t.match(refreshClaims, { iss: 'https://id.example', aud: 'urn:postern:refresh' })
  t.match((await send(app, 'GET', '/check', { access_token: token })).json(), {
    iss: 'https://id.example',
    aud: 'api'
  })
  for (const change of [
    { iss: undefined },
    { iss: 'https://evil.example' },
    { aud: undefined },
    { aud: 'other' },
    { aud: ['other'] }
  ]) {
    const foreign = forge(app.keys.signing, header, { ...access, ...change })
    await expectRefusedEverywhere(t, app, foreign, JSON.stringify(change))
    const user = forge(app.keys.refreshSigning, refreshHeader, { ...refreshClaims, ...change })
    await expectRefusedEverywhere(t, app, user, JSON.stringify(change))
    t.match((await send(app, 'GET', '/token', { user })).json(), { error_name: 'InvalidTokenError' })
  }
})

t.test('an access token that was good before is refused once it is revoked, and no other one', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const other = await signIn(app)
  const check = async (access_token: string) => send(app, 'GET', '/check', { access_token })
  t.equal((await check(token)).statusCode, 200)
  const { jti, exp } = decodePart(token, 1) as { jti: string; exp: number }
  await app.store.revokeToken({ jti, exp })
  await expectRefusedEverywhere(t, app, token, 'revoked')
  t.equal((await check(other)).statusCode, 200)
})

t.test('a revoked token stays revoked in every spelling', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const refreshing = await refreshToken(app, token)
  await send(app, 'DELETE', '/refresh_token', { refresh_token: refreshing }, { headers: bearer(token) })
  for (const user of spellingsOf(refreshing)) {
    t.equal((await send(app, 'GET', '/token', { user })).statusCode, 400)
  }
  await send(app, 'POST', '/oauth/revoke', { token }, { by: 'form' })
  const [head, body, signature = ''] = token.split('.')
  for (const access_token of [...spellingsOf(token), `${head}.${body}.${ecdsaTwin(signature)}`]) {
    t.equal((await send(app, 'GET', '/check', { access_token })).statusCode, 400)
  }
})

/** The token with every last character that there may be. */
function spellingsOf(token: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return [...alphabet].map((last) => token.slice(0, -1) + last)
}

// For every ECDSA signature (r, s) there is another one that holds: (r, n − s).
function ecdsaTwin(signature: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytes = Buffer.from(signature, 'base64url')
  const twin = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  return Buffer.concat([
    bytes.subarray(0, 32),
    Buffer.from(twin.toString(16).padStart(64, '0'), 'hex')
  ]).toString('base64url')
}

t.test('ES256: a DER signature and the values at the edge of the curve are refused', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const [head, body] = token.split('.')
  const input = `${head}.${body}`
  const der = createSign('sha256').update(input).sign(app.keys.signing.secret)
  await expectRefusedEverywhere(t, app, `${input}.${der.toString('base64url')}`, 'DER')
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
  const edges = ['0'.repeat(64), '1'.padStart(64, '0'), order, `${order.slice(0, -1)}0`]
  for (const r of edges) {
    for (const s of edges) {
      await expectRefusedEverywhere(
        t,
        app,
        `${input}.${Buffer.from(r + s, 'hex').toString('base64url')}`,
        `r ${r}, s ${s}`
      )
    }
  }
})

t.test('a token of another instance is refused, even of a user of the same name', async (t) => {
  const { app } = await startService(t)
  const { app: other } = await startService(t)
  await signUp(app)
  await expectRefusedEverywhere(t, app, await signUp(other), 'another key')
})

t.test('under one given key, a token of another account of the same name is refused', async (t) => {
  const environment = { POSTERN_ALGORITHM: 'HS256', POSTERN_SIGNING_KEY: randomBytes(32).toString('hex') }
  const { app } = await startService(t, environment)
  const { app: other } = await startService(t, environment)
  await signUp(app)
  const token = await signUp(other)
  t.equal(
    decodePart(token, 0).kid,
    decodePart(await signIn(app), 0).kid,
    'the id of a given key is the same everywhere'
  )
  await expectRefusedEverywhere(t, app, token, 'another uid')
})

t.test('the id of an HMAC key is no digest of it', async (t) => {
  const secret = 'a secret of thirty-two bytes, or more'
  const { app } = await startService(t, { POSTERN_ALGORITHM: 'HS256', POSTERN_SIGNING_KEY: secret })
  const { kid } = app.keys.signing
  const k = encode(secret)
  for (const text of [secret, k, JSON.stringify({ k, kty: 'oct' })]) {
    const digest = createHash('sha256').update(text).digest()
    t.notMatch(digest.toString('hex'), kid)
    t.not(digest.toString('base64url'), kid)
  }
  const [one, two] = [await generateKey('HS256'), await generateKey('HS256')]
  t.not(one.kid, two.kid)
})

t.test('a key that a token points to is not fetched', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}/key`
  const { app } = await startService(t)
  const token = await signUp(app)
  for (const header of [{ jku: address }, { x5u: address }, { iss: address }, { kid: address }]) {
    const hostile = forge(app.keys.signing, { ...decodePart(token, 0), ...header }, decodePart(token, 1))
    await expectRefusedEverywhere(t, app, hostile, JSON.stringify(header))
  }
  t.equal(connections, 0)
})
