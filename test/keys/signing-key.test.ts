import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes
} from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Algorithm, algorithms } from '../../src/keys/algorithms.js'
import { openGeneratedKeys } from '../../src/keys/key-source.js'
import { isRocaModulus } from '../../src/keys/roca.js'
import { importKey } from '../../src/keys/signing-key.js'
import { createKeyFile } from '../../src/store/file/key-file.js'
import { decodePart, send, signIn, signUp, startService, temporaryFolder } from '../support/helper.js'

const pem = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') =>
  key.export({ type, format: 'pem' }).toString()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const smallRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const cubicRsa = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
const ed448 = generateKeyPairSync('ed448').privateKey

t.test('a given key signs, in each form that a PEM may have', async (t) => {
  for (const [algorithm, given] of [
    ['RS256', pem(rsa)],
    ['RS384', pem(rsa, 'pkcs1')],
    ['PS512', pem(rsa)],
    ['ES256', pem(p256)],
    ['ES256', pem(p256, 'sec1')],
    ['ES384', pem(p384)],
    ['ES512', pem(p521)],
    ['EdDSA', pem(ed25519)],
    ['ES256', pem(p256).replaceAll('\n', '\\n')],
    ['ES256', `\n${pem(p256)}\n`]
  ] as [Algorithm, string][]) {
    const { app } = await startService(t, { POSTERN_ALGORITHM: algorithm, POSTERN_SIGNING_KEY: given })
    const expected = createPublicKey(createPrivateKey(given.replaceAll('\\n', '\n').trim()))
    t.equal((await app.inject('/pubkey')).body, expected.export({ type: 'spki', format: 'pem' }))
    const access_token = await signUp(app)
    t.equal((await send(app, 'GET', '/check', { access_token })).statusCode, 200)
  }
})

