import t, { type Test } from 'tap'
import { Refusal } from '../../src/errors/refusals.js'
import { createNetworks } from '../../src/networks.js'
import { type Attempt, createThrottle, type Throttle } from '../../src/sign-in/throttle.js'
import { createMemoryFailureCounts } from '../../src/store/memory-failure-counts.js'
import {
  bearer,
  createClock,
  refreshToken,
  send,
  signIn,
  signUp,
  startService,
  temporaryFolder
} from '../support/helper.js'

const alice = { name: 'alice', address: '203.0.113.9' }

function createTestThrottle(maxFailures = 3, maxSignUps = 0) {
  const clock = createClock()
  const networks = createNetworks(['10.0.0.1'])
  const sessions: Record<string, string[]> = {}
  const addressesOf = async (name: string) => sessions[name] ?? []
  const failureCounts = createMemoryFailureCounts(clock)
  const limits = { maxFailures, maxSignUps, window: 900 }
  const throttle = createThrottle({ ...limits, clock, networks, failureCounts, addressesOf })
  return { clock, throttle, sessions }
}

const fail = async () => false
const succeed = async () => true

/** Gives the right password, which is all that the sign-in takes. */
async function logIn(throttle: Throttle, attempt: Attempt): Promise<boolean> {
  const isRight = await throttle.judge(attempt, succeed)
  await throttle.complete(attempt)
  return isRight
}

async function failTimes(throttle: Throttle, times: number, attempt = alice): Promise<void> {
  for (let failure = 0; failure < times; failure += 1) await throttle.judge(attempt, fail)
}

async function expectRefusal(t: Test, attempt: Promise<unknown>, retryAfter: string) {
  await t.rejects(attempt, {
    name: 'TooManyFailuresError',
    statusCode: 429,
    headers: { 'retry-after': retryAfter }
  })
}

t.test('an address that has failed too often for a name waits for the end of the window', async (t) => {
  const { throttle, clock } = createTestThrottle()
  await failTimes(throttle, 1)
  clock.advance(100)
  await failTimes(throttle, 2)
  for (const seconds of [800, 300, 1]) {
    await expectRefusal(t, throttle.requireAllowed(alice), String(seconds))
    await expectRefusal(t, logIn(throttle, alice), String(seconds))
    clock.advance(seconds === 800 ? 500 : seconds - 1)
  }
  clock.advance(1)
  await throttle.requireAllowed(alice)
  t.equal(await logIn(throttle, alice), true)
})

t.test('refused attempts do not prolong the wait', async (t) => {
  const { throttle, clock } = createTestThrottle()
  await failTimes(throttle, 3)
  for (let attempt = 0; attempt < 50; attempt += 1) await t.rejects(throttle.judge(alice, fail))
  clock.advance(900)
  await failTimes(throttle, 3)
  await expectRefusal(t, throttle.judge(alice, fail), '900')
})

t.test('another address, another name and a known address are let in meanwhile', async (t) => {
  const { throttle } = createTestThrottle()
  await failTimes(throttle, 3)
  t.equal(await logIn(throttle, { ...alice, address: '203.0.113.10' }), true)
  t.equal(await logIn(throttle, { ...alice, name: 'bob' }), true)
})

t.test('a success clears the failures of that name from that address, and no others', async (t) => {
  const { throttle } = createTestThrottle()
  await failTimes(throttle, 2)
  await failTimes(throttle, 2, { ...alice, address: '203.0.113.10' })
  await logIn(throttle, alice)
  await failTimes(throttle, 1)
  await failTimes(throttle, 1, { ...alice, address: '203.0.113.10' })
  await throttle.requireAllowed(alice)
  await expectRefusal(t, throttle.requireAllowed({ ...alice, address: '203.0.113.10' }), '900')
})

t.test('addresses of one IPv6 network are one, and an IPv4 address is one in either form', async (t) => {
  const { throttle } = createTestThrottle()
  await failTimes(throttle, 3, { name: 'alice', address: '2001:db8:1:2::1' })
  await expectRefusal(t, throttle.requireAllowed({ name: 'alice', address: '2001:db8:1:2:ffff::5' }), '900')
  await throttle.requireAllowed({ name: 'alice', address: '2001:db8:1:3::1' })
  await failTimes(throttle, 3, { name: 'bob', address: '::ffff:203.0.113.9' })
  await expectRefusal(t, throttle.requireAllowed({ name: 'bob', address: '203.0.113.9' }), '900')
})

