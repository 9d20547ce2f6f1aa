import { createPublicKey } from 'node:crypto'
import t from 'tap'
import { type Algorithm, algorithms } from '../../src/keys/algorithms.js'
import { createKeyRing, type ScheduledKey } from '../../src/keys/key-ring.js'
import { dropExpiredKeys, retireKey, rotateKeys } from '../../src/keys/key-rotation.js'
import { generateKey } from '../../src/keys/signing-key.js'
import { createClock, start } from '../support/helper.js'

const now = start / 1000
const tokenTtl = 1000

async function schedule(signsFrom: number, algorithm: Algorithm = 'ES256'): Promise<ScheduledKey> {
  return { key: await generateKey(algorithm), signsFrom }
}

const header = ({ key }: ScheduledKey) => ({ alg: key.algorithm, kid: key.kid, typ: 'JWT' })

t.test(
  'R14: a key is published at once, signs from its time on, and verifies until its last token expires',
  async (t) => {
    const clock = createClock()
    const [old, next] = [await schedule(0), await schedule(now + 300)]
    const keys = createKeyRing([next, old], tokenTtl, clock)
    const state = () => ({
      signing: keys.signing.kid,
      published: JSON.parse(keys.publicSet).keys.map(({ kid }: { kid: string }) => kid)
    })
    const both = [old.key.kid, next.key.kid]
    t.same(state(), { signing: old.key.kid, published: both })
    t.equal(keys.verificationKey(header(next)).kid, next.key.kid)
    const { publicSet } = keys

    clock.advance(299)
    t.equal(state().signing, old.key.kid)
    clock.advance(1)
    t.same(state(), { signing: next.key.kid, published: both })
    t.equal(keys.publicKey(), next.key.publicKey)
    // A process that takes the next key up late may sign by the old one for two seconds more.
    clock.advance(tokenTtl + 1)
    t.equal(keys.verificationKey(header(old)).kid, old.key.kid)
    t.equal(keys.publicSet, publicSet, 'what is published is the same all the time')

    clock.advance(1)
    t.same(state(), { signing: next.key.kid, published: [next.key.kid] })
    t.not(keys.publicSet, publicSet)
    t.throws(() => keys.verificationKey(header(old)), { name: 'InvalidTokenError' })
  }
)

t.test('when the clock goes back the key of that time signs again', async (t) => {
  const clock = createClock()
  const [old, next] = [await schedule(now - 10), await schedule(now + 300)]
  const keys = createKeyRing([old, next], tokenTtl, clock)
  clock.advance(300)
  t.equal(keys.signing.kid, next.key.kid)
  clock.advance(-300)
  t.equal(keys.signing.kid, old.key.kid)
  clock.advance(-100)
  t.equal(keys.signing.kid, old.key.kid, 'before the first one there is none but that')
})

t.test('a ring that is given other keys tells so', async (t) => {
  const [old, next] = [await schedule(0), await schedule(0)]
  const keys = createKeyRing([old], tokenTtl, createClock())
  let told = 0
  keys.subscribe(() => {
    told += 1
  })
  keys.replace([next])
  t.equal(told, 1)
  t.equal(keys.signing.kid, next.key.kid)
  t.throws(() => keys.verificationKey(header(old)), { name: 'InvalidTokenError' })
})

t.test('the published set holds public members only, and of an HMAC key nothing', async (t) => {
  for (const algorithm of algorithms.filter((name) => !/^(RS|PS)(384|512)$/.test(name))) {
    const scheduled = await schedule(0, algorithm)
    const keys = createKeyRing([scheduled], tokenTtl, createClock())
    const [jwk, ...others] = JSON.parse(keys.publicSet).keys
    t.same(others, [])
    if (algorithm.startsWith('HS')) {
      t.equal(jwk, undefined)
      t.throws(() => keys.publicKey(), { name: 'NoPublicKeyError' })
      continue
    }
    t.match(jwk, { kid: scheduled.key.kid, alg: algorithm, use: 'sig' })
    const members = Object.keys(jwk).sort().join()
    t.ok(
      ['alg,e,kid,kty,n,use', 'alg,crv,kid,kty,use,x', 'alg,crv,kid,kty,use,x,y'].includes(members),
      members
    )
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    t.equal(pem, scheduled.key.publicKey)
  }
})

t.test('a rotation adds a key that signs later, and none while one is on its way', async (t) => {
  const keys = [await schedule(0)]
  const options = { algorithm: 'ES256', now, publishAhead: 300 } as const
  const rotated = await rotateKeys(keys, options)
  t.match(rotated, [{ signsFrom: 0 }, { signsFrom: now + 300, madeAt: now }])
  await t.rejects(rotateKeys(rotated, options), { name: 'SigningKeyRefusedError' })
  t.equal((await rotateKeys(rotated, { ...options, now: now + 300 })).length, 3)
  t.equal((await rotateKeys(rotated, { ...options, algorithm: 'EdDSA' })).length, 3, 'of another algorithm')
})

t.test('a retired key is gone, and the next one signs at once if no other does', async (t) => {
  const [old, next] = [await schedule(0), await schedule(now + 300)]
  const options = { algorithm: 'ES256', now } as const
  t.same(retireKey([old, next], old.key.kid, options), [{ ...next, signsFrom: now }])
  t.same(retireKey([old, next], next.key.kid, options), [old])
  t.throws(() => retireKey([old], old.key.kid, options), {
    name: 'SigningKeyRefusedError',
    message: /the only key/
  })
  t.throws(() => retireKey([old], 'x', options), { name: 'SigningKeyDoesNotExistError' })
  const other = await schedule(0, 'EdDSA')
  t.throws(() => retireKey([old, other], old.key.kid, options), { message: /the only key/ })
})

t.test(
  'of the keys those are dropped whose last token has expired, but none of another algorithm',
  async (t) => {
    const keys = [
      await schedule(0),
      await schedule(now, 'EdDSA'),
      await schedule(now),
      await schedule(0, 'EdDSA')
    ]
    const at = (seconds: number) => ({ algorithm: 'ES256', now: seconds, tokenTtl }) as const
    t.equal(dropExpiredKeys(keys, at(now + tokenTtl + 1)), keys)
    t.same(dropExpiredKeys(keys, at(now + tokenTtl + 2)), keys.slice(1))
  }
)
