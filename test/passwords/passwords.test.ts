import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import argon2 from 'argon2'
import bcrypt from 'bcrypt'
import t, { type Test } from 'tap'
import { createNetworks } from '../../src/networks.js'
import { createPasswords, isBelowOwaspFloors } from '../../src/passwords/passwords.js'
import type { User } from '../../src/store/store.js'
import { bearer, normalisedLengths, send, signIn, signUp, startService } from '../support/helper.js'

const passwords = createPasswords({
  memoryKib: 8,
  iterations: 1,
  minLength: 1,
  concurrency: { maxRunning: 2, maxQueued: 32, maxWait: 2000 },
  networks: createNetworks()
})

t.test('with the default settings a password is hashed as OWASP recommends', async (t) => {
  const { app } = await startService(t, { POSTERN_HASH_MEMORY_KIB: '', POSTERN_HASH_ITERATIONS: '' })
  await signUp(app)
  t.match(
    (await app.store.findUserByName('alice'))?.hash,
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/
  )
})

t.test('passwords are told apart by every byte, and equal under NFC', async (t) => {
  for (const [set, other] of [
    [`${'x'.repeat(72)}a`, `${'x'.repeat(72)}b`],
    ['a\u0000b', 'a\u0000c'],
    ['a\u0000b', 'a'],
    ['secret', 'secret '],
    ['secret', ' secret'],
    ['secret', 'Secret'],
    ['y'.repeat(1024), 'y'.repeat(1023)]
  ] as const) {
    const hash = await passwords.hash(set)
    t.equal(await passwords.verify(hash, set), true)
    t.equal(await passwords.verify(hash, other), false)
  }
  t.equal(await passwords.verify(await passwords.hash('caf\u00e9'), 'cafe\u0301'), true)
})

t.test('a password is 1 to 1024 characters long, and refused before any hashing if it is not', async (t) => {
  const { app } = await startService(t)
  const headers = bearer(await signUp(app))
  for (const pass of ['', 'x'.repeat(1025), '😀'.repeat(1025)]) {
    for (const [method, url] of [
      ['POST', '/user'],
      ['PATCH', '/user'],
      ['GET', '/token']
    ] as const) {
      if (url === '/token' && pass === '') continue
      const response = await send(app, method, url, { user: 'alice', pass }, { headers })
      t.equal(response.statusCode, 400)
      t.match(response.json(), { error_name: 'InvalidArgumentError', message: /^pass: / })
    }
  }
  for (const pass of ['x'.repeat(1024), '😀'.repeat(1024), 'e\u0301'.repeat(1024), ' ', '\u0000']) {
    const user = randomBytes(4).toString('hex')
    await signUp(app, user, pass)
  }
})

t.test('H1: a password of over four times the limit is refused before it is normalised', async (t) => {
  const lengths = normalisedLengths(t)
  const marks = `a${'\u0315'.repeat(16_000)}${'\u0316'.repeat(16_000)}`
  const refusal = { name: 'InvalidArgumentError', message: 'pass: must be 1 to 1024 characters long.' }
  await t.rejects(passwords.hash(marks), refusal)
  await t.rejects(passwords.verify(undefined, marks), refusal)
  t.throws(() => passwords.requireAcceptable(marks), refusal)
  t.same(lengths, [])
})

t.test('an unknown user costs a real verification with the same parameters', async (t) => {
  const { app } = await startService(t, { POSTERN_HASH_MEMORY_KIB: '64', POSTERN_HASH_ITERATIONS: '3' })
  await signUp(app)
  const seen: string[] = []
  const original = argon2.verify
  t.teardown(() => {
    argon2.verify = original
  })
  argon2.verify = (digest, password, options) => {
    seen.push(digest)
    return original(digest, password, options)
  }
  await send(app, 'GET', '/token', { user: 'nobody', pass: 'x' })
  await send(app, 'GET', '/token', { user: 'alice', pass: 'x' })
  const [decoy = '', real = ''] = seen
  t.equal(seen.length, 2)
  t.equal(decoy.split('$').slice(0, 4).join('$'), '$argon2id$v=19$m=64,t=3,p=1')
  t.equal(decoy.split('$').slice(0, 4).join('$'), real.split('$').slice(0, 4).join('$'))
  t.same(
    decoy.split('$').map((part) => part.length),
    real.split('$').map((part) => part.length)
  )
})

/** How often argon2 verifies from now on. */
function countVerifications(t: Test) {
  const original = argon2.verify
  t.teardown(() => {
    argon2.verify = original
  })
  const counted = { verifications: 0 }
  argon2.verify = (digest, password, options) => {
    counted.verifications += 1
    return original(digest, password, options)
  }
  return counted
}

t.test('M8: an imported bcrypt hash is verified beside the event loop', async (t) => {
  const hash = await bcrypt.hash('wonderland', 11)
  const before = performance.eventLoopUtilization()
  t.equal(await passwords.verify(hash, 'wonderland'), true)
  const { utilization } = performance.eventLoopUtilization(before)
  t.ok(utilization < 0.5, `the loop was busy for ${utilization} of the time`)
})

t.test('M8: bcrypt hashes of other programs are taken under all their names', async (t) => {
  const hash = await bcrypt.hash('wonderland', 4)
  for (const name of ['$2a$', '$2b$', '$2y$']) {
    t.equal(await passwords.verify(hash.replace('$2b$', name), 'wonderland'), true, name)
    t.equal(await passwords.verify(hash.replace('$2b$', name), 'Wonderland'), false, name)
  }
})