t.test(
  'failures from many addresses have every further one wait longer, but not where the user is known',
  async (t) => {
    const { throttle, clock } = createTestThrottle()
    await logIn(throttle, alice)
    const from = (host: number) => ({ name: 'alice', address: `198.51.100.${host}` })
    for (let host = 0; host < 6; host += 1) await throttle.judge(from(host), fail)
    await throttle.requireAllowed(from(6))
    for (const [index, seconds] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      await throttle.judge(from(10 + index), fail)
      await expectRefusal(t, throttle.requireAllowed(from(100)), String(seconds))
      await expectRefusal(t, logIn(throttle, from(100)), String(seconds))
      await throttle.requireAllowed(alice)
      clock.advance(seconds)
      await throttle.requireAllowed(from(100))
    }
    t.equal(await logIn(throttle, alice), true)
  }
)

/** The address of a host in a network of its own. */
const elsewhere = (network: number) => `198.${18 + (network >> 8)}.${network & 255}.1`

t.test('M2: six addresses that attack a name shut nobody out who has the password', async (t) => {
  const { throttle, clock } = createTestThrottle(10)
  const attack = async () => {
    for (let network = 0; network < 6; network += 1) {
      const guess = throttle.judge({ name: 'alice', address: elsewhere(network) }, fail)
      // In the end each has had all its failures.
      await guess.catch(() => {})
    }
  }
  for (let time = 0; time < 60; time += 1) {
    await attack()
    clock.advance(1)
  }
  let right = 0
  for (let network = 100; network < 250; network += 1) {
    await attack()
    if (await logIn(throttle, { name: 'alice', address: elsewhere(network) })) right += 1
  }
  t.equal(right, 150)
  for (let network = 0; network < 6; network += 1)
    await t.rejects(logIn(throttle, { name: 'alice', address: elsewhere(network) }), {
      name: 'TooManyFailuresError'
    })
})

t.test(
  'M2: a name under attack has a failure a second from new networks of a provider, and one from others',
  async (t) => {
    const { throttle, clock } = createTestThrottle()
    const from = (network: number) => ({ name: 'alice', address: elsewhere(network) })
    for (let network = 0; network < 6; network += 1) await throttle.judge(from(network), fail)
    for (let second = 0; second < 5; second += 1) {
      const first = 10 + 10 * second
      await throttle.judge(from(first), fail)
      await expectRefusal(t, logIn(throttle, from(first + 1)), '1')
      await throttle.judge(from(second), fail)
      await expectRefusal(t, logIn(throttle, from(first)), '1')
      clock.advance(1)
    }
    t.equal(await logIn(throttle, from(100)), true)
    t.equal(await logIn(throttle, from(101)), true, 'who has the password takes nothing of the share')
    t.equal(await logIn(throttle, from(10)), true)
  }
)

t.test('M2: fresh networks that fail close the second to no other provider', async (t) => {
  const fresh: [string, (number: number) => string][] = [
    ['a /48 of one /32', (number) => `2001:db8:${number.toString(16)}::1`],
    ['a /24 of one /16', (number) => `198.18.${number & 255}.1`],
    ['a /24 of many /16', (number) => `100.${64 + (number % 64)}.${number >> 6}.1`]
  ]
  for (const [name, address] of fresh) {
    const { throttle, clock } = createTestThrottle(10)
    let right = 0
    for (let half = 0; half < 300; half += 1) {
      await throttle.judge({ name: 'alice', address: address(half) }, fail).catch(() => {})
      const from = { name: 'alice', address: `203.0.${half >> 1}.9` }
      if (half % 2 === 1) right += Number(await logIn(throttle, from).catch(() => false))
      clock.advance(0.5)
    }
    t.equal(right, 150, name)
  }
})

t.test('M2: of guesses at the same time, too, one a second is verified', async (t) => {
  const { throttle } = createTestThrottle()
  for (let network = 0; network < 6; network += 1) {
    await throttle.judge({ name: 'alice', address: elsewhere(network) }, fail)
  }
  let verified = 0
  const guesses = Array.from({ length: 50 }, (_, network) =>
    throttle.judge({ name: 'alice', address: elsewhere(10 + network) }, async () => {
      verified += 1
      await new Promise(setImmediate)
      return false
    })
  )
  await Promise.allSettled(guesses)
  t.equal(verified, 1)
})