t.test(
  'a given secret signs, from the variable or from a file, whose last line break is no part of it',
  async (t) => {
    const secret = randomBytes(32).toString('base64')
    const path = join(temporaryFolder(t), 'secret')
    writeFileSync(path, `${secret}\n`)
    for (const given of [{ POSTERN_SIGNING_KEY: secret }, { POSTERN_SIGNING_KEY_FILE: path }]) {
      const { app } = await startService(t, { POSTERN_ALGORITHM: 'HS256', ...given })
      const [head, body, signature] = (await signUp(app)).split('.')
      t.equal(createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url'), signature)
    }
  }
)

t.test(
  'a key that does not fit, is too small or is damaged stops the start with one line that tells no secret',
  async (t) => {
    const secret = (bytes: number) => 's'.repeat(bytes)
    const damaged = pem(p256).replace(/\n(.{20})/, '\nAAAA$1')
    const mixed = p256.export({ format: 'jwk' })
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
    const contradiction = createPrivateKey({ key: { ...mixed, d: other.d } as JsonWebKey, format: 'jwk' })
    const one = { e: 'AQ', d: 'AQ', dp: 'AQ', dq: 'AQ' }
    const anybodys = createPrivateKey({ key: { ...rsa.export({ format: 'jwk' }), ...one }, format: 'jwk' })
    for (const [algorithm, given, problem] of [
      ['RS256', pem(anybodys), 'it takes an RSA key whose public exponent is at least 65537'],
      ['PS256', pem(cubicRsa), 'it takes an RSA key whose public exponent is at least 65537'],
      ['ES256', pem(rsa), 'it takes an EC private key on the curve P-256'],
      ['ES256', pem(p384), 'it takes an EC private key on the curve P-256'],
      ['ES256', pem(k256), 'it takes an EC private key on the curve P-256'],
      ['ES384', pem(p256), 'it takes an EC private key on the curve P-384'],
      ['ES512', pem(p256), 'it takes an EC private key on the curve P-521'],
      ['RS256', pem(p256), 'it takes an RSA private key'],
      ['RS256', pem(smallRsa), 'it takes an RSA key of at least 2048 bits'],
      ['PS256', pem(smallRsa), 'it takes an RSA key of at least 2048 bits'],
      ['PS256', pem(pss), 'it takes an RSA private key'],
      ['EdDSA', pem(p256), 'it takes an Ed25519 private key'],
      ['EdDSA', pem(ed448), 'it takes an Ed25519 private key'],
      ['ES256', damaged, 'it is damaged, or is not a private key'],
      ['ES256', pem(p256).slice(0, 90), 'it is damaged, or is not a private key'],
      ['ES256', pem(contradiction), 'it is damaged'],
      [
        'ES256',
        createPublicKey(p256).export({ type: 'spki', format: 'pem' }).toString(),
        'it is damaged, or is not a private key'
      ],
      [
        'ES256',
        p256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
        'not encrypted'
      ],
      ['ES256', secret(64), 'it is damaged, or is not a private key'],
      ['HS256', secret(31), 'at least 32 bytes'],
      ['HS384', secret(47), 'at least 48 bytes'],
      ['HS512', secret(63), 'at least 64 bytes'],
      [
        'HS256',
        createPublicKey(rsa).export({ type: 'spki', format: 'pem' }).toString(),
        'not a PEM or JSON document'
      ],
      ['HS256', `  ${pem(p256)}`, 'not a PEM or JSON document'],
      ['HS256', JSON.stringify(createPublicKey(rsa).export({ format: 'jwk' })), 'not a PEM or JSON document']
    ] as [Algorithm, string, string][]) {
      t.throws(() => importKey(given, algorithm, 'POSTERN_SIGNING_KEY'), {
        name: 'StartupError',
        exitCode: 2,
        message: new RegExp(
          `^POSTERN_SIGNING_KEY does not fit POSTERN_ALGORITHM=${algorithm}: .*${problem}[^\n]*$`
        )
      })
    }
  }
)

t.test('a modulus of the form that can be factored is told from any other', (t) => {
  const smallPrimes = 3n * 5n * 7n * 11n * 13n * 17n * 19n * 23n * 29n * 31n
  t.equal(isRocaModulus(65537n ** 128n), true)
  t.equal(isRocaModulus(65537n ** 128n + smallPrimes), false)
  t.equal(isRocaModulus(2n ** 2047n + 9n), false)
  t.end()
})

t.test(
  'both settings for a key at once, and a key file that cannot be read or is no text, stop the start',
  async (t) => {
    const binary = join(temporaryFolder(t), 'binary')
    writeFileSync(binary, Buffer.alloc(32, 0xff))
    for (const [environment, message] of [
      [
        { POSTERN_SIGNING_KEY_FILE: binary, POSTERN_ALGORITHM: 'HS256' },
        'POSTERN_SIGNING_KEY_FILE takes a file of text'
      ],
      [{ POSTERN_SIGNING_KEY: pem(p256), POSTERN_SIGNING_KEY_FILE: 'x' }, 'are both set'],
      [{ POSTERN_SIGNING_KEY_FILE: '/nowhere/key.pem' }, 'POSTERN_SIGNING_KEY_FILE cannot be read (ENOENT)']
    ] as const) {
      await t.rejects(startService(t, environment), { name: 'StartupError', exitCode: 2, message })
    }
  }
)

t.test('a generated key is kept with mode 0600, one for each algorithm, and found again', async (t) => {
  const folder = temporaryFolder(t)
  const tried = algorithms.filter((algorithm) => !/^(RS|PS)(384|512)$/.test(algorithm))
  const made = new Map<Algorithm, string>()
  const secrets = async (algorithm: Algorithm) =>
    (await openGeneratedKeys(createKeyFile(folder), algorithm, 5)).map(({ key }) => key.secret).join()
  for (const algorithm of tried) made.set(algorithm, await secrets(algorithm))
  for (const algorithm of tried) t.equal(await secrets(algorithm), made.get(algorithm))
  t.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600)
  const { keys } = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'))
  t.same(
    keys.map(({ alg }: { alg: string }) => alg),
    tried
  )
  const rsaKey = keys.find(({ alg }: { alg: string }) => alg === 'RS256')
  t.equal(Buffer.from(rsaKey.n, 'base64url').length * 8, 3072)
})

