import t, { type Test } from 'tap'
import { createCodeLimits, maxCodeFailures } from '../../src/sign-in/code-limits.js'
import { createMemoryFailureCounts } from '../../src/store/memory-failure-counts.js'
import { signInWithCode, signUpWithFactor } from '../support/factors.js'
import { createClock, send, signIn, signUp, startService } from '../support/helper.js'

const day = 86_400
const fail = async () => false
const succeed = async () => true

function createLimits() {
  const clock = createClock()
  return { clock, limits: createCodeLimits(maxCodeFailures, createMemoryFailureCounts(clock)) }
}

type Limits = ReturnType<typeof createLimits>['limits']

/** The seconds to wait for, or undefined if the guess was judged. */
async function guess(limits: Limits, uid = 'alice'): Promise<number | undefined> {
  try {
    await limits.judge(uid, fail)
    return undefined
  } catch (error) {
    return Number((error as { headers: Record<string, string> }).headers['retry-after'])
  }
}

async function guessTimes(t: Test, limits: Limits, times: number) {
  for (let number = 0; number < times; number += 1) t.equal(await guess(limits), undefined)
}

t.test('after ten wrong codes an account waits a minute, then twice as long, up to an hour', async (t) => {
  const { clock, limits } = createLimits()
  await guessTimes(t, limits, 10)
  for (const wait of [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]) {
    t.equal(await guess(limits), wait)
    await t.rejects(limits.judge('alice', succeed), { name: 'TooManyFailuresError', statusCode: 429 })
    clock.advance(wait - 1)
    t.equal(await guess(limits), 1)
    clock.advance(1)
    t.equal(await guess(limits), undefined)
  }
})

t.test('another account goes on, and a right code counts as nothing', async (t) => {
  const { limits } = createLimits()
  await guessTimes(t, limits, 10)
  t.equal(await guess(limits, 'bob'), undefined)
  for (let number = 0; number < 30; number += 1) t.equal(await limits.judge('carol', succeed), true)
})

t.test('a complete sign-in forgets the wrong codes', async (t) => {
  const { clock, limits } = createLimits()
  await guessTimes(t, limits, 12 - 2)
  clock.advance(60)
  t.equal(await limits.judge('alice', succeed), true)
  await limits.forget('alice')
  await guessTimes(t, limits, 10)
  t.equal(await guess(limits), 60)
})

t.test('of guesses at the same time no more are judged than are left', async (t) => {
  const { limits } = createLimits()
  const waits = await Promise.all(Array.from({ length: 100 }, () => guess(limits)))
  t.equal(waits.filter((wait) => wait === undefined).length, 10)
})

t.test('guessing for a year succeeds with a chance of 3 in 100, from any number of addresses', async (t) => {
  const { clock, limits } = createLimits()
  let guesses = 0
  for (let passed = 0; passed < 365 * day; ) {
    const wait = await guess(limits)
    if (wait === undefined) guesses += 1
    else {
      clock.advance(wait)
      passed += wait
    }
  }
  // Three codes of a million are good at any time.
  const chance = 1 - (1 - 3e-6) ** guesses
  t.comment(`${guesses} guesses, a chance of ${chance}`)
  t.ok(guesses > 8000 && guesses < 9200, 'one an hour, and some more at the beginning of each month')
  t.ok(chance > 0.02 && chance < 0.03)
})

t.test('who knows the password and guesses from many addresses is stopped by the account', async (t) => {
  const { app, clock } = await startService(t, {
    POSTERN_LOGIN_MAX_FAILURES: '10',
    POSTERN_TRUST_PROXY: 'loopback'
  })
  const { otp, recoveryCodes } = await signUpWithFactor(app, clock)
  await signUp(app, 'bob')
  const from = (host: number) => ({ headers: { 'x-forwarded-for': `2001:db8:${host}::1` } })
  const attempt = (host: number, code: Record<string, string>) =>
    send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland', ...code }, from(host))
  const statuses = []
  for (let host = 0; host < 15; host += 1) statuses.push((await attempt(host, { otp: '000000' })).statusCode)
  t.same(statuses, [...Array(10).fill(403), ...Array(5).fill(429)])
  const held = await attempt(99, { otp: otp() })
  t.match(held, { statusCode: 429, headers: { 'retry-after': '30' } }, 'also the right one, for now')
  t.equal((await attempt(98, {})).statusCode, 403, 'the password alone is told as before')
  t.ok(await signIn(app, 'bob'), 'nobody else waits')
  t.equal(
    (await attempt(97, { otp: String(recoveryCodes[0]) })).statusCode,
    200,
    'a recovery code does not wait'
  )
  t.equal((await attempt(99, { otp: otp() })).statusCode, 200, 'and ends the wait')
})

t.test('the password alone forgets no failure, and makes no address known', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_LOGIN_MAX_FAILURES: '3' })
  const { otp } = await signUpWithFactor(app, clock)
  const attempt = async (values: Record<string, string>) =>
    (await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland', ...values })).statusCode
  const statuses = []
  for (const pass of ['wrong', 'wonderland', 'wrong', 'wonderland', 'wrong', 'wonderland']) {
    statuses.push(await attempt({ pass }))
  }
  t.same(statuses, [404, 403, 404, 403, 404, 429])
  clock.advance(900)
  t.same([await attempt({ pass: 'wrong' }), await attempt({ otp: '000000' })], [404, 403])
  t.ok(await signInWithCode(app, otp()))
  t.same([await attempt({ pass: 'wrong' }), await attempt({ otp: '000000' })], [404, 403], 'begins anew')
  t.ok(await signInWithCode(app, otp()))
})