t.test('M2: the failures of a /24 or a /48 delay it, and no other', async (t) => {
  for (const [host, other] of [
    [(number: number) => `203.0.113.${number}`, '203.0.114.1'],
    [(number: number) => `2001:db8:1:${number}::1`, '2001:db8:2::1']
  ] as const) {
    const { throttle } = createTestThrottle()
    for (let number = 0; number < 7; number += 1)
      await throttle.judge({ name: 'alice', address: host(number) }, fail)
    await expectRefusal(t, logIn(throttle, { name: 'alice', address: host(99) }), '1')
    t.equal(await logIn(throttle, { name: 'alice', address: other }), true)
  }
})

t.test("M2: an address of one of the user's sessions is known", async (t) => {
  const { throttle, sessions } = createTestThrottle()
  const from = (network: number) => ({ name: 'alice', address: elsewhere(network) })
  sessions.alice = ['192.0.2.1', elsewhere(200), '2001:db8:1:2::1']
  for (let network = 0; network < 6; network += 1) await throttle.judge(from(network), fail)
  await throttle.judge(from(10), fail)
  await expectRefusal(t, logIn(throttle, from(201)), '1')
  t.equal(await logIn(throttle, from(200)), true)
  t.equal(await logIn(throttle, { name: 'alice', address: '2001:db8:1:2::9' }), true)
  await failTimes(throttle, 3, from(200))
  await expectRefusal(t, logIn(throttle, from(200)), '900')
})

t.test('M3: failures for many names from one network delay that network only', async (t) => {
  const { throttle, clock } = createTestThrottle()
  const attempt = (number: number) => ({ name: `user ${number}`, address: `203.0.113.${number % 250}` })
  t.equal(await logIn(throttle, { name: 'bob', address: '203.0.113.9' }), true)
  let verified = 0
  for (let number = 0; number < 400; number += 1) {
    await throttle.judge(attempt(number), fail).then(
      () => (verified += 1),
      () => {}
    )
  }
  t.equal(verified, 101)
  await expectRefusal(t, throttle.requireAllowed(attempt(500)), '1')
  t.equal(await logIn(throttle, { name: 'user 1', address: '203.0.114.1' }), true)
  t.equal(await logIn(throttle, { name: 'bob', address: '203.0.113.9' }), true, 'where bob is known')
  for (const seconds of [1, 2, 4]) {
    clock.advance(seconds)
    await throttle.judge(attempt(600 + seconds), fail)
    await expectRefusal(t, logIn(throttle, attempt(700)), String(2 * seconds))
  }
})

t.test('M3: loopback and backends are left out of the failures of networks', async (t) => {
  const { throttle } = createTestThrottle()
  for (const address of ['127.0.0.1', '::1', '10.0.0.1']) {
    for (let number = 0; number < 200; number += 1)
      await throttle.judge({ name: `user ${number}`, address }, fail)
    t.equal(await logIn(throttle, { name: 'alice', address }), true)
  }
})

t.test(
  'L3: wrong client secrets count for the network, and right ones keep their address open',
  async (t) => {
    const { throttle } = createTestThrottle()
    const refuse = () => {
      throw new Refusal('InvalidClientError')
    }
    const address = '203.0.113.9'
    t.equal(await throttle.judgeClient('203.0.113.1', () => 'orders'), 'orders')
    for (let failure = 0; failure < 101; failure += 1)
      await t.rejects(throttle.judgeClient(address, refuse), { name: 'InvalidClientError' })
    await expectRefusal(t, throttle.judgeClient(address, refuse), '1')
    await expectRefusal(
      t,
      throttle.judgeClient(address, () => 'orders'),
      '1'
    )
    await expectRefusal(t, logIn(throttle, { name: 'alice', address }), '1')
    t.equal(await throttle.judgeClient(address, () => undefined), undefined, 'without credentials')
    t.equal(await throttle.judgeClient('203.0.113.1', () => 'orders'), 'orders')
    t.equal(await throttle.judgeClient('203.0.114.1', () => 'orders'), 'orders')
  }
)

