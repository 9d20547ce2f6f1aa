import { createPublicKey } from 'node:crypto'
import t from 'tap'
import { algorithms } from '../../src/keys/algorithms.js'
import { assertionKeyOf } from '../../src/keys/assertion-key.js'
import { createKeyRing } from '../../src/keys/key-ring.js'
import { fromPrivateJwk, generateKey, importKey, toPrivateJwk } from '../../src/keys/signing-key.js'
import { createClock, start } from '../support/helper.js'

const now = start / 1000
const tokenTtl = 3600
const kinds = algorithms.filter((name) => !/^(RS|PS)(384|512)$/.test(name))
// RFC 8410 §10.3, whose form a derived key has.
const given =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----'

const kidsOf = (set: string) => JSON.parse(set).keys.map(({ kid }: { kid: string }) => kid)

t.test('the key of assertions is the same in every process that has the signing key', async (t) => {
  for (const algorithm of kinds) {
    const key = await generateKey(algorithm)
    const derived = assertionKeyOf(key)
    t.same(assertionKeyOf(fromPrivateJwk(toPrivateJwk(key))), derived, algorithm)
    t.not(assertionKeyOf(await generateKey(algorithm))?.kid ?? 'none', derived?.kid, algorithm)
  }
})

t.test('a release derives the key of assertions as the one before it', (t) => {
  const derived = assertionKeyOf(importKey(given, 'EdDSA', 'POSTERN_SIGNING_KEY'))
  t.equal(derived?.kid, 'ZysH17QJD50NvQDlTtrBckxjNv_60Vrx5Mk64E5hBbE')
  t.end()
})

t.test(
  'it is Ed25519 under each algorithm, is not the signing key, and is none of an HMAC key',
  async (t) => {
    for (const algorithm of kinds) {
      const key = await generateKey(algorithm)
      const derived = assertionKeyOf(key)
      if (algorithm.startsWith('HS')) {
        t.equal(derived, undefined)
        continue
      }
      t.match(derived, { algorithm: 'EdDSA', typ: 'assertion+jwt' })
      t.equal(createPublicKey(String(derived?.publicKey)).asymmetricKeyType, 'ed25519')
      t.not(derived?.kid, key.kid)
      t.not(derived?.publicKey, key.publicKey)
    }
  }
)

t.test(
  'the set of assertion keys has the public keys of all that sign, will sign or have signed',
  async (t) => {
    const keys = await Promise.all([generateKey('ES256'), generateKey('ES256'), generateKey('ES256')])
    const [old, present, next] = keys.map((key, index) => ({ key, signsFrom: now + 300 * index }))
    const scheduled = [old, present, next].map((key) => key as NonNullable<typeof key>)
    const clock = createClock()
    const ring = createKeyRing(scheduled, tokenTtl, clock)
    const kids = keys.map((key) => assertionKeyOf(key)?.kid)
    t.same(kidsOf(ring.assertionSet), kids)
    t.equal(ring.assertionSigning?.kid, kids[0])
    for (const jwk of JSON.parse(ring.assertionSet).keys) {
      t.same(Object.keys(jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'], 'nothing of a private key')
    }
    clock.advance(300)
    t.equal(ring.assertionSigning?.kid, kids[1], 'it rotates with its signing key')
    ring.replace(scheduled.slice(1))
    t.same(kidsOf(ring.assertionSet), kids.slice(1), 'and is retired with it')
  }
)

t.test('neither set has a key of the other one, and no key of assertions verifies a token', async (t) => {
  for (const algorithm of kinds) {
    const ring = createKeyRing([{ key: await generateKey(algorithm), signsFrom: 0 }], tokenTtl, createClock())
    const [tokens, assertions] = [kidsOf(ring.publicSet), kidsOf(ring.assertionSet)]
    t.equal(assertions.length, algorithm.startsWith('HS') ? 0 : 1, algorithm)
    t.same(
      tokens.filter((kid: string) => assertions.includes(kid)),
      []
    )
    for (const kid of assertions) {
      t.notOk(ring.knows(kid))
      for (const typ of ['assertion+jwt', 'JWT', 'refresh+jwt']) {
        t.throws(() => ring.verificationKey({ alg: 'EdDSA', typ, kid }), { name: 'InvalidTokenError' })
      }
    }
  }
})