t.test('a restart keeps the key, so that tokens issued before stay good', async (t) => {
  const folder = temporaryFolder(t)
  for (const algorithm of ['ES256', 'HS512'] as const) {
    const environment = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: folder, POSTERN_ALGORITHM: algorithm }
    const { app } = await startService(t, environment)
    const access_token = await signUp(app, algorithm)
    await app.close()
    const { app: again } = await startService(t, environment)
    t.equal((await send(again, 'GET', '/check', { access_token })).statusCode, 200)
    t.equal(decodePart(access_token, 0).kid, again.keys.signing.kid)
    await again.close()
  }
})

t.test(
  'after a change of the algorithm only its tokens are accepted; back again, the old key and its tokens are',
  async (t) => {
    const folder = temporaryFolder(t)
    const startWith = async (algorithm: Algorithm) => {
      const environment = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: folder, POSTERN_ALGORITHM: algorithm }
      const { app } = await startService(t, environment)
      const check = async (access_token: string) =>
        (await send(app, 'GET', '/check', { access_token })).statusCode
      return { app, check, kid: app.keys.signing.kid }
    }
    for (const [one, two] of [
      ['ES256', 'HS256'],
      ['EdDSA', 'ES384']
    ] as const) {
      const before = await startWith(one)
      const old = await signUp(before.app, one)
      await before.app.close()

      const between = await startWith(two)
      t.equal(await between.check(old), 400)
      const young = await signIn(between.app, one)
      t.equal(decodePart(young, 0).alg, two)
      t.equal(await between.check(young), 200)
      await between.app.close()

      const after = await startWith(one)
      t.equal(after.kid, before.kid)
      t.equal(await after.check(old), 200)
      t.equal(await after.check(young), 400)
      await after.app.close()
    }
  }
)

t.test('a damaged key file stops the start and is left as it was', async (t) => {
  const good = { kty: 'oct', k: randomBytes(32).toString('base64url'), alg: 'HS256', kid: 'x' }
  for (const content of [
    '',
    '{',
    'null',
    '{"keys":5}',
    '{"keys":[null]}',
    '{"keys":[{}]}',
    JSON.stringify({ keys: [{ ...good, alg: 'none' }] }),
    JSON.stringify({ keys: [{ ...good, alg: 'toString' }] }),
    JSON.stringify({ keys: [{ ...p256.export({ format: 'jwk' }), alg: 'constructor' }] }),
    JSON.stringify({ keys: [{ ...good, kid: undefined }] }),
    JSON.stringify({ keys: [{ ...good, k: undefined }] }),
    JSON.stringify({ keys: [{ ...good, k: 'c2hvcnQ' }] }),
    JSON.stringify({ keys: [{ ...good, k: Buffer.alloc(32, 0xff).toString('base64url') }] }),
    JSON.stringify({ keys: [{ ...good, use: 'enc' }] }),
    JSON.stringify({ keys: [{ ...good, nbf: 'now' }] }),
    JSON.stringify({ keys: [{ ...good, iat: -1 }] }),
    JSON.stringify({ keys: [good, { ...good, alg: 'HS384', k: randomBytes(48).toString('base64url') }] }),
    JSON.stringify({ keys: [{ ...rsa.export({ format: 'jwk' }), alg: 'ES256' }] }),
    JSON.stringify({ keys: [{ ...p256.export({ format: 'jwk' }), d: undefined, alg: 'ES256' }] })
  ]) {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'keys.json'), content)
    await t.rejects(openGeneratedKeys(createKeyFile(folder), 'HS256', 5), {
      name: 'StartupError',
      exitCode: 3,
      message: /keys\.json is damaged/
    })
    t.equal(readFileSync(join(folder, 'keys.json'), 'utf8'), content)
  }
})