t.test('S1: who knows the secret of one client guesses those of others no faster', async (t) => {
  const { throttle, clock } = createTestThrottle()
  const address = '203.0.113.9'
  const own = () => throttle.judgeClient(address, () => 'orders')
  const guess = () =>
    throttle.judgeClient(address, () => {
      throw new Refusal('InvalidClientError')
    })
  t.equal(await own(), 'orders')
  for (let failure = 0; failure < 101; failure += 1) await t.rejects(guess(), { name: 'InvalidClientError' })
  for (const seconds of [1, 2, 4]) {
    await expectRefusal(t, guess(), String(seconds))
    await expectRefusal(
      t,
      throttle.judgeClient(address, () => 'payments'),
      String(seconds)
    )
    t.equal(await own(), 'orders')
    clock.advance(seconds)
    await t.rejects(guess(), { name: 'InvalidClientError' })
  }
})

t.test('of guesses at the same time no more are verified than there are failures left', async (t) => {
  const { throttle } = createTestThrottle()
  let verified = 0
  const guesses = Array.from({ length: 50 }, () =>
    throttle.judge(alice, async () => {
      verified += 1
      await new Promise(setImmediate)
      return false
    })
  )
  const results = await Promise.allSettled(guesses)
  t.equal(verified, 3)
  t.equal(results.filter(({ status }) => status === 'rejected').length, 47)
})

t.test('logins with the right password at the same time are all let in, however many', async (t) => {
  const { throttle } = createTestThrottle()
  await failTimes(throttle, 2)
  const logins = Array.from({ length: 50 }, () =>
    throttle.judge(alice, async () => {
      await new Promise(setImmediate)
      return true
    })
  )
  t.ok((await Promise.all(logins)).every(Boolean))
})

t.test('a verification that does not come to an end counts as neither', async (t) => {
  const { throttle } = createTestThrottle()
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await t.rejects(
      throttle.judge(alice, () => Promise.reject(new Error('busy'))),
      { message: 'busy' }
    )
  }
  t.equal(await logIn(throttle, alice), true)
})

t.test('a clock that is set back or forward freezes nothing', async (t) => {
  for (const seconds of [-86_400, 86_400]) {
    const { throttle, clock } = createTestThrottle()
    await failTimes(throttle, 3)
    clock.set(seconds)
    t.equal(await logIn(throttle, alice), true)
  }
})

t.test('with no failures allowed for there is no limit', async (t) => {
  const { throttle } = createTestThrottle(0)
  await failTimes(throttle, 50)
  await throttle.requireAllowed(alice)
  t.equal(await logIn(throttle, alice), true)
})

const limited = { POSTERN_LOGIN_MAX_FAILURES: '3', POSTERN_TRUST_PROXY: '127.0.0.1' }

t.test('GET /token answers 429 to known and unknown names alike, the right password included', async (t) => {
  const { app, clock } = await startService(t, limited)
  await signUp(app)
  for (const user of ['alice', 'nobody']) {
    const login = (pass: string) => send(app, 'GET', '/token', { user, pass })
    for (let failure = 0; failure < 3; failure += 1) t.equal((await login('wrong')).statusCode, 404)
    const refused = await login('wonderland')
    t.equal(refused.statusCode, 429)
    t.equal(refused.headers['retry-after'], '900')
    t.match(refused.json(), {
      statusCode: 429,
      error: 'Too Many Requests',
      error_name: 'TooManyFailuresError'
    })
  }
  clock.advance(900)
  t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 200)
})

t.test('M6: of sign-ups at the same time no more are let in than the network has left', async (t) => {
  const { throttle } = createTestThrottle(0, 3)
  const signUps = Array.from({ length: 10 }, (_, host) =>
    throttle.admitSignUp(`203.0.113.${host}`, () => new Promise((resolve) => setImmediate(resolve)))
  )
  const results = await Promise.allSettled(signUps)
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 3)
})

t.test('M6: a sign-up that fails, or is refused, does not count', async (t) => {
  const { throttle } = createTestThrottle(0, 3)
  const signUp = (isNew: boolean) =>
    throttle.admitSignUp('203.0.113.1', async () => {
      if (!isNew) throw new Error('no space left')
    })
  for (let attempt = 0; attempt < 5; attempt += 1)
    await t.rejects(signUp(false), { message: 'no space left' })
  for (let attempt = 0; attempt < 3; attempt += 1) await signUp(true)
  for (let attempt = 0; attempt < 5; attempt += 1)
    await t.rejects(signUp(true), { name: 'TooManySignUpsError' })
})