t.test(
  'L5: a password of over 72 bytes is refused against a bcrypt hash, at the cost of an unknown name',
  async (t) => {
    const counted = countVerifications(t)
    for (const character of ['x', 'é', '😀']) {
      const longest = character.repeat(72 / Buffer.byteLength(character))
      const hash = await bcrypt.hash(longest, 4)
      counted.verifications = 0
      t.equal(await passwords.verify(hash, longest), true)
      t.equal(counted.verifications, 0)
      t.equal(await passwords.verify(hash, `${longest}x`), false)
      t.equal(counted.verifications, 1)
    }
  }
)

t.test('C10: a password that another program hashed as it was sent, not in NFC, is the one', async (t) => {
  const [sent, normalised] = ['cafe\u0301', 'caf\u00e9']
  for (const hash of [
    await bcrypt.hash(sent, 4),
    await argon2.hash(sent, { memoryCost: 16, timeCost: 1, parallelism: 1 })
  ]) {
    t.equal(await passwords.verify(hash, sent), true)
    t.equal(await passwords.verify(hash, normalised), false)
    t.equal(await passwords.verify(hash, 'cafe'), false)
  }
})

t.test('C10: once its user has logged in, the password is taken in either form', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const user = (await app.store.findUserByName('alice')) as User
  await app.store.replaceUser(user, { ...user, hash: await bcrypt.hash('cafe\u0301', 4) })
  t.ok(await signIn(app, 'alice', 'cafe\u0301'))
  t.ok(await signIn(app, 'alice', 'caf\u00e9'))
})

t.test('C10: a password that is not in NFC costs the same for a known and an unknown name', async (t) => {
  const hash = await passwords.hash('wonderland')
  const counted = countVerifications(t)
  for (const [password, cost] of [
    ['caf\u00e9', 1],
    ['cafe\u0301', 2]
  ] as const) {
    for (const known of [hash, undefined]) {
      counted.verifications = 0
      t.equal(await passwords.verify(known, password), false)
      t.equal(counted.verifications, cost)
    }
  }
})

t.test('a hash with other parameters is renewed at the next login, and only then', async (t) => {
  const { app } = await startService(t, { POSTERN_PASSWORD_MIN_LENGTH: '8' })
  await signUp(app, 'alice', 'wonderland')
  const replace = async (hash: string) => {
    const user = (await app.store.findUserByName('alice')) as User
    await app.store.replaceUser(user, { ...user, hash })
  }
  const hashNow = async () => (await app.store.findUserByName('alice'))?.hash ?? ''
  for (const options of [
    { memoryCost: 16, timeCost: 1, parallelism: 1 },
    { memoryCost: 8, timeCost: 2, parallelism: 1 },
    { memoryCost: 16, timeCost: 1, parallelism: 2 },
    { memoryCost: 8, timeCost: 1, parallelism: 1, type: argon2.argon2i }
  ]) {
    const old = await argon2.hash('short', options)
    await replace(old)
    await send(app, 'GET', '/token', { user: 'alice', pass: 'wrong' })
    t.equal(await hashNow(), old, 'not at a failed login')
    t.ok(await signIn(app, 'alice', 'short'), 'though today it would be too short')
    const renewed = await hashNow()
    t.match(renewed, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
    t.ok(await signIn(app, 'alice', 'short'))
    t.equal(await hashNow(), renewed)
  }
})

t.test('a login succeeds although its hash cannot be renewed', async (t) => {
  const { app, log } = await startService(t)
  await signUp(app)
  const user = (await app.store.findUserByName('alice')) as User
  const old = await argon2.hash('wonderland', { memoryCost: 16, timeCost: 1, parallelism: 1 })
  await app.store.replaceUser(user, { ...user, hash: old })
  app.store.replaceUser = async () => {
    throw new Error('no space left')
  }
  t.ok(await signIn(app))
  t.match(log.join(''), 'could not be renewed')
})

t.test('with a full queue a login is told 503 and when to come back', async (t) => {
  const { app, log } = await startService(t, { POSTERN_HASH_MEMORY_KIB: '8192', UV_THREADPOOL_SIZE: '1' })
  const responses = await Promise.all(
    Array.from({ length: 60 }, () => send(app, 'GET', '/token', { user: 'nobody', pass: 'x' }))
  )
  const busy = responses.filter(({ statusCode }) => statusCode === 503)
  t.equal(busy.length, 60 - 1 - 32)
  for (const response of busy) {
    t.equal(response.headers['retry-after'], '1')
    t.match(response.json(), { error_name: 'ServerBusyError' })
  }
  t.ok(responses.every(({ statusCode }) => statusCode === 404 || statusCode === 503))
  t.notMatch(log.join(''), /"level":50/, 'a refusal is no error of ours')
})

t.test('weak hash settings are told from those that OWASP recommends', (t) => {
  for (const [memory, iterations, isBelow] of [
    [47104, 1, false],
    [47103, 1, true],
    [19456, 2, false],
    [19455, 2, true],
    [12288, 3, false],
    [12287, 20, true],
    [8, 1, true],
    [65536, 5, false]
  ] as const) {
    t.equal(isBelowOwaspFloors(memory, iterations), isBelow)
  }
  t.end()
})