t.test('M6: a sign-up that fails in a later window is not given back to that one', async (t) => {
  for (const isWindowBegun of [false, true]) {
    const { throttle, clock } = createTestThrottle(0, 2)
    const signUp = () => throttle.admitSignUp('203.0.113.1', async () => {})
    let fail = () => {}
    const slow = new Promise<void>((begin) => {
      const failed = throttle.admitSignUp('203.0.113.1', () => {
        begin()
        return new Promise((_, reject) => {
          fail = () => reject(new Error('no space left'))
        })
      })
      t.rejects(failed, { message: 'no space left' })
    })
    await slow
    clock.advance(901)
    if (isWindowBegun) await signUp()
    fail()
    await new Promise(setImmediate)
    for (let left = isWindowBegun ? 1 : 2; left > 0; left -= 1) await signUp()
    await t.rejects(signUp(), { name: 'TooManySignUpsError' })
  }
})

t.test(
  'M6: a network makes POSTERN_SIGN_UP_MAX users in a window, loopback and backends any number',
  async (t) => {
    const { app, clock, log } = await startService(t, {
      POSTERN_TRUST_PROXY: 'loopback',
      POSTERN_LOGIN_BACKENDS: '198.51.100.7',
      POSTERN_SIGN_UP_MAX: '3'
    })
    const signUpFrom = async (address: string, user: string) =>
      await send(app, 'POST', '/user', { user, pass: 'secret' }, { headers: { 'x-forwarded-for': address } })
    for (const [user, status] of [
      ['a', 201],
      ['b', 201],
      ['a', 403],
      ['c', 201],
      ['d', 429]
    ] as const)
      t.equal((await signUpFrom(`203.0.113.${user.charCodeAt(0)}`, user)).statusCode, status, user)
    const refused = await signUpFrom('203.0.113.1', 'd')
    t.equal(refused.headers['retry-after'], '900')
    t.match(refused.json(), { statusCode: 429, error_name: 'TooManySignUpsError' })
    t.match(
      log.join(''),
      /"audit":"throttled","address":"203\.0\.113\.1","user":"d","reason":"TooManySignUpsError"/
    )
    t.equal((await signUpFrom('203.0.114.1', 'd')).statusCode, 201)
    for (const address of ['127.0.0.1', '198.51.100.7']) {
      for (let number = 0; number < 5; number += 1)
        t.equal((await signUpFrom(address, `user ${number} of ${address}`)).statusCode, 201)
    }
    clock.advance(900)
    t.equal((await signUpFrom('203.0.113.1', 'e')).statusCode, 201)
  }
)

t.test('M6: without a setting a network makes 20 users, and with 0 any number', async (t) => {
  for (const [setting, expected] of [
    ['', 20],
    ['0', 30]
  ] as const) {
    const { app } = await startService(t, { POSTERN_TRUST_PROXY: 'loopback', POSTERN_SIGN_UP_MAX: setting })
    const headers = { 'x-forwarded-for': '203.0.113.1' }
    let made = 0
    for (let number = 0; number < 30; number += 1) {
      const response = await send(app, 'POST', '/user', { user: `user ${number}`, pass: 'x' }, { headers })
      if (response.statusCode === 201) made += 1
    }
    t.equal(made, expected)
  }
})

t.test('M2: with the default settings six addresses shut nobody out of new ones', async (t) => {
  const { app } = await startService(t, { POSTERN_LOGIN_MAX_FAILURES: '', POSTERN_TRUST_PROXY: 'loopback' })
  await signUp(app)
  const login = async (pass: string, address: string) => {
    const headers = { 'x-forwarded-for': address }
    return (await send(app, 'GET', '/token', { user: 'alice', pass }, { headers })).statusCode
  }
  const guessed = new Set<number>()
  for (let guess = 0; guess < 120; guess += 1) guessed.add(await login('a guess', elsewhere(guess % 6)))
  t.same([...guessed].sort(), [404, 429])
  const right: number[] = []
  for (let network = 100; network < 250; network += 1) {
    await login('a guess', elsewhere(network % 6))
    right.push(await login('wonderland', elsewhere(network)))
  }
  t.equal(right.filter((status) => status === 200).length, 150)
})

t.test('M2: after a restart a user is known where a session began', async (t) => {
  const environment = { ...limited, POSTERN_STORE: 'file', POSTERN_DATA_DIR: temporaryFolder(t) }
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  const before = await startService(t, environment)
  const token = await signUp(before.app)
  const headers = { ...from('192.0.2.1').headers, ...bearer(token) }
  await send(before.app, 'GET', '/refresh_token', {}, { headers })
  await before.app.close()

  const { app } = await startService(t, environment)
  const login = async (pass: string, address: string) =>
    (await send(app, 'GET', '/token', { user: 'alice', pass }, from(address))).statusCode
  for (let network = 0; network < 8; network += 1) await login('wrong', elsewhere(network))
  t.equal(await login('wrong', elsewhere(10)), 429)
  t.equal(await login('wonderland', '192.0.2.1'), 200)
})

t.test('S5: neither an expired session nor a password of before makes an address known', async (t) => {
  const { app, clock } = await startService(t, { ...limited, POSTERN_REFRESH_TOKEN_TTL: '5000' })
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  const login = async (pass: string, address: string) =>
    (await send(app, 'GET', '/token', { user: 'alice', pass }, from(address))).statusCode
  const attack = async () => {
    for (let network = 0; network < 8; network += 1) await login('wrong', elsewhere(network))
  }
  const withSession = elsewhere(100)
  const withLogin = elsewhere(101)
  const token = await signUp(app)
  await send(
    app,
    'GET',
    '/refresh_token',
    {},
    { headers: { ...from(withSession).headers, ...bearer(token) } }
  )
  t.equal(await login('wonderland', withLogin), 200)
  await attack()
  for (const address of [withSession, withLogin]) t.equal(await login('wonderland', address), 200, address)
  clock.advance(3000)
  await send(app, 'PATCH', '/user', { pass: 'looking-glass' }, { headers: bearer(await signIn(app)) })
  await attack()
  for (const address of [withSession, withLogin]) t.equal(await login('looking-glass', address), 429, address)

  clock.advance(1000)
  const headers = { ...from(withSession).headers, ...bearer(await signIn(app, 'alice', 'looking-glass')) }
  await send(app, 'GET', '/refresh_token', {}, { headers })
  await attack()
  t.equal(await login('looking-glass', withSession), 200)
})

t.test('S5: an address is known by a session until that expires', async (t) => {
  const { app, clock } = await startService(t, { ...limited, POSTERN_REFRESH_TOKEN_TTL: '5000' })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const login = async (pass: string, address: string) =>
    (await send(app, 'GET', '/token', { user: 'alice', pass }, { headers: from(address) })).statusCode
  const token = await signUp(app)
  await send(app, 'GET', '/refresh_token', {}, { headers: { ...from(elsewhere(100)), ...bearer(token) } })
  for (const [seconds, expected] of [
    [4000, 404],
    [1000, 429]
  ] as const) {
    clock.advance(seconds)
    for (let network = 0; network < 8; network += 1) await login('wrong', elsewhere(network))
    t.equal(await login('wrong', elsewhere(100)), expected)
  }
})

t.test('L3: a wrong client secret is a line of the audit log, and too many of them are 429', async (t) => {
  const secret = 'a secret of an OAuth client'
  const { app, log } = await startService(t, { ...limited, POSTERN_OAUTH_CLIENTS: `orders:${secret}` })
  await signUp(app)
  const token = await signIn(app)
  const introspect = (client_secret: string, address: string) =>
    send(
      app,
      'POST',
      '/oauth/introspect',
      { client_id: 'orders', client_secret, token },
      {
        by: 'form',
        headers: { 'x-forwarded-for': address }
      }
    )
  for (let failure = 0; failure < 101; failure += 1) {
    t.equal((await introspect('a guess', '203.0.113.9')).statusCode, 401)
  }
  for (const attempt of ['a guess', secret]) {
    const refused = await introspect(attempt, '203.0.113.9')
    t.equal(refused.statusCode, 429)
    t.equal(refused.headers['retry-after'], '1')
    t.match(refused.json(), { error: 'temporarily_unavailable' })
  }
  t.match((await introspect(secret, '203.0.114.9')).json(), { active: true })
  const lines = log.filter((line) => line.includes('"audit":"client_refused","address":"203.0.113.9"'))
  t.equal(lines.length, 101)
  t.match(JSON.parse(lines[0] ?? ''), { level: 40, reason: 'InvalidClientError' })
  t.equal(log.filter((line) => line.includes('"audit":"throttled","address":"203.0.113.9"')).length, 2)
  t.notMatch(log.join(''), /a guess|a secret of/)
})

t.test('the forwarded address counts only from a trusted proxy', async (t) => {
  for (const [trust, expected] of [
    ['127.0.0.1', 404],
    ['false', 429]
  ] as const) {
    const { app } = await startService(t, { ...limited, POSTERN_TRUST_PROXY: trust })
    let status = 0
    for (let host = 1; host <= 5; host += 1) {
      const headers = { 'x-forwarded-for': `203.0.113.${host}` }
      const response = await send(app, 'GET', '/token', { user: `nobody`, pass: 'x' }, { headers })
      status = response.statusCode
    }
    t.equal(status, expected)
  }
})

t.test('a thousand addresses that a client makes up do not lift the throttle', async (t) => {
  const { app } = await startService(t, { ...limited, POSTERN_TRUST_PROXY: 'false' })
  await signUp(app)
  const login = async (pass: string, headers: Record<string, string> = {}) =>
    (await send(app, 'GET', '/token', { user: 'alice', pass }, { headers })).statusCode
  for (let failure = 0; failure < 3; failure += 1) t.equal(await login('wrong'), 404)
  const statuses = new Set<number>()
  for (let host = 0; host < 1000; host += 1) {
    const address = `198.51.${host >> 8}.${host & 255}`
    const headers = { 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}` }
    statuses.add(await login('wonderland', headers))
  }
  t.same(statuses, new Set([429]))
})

t.test('M11: a client that retries a refused refresh token shuts nobody out', async (t) => {
  const { app, log } = await startService(t, limited)
  const token = await signUp(app)
  const revoked = await refreshToken(app, token)
  await send(app, 'DELETE', '/refresh_token', { refresh_token: revoked }, { headers: bearer(token) })
  const family = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  const { refresh_token } = (await send(app, 'POST', '/oauth/token', family, { by: 'form' })).json()
  await send(app, 'POST', '/oauth/revoke', { token: refresh_token }, { by: 'form' })
  log.length = 0
  for (let attempt = 0; attempt < 10; attempt += 1) {
    t.equal((await send(app, 'GET', '/token', { user: revoked })).statusCode, 400)
    const renewal = { grant_type: 'refresh_token', refresh_token }
    t.equal((await send(app, 'POST', '/oauth/token', renewal, { by: 'form' })).statusCode, 400)
  }
  t.equal(log.filter((line) => line.includes('"audit":"token_refused"')).length, 20, 'each is an event')
  t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 200)
})

t.test(
  'every security event is a line of the log that tells who and from where, and no secret',
  async (t) => {
    const { app, log } = await startService(t, limited)
    const odd = 'al"ice\\'
    const token = await signUp(app, odd, 'secret-one')
    const headers = bearer(token)
    const refreshing = await refreshToken(app, token)
    await send(app, 'GET', '/token', { user: refreshing })
    await send(app, 'DELETE', '/refresh_token', { refresh_token: refreshing }, { headers })
    await send(app, 'PATCH', '/user', { pass: 'secret-two' }, { headers })
    const latest = bearer(await signIn(app, odd, 'secret-two'))
    await send(app, 'GET', '/check', { access_token: `${token}x` })
    for (let failure = 0; failure < 4; failure += 1)
      await send(app, 'GET', '/token', { user: odd, pass: 'secret-three' })
    await send(app, 'DELETE', '/user', {}, { headers: latest })
    await send(app, 'DELETE', '/user', {}, { headers: bearer('nonsense') })

    const lines = log.filter((line) => line.includes('"audit":'))
    t.same(
      lines.map((line) => JSON.parse(line)).map(({ level, audit, user }) => [level, audit, user]),
      [
        [30, 'sign_up', odd],
        [30, 'login', odd],
        [30, 'refresh_token_issued', odd],
        [30, 'refresh', odd],
        [30, 'revocation', odd],
        [30, 'password_change', odd],
        [30, 'login', odd],
        [30, 'token_refused', undefined],
        [40, 'login_failed', odd],
        [40, 'login_failed', odd],
        [40, 'login_failed', odd],
        [40, 'throttled', odd],
        [30, 'deletion', odd],
        [30, 'token_refused', undefined]
      ]
    )
    const shape =
      /^\{"level":\d+,"time":\d+,"pid":\d+,"hostname":"[^"]*","audit":"[a-z_]+","address":"127\.0\.0\.1",/
    for (const line of lines) t.match(line, shape)
    t.notMatch(lines.join(), new RegExp(`secret-|${token.split('.')[2]}`))
  }
)
