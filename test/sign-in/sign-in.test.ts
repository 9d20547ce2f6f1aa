import t, { type Test } from 'tap'
import { withoutTokens } from '../../src/accounts/account-record.js'
import type { SignInState } from '../../src/sign-in/sign-in.js'
import { createApp, setUpFactor, signInWithCode, signUpWithFactor } from '../support/factors.js'
import { bearer, send, signUp, startService } from '../support/helper.js'

const requester = { address: '203.0.113.9' }
const over = { name: 'InvalidTokenError', message: /^The sign-in is over/ }

function secretOf(state: SignInState): string {
  if (state.kind === 'complete') throw new Error('the sign-in is complete')
  return state.secret
}

t.test('a sign-in without a factor is complete with the password', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app)
  const state = await app.signIn.begin('alice', 'wonderland', requester)
  const signIn = { user: { name: 'alice' }, authTime: clock() / 1000, amr: undefined }
  t.match(state, { kind: 'complete', signIn })
  await t.rejects(app.signIn.begin('alice', 'wrong', requester), { name: 'IncorrectPasswordError' })
})

t.test('a sign-in in two steps is complete with a code, once', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const begun = clock() / 1000
  const state = await app.signIn.begin('alice', 'wonderland', requester)
  t.match(state, { kind: 'second_factor', secret: /^[\w-]{43}$/ })
  const secret = secretOf(state)
  await t.rejects(app.signIn.finish(secret, '000000', requester), { name: 'IncorrectSecondFactorError' })
  const code = otp()
  const results = await Promise.allSettled([1, 2, 3].map(() => app.signIn.finish(secret, code, requester)))
  const [complete, ...others] = results.filter(({ status }) => status === 'fulfilled')
  t.match(complete, { value: { user: { name: 'alice' }, authTime: begun, amr: ['pwd', 'otp', 'mfa'] } })
  t.same(others, [])
  await t.rejects(app.signIn.finish(secret, otp(), requester), over)
})

t.test('two good codes at the same time complete a sign-in once', async (t) => {
  const { app, clock } = await startService(t)
  const { otp, recoveryCodes } = await signUpWithFactor(app, clock)
  const secret = secretOf(await app.signIn.begin('alice', 'wonderland', requester))
  const codes = [otp(), String(recoveryCodes[0]), String(recoveryCodes[1])]
  const results = await Promise.allSettled(codes.map((code) => app.signIn.finish(secret, code, requester)))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

t.test('a change that ends all tokens ends the sign-in whose code was spent just before', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const { store } = app
  const { replaceUser } = store
  store.replaceUser = async (before, after) => {
    store.replaceUser = replaceUser
    const isReplaced = await replaceUser(before, after)
    const user = await store.findUserById(before.uid)
    if (user === undefined || !(await replaceUser(user, withoutTokens(user, clock() / 1000)))) {
      throw new Error('the tokens were not ended')
    }
    return isReplaced
  }
  const token = await signInWithCode(app, otp())
  t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 400)
})

t.test(
  'a sign-in under way gives no right, and ends with its time, its password and its completion',
  async (t) => {
    const { app, clock } = await startService(t)
    const { otp } = await signUpWithFactor(app, clock)
    const begin = async () => secretOf(await app.signIn.begin('alice', 'wonderland', requester))
    const first = await begin()
    for (const path of ['/check', '/user', '/refresh_tokens', '/refresh_token']) {
      const { statusCode, body } = await app.inject({ url: path, headers: bearer(first) })
      t.ok(statusCode >= 400 || (statusCode === 204 && body === ''), path)
    }
    t.equal((await send(app, 'GET', '/token', { user: first, pass: '' })).statusCode, 400)
    clock.advance(300)
    await t.rejects(app.signIn.finish(first, otp(), requester), over, 'after 5 minutes')

    const second = await begin()
    const complete = await app.signIn.finish(await begin(), otp(), requester)
    const token = app.tokens.issueAccessToken(complete.user, 'password', {
      auth_time: complete.authTime,
      amr: [...(complete.amr ?? [])]
    })
    t.equal(
      (await send(app, 'PATCH', '/user', { pass: 'other' }, { headers: bearer(token) })).statusCode,
      200
    )
    await t.rejects(app.signIn.finish(second, otp(), requester), over, 'after a new password')
    for (const none of ['', 'x', 'x'.repeat(43)])
      await t.rejects(app.signIn.finish(none, otp(), requester), over)
  }
)

t.test('a sign-in that needs a factor first stays before it', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_SECOND_FACTOR_GROUPS: 'staff' })
  const token = await signUp(app)
  await setUpFactor(app, clock, token)
  const user = await app.store.findUserByName('alice')
  if (user === undefined) throw new Error('there is no alice')
  const { secondFactor: _, ...without } = user
  await app.store.replaceUser(user, { ...without, groups: ['staff'] })
  const state = await app.signIn.begin('alice', 'wonderland', requester)
  t.equal(state.kind, 'set_up')
  const otp = createApp('JBSWY3DPEHPK3PXP', clock)
  await t.rejects(app.signIn.finish(secretOf(state), otp(), requester), over)
})

t.test('a sign-in that waits is shown again by its secret, until it is over', async (t) => {
  const { app, clock } = await startService(t)
  const { otp } = await signUpWithFactor(app, clock)
  const returnTo = 'https://wiki.example.org/page?a=b'
  const begin = async () => secretOf(await app.signIn.begin('alice', 'wonderland', requester, returnTo))
  const secret = await begin()
  for (const _ of ['once', 'twice'])
    t.match(await app.signIn.waiting(secret), { kind: 'second_factor', user: { name: 'alice' }, returnTo })
  t.equal(
    (await app.signIn.waiting(secretOf(await app.signIn.begin('alice', 'wonderland', requester))))?.returnTo,
    undefined
  )
  t.match(await app.signIn.finish(secret, otp(), requester), { returnTo })
  for (const none of [secret, '', 'x'.repeat(43)]) t.equal(await app.signIn.waiting(none), undefined)
  const late = await begin()
  clock.advance(300)
  t.equal(await app.signIn.waiting(late), undefined)
})

t.test(
  'the place to return to is bounded, and comes with a sign-in that the password completes',
  async (t) => {
    const { app } = await startService(t)
    await signUp(app)
    const longest = `https://wiki.example.org/${'a'.repeat(2048 - 25)}`
    t.match(await app.signIn.begin('alice', 'wonderland', requester, longest), {
      signIn: { returnTo: longest }
    })
    await t.rejects(app.signIn.begin('alice', 'wonderland', requester, `${longest}a`), {
      name: 'InvalidArgumentError',
      message: /return_to/
    })
  }
)

/** A service whose users must have a factor, and the sign-in of one who has none. */
async function startSetUp(t: Test) {
  const { app, clock, log } = await startService(t, { POSTERN_SECOND_FACTOR: 'required' })
  await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' })
  const begin = async () =>
    secretOf(await app.signIn.begin('alice', 'wonderland', requester, 'https://a.example/'))
  return { app, clock, log, begin }
}

t.test('a sign-in that needs a factor first is complete once it is set up', async (t) => {
  const { app, clock, log, begin } = await startSetUp(t)
  const begun = clock() / 1000
  const waiting = await begin()
  t.match(await app.signIn.waiting(waiting), { kind: 'set_up' })
  const { secret } = await app.secondFactors.offer({ waiting }, undefined, requester)
  const otp = createApp(secret, clock)
  await t.rejects(app.secondFactors.setUp({ waiting }, '000000', requester), {
    name: 'IncorrectSecondFactorError'
  })
  t.ok(await app.signIn.waiting(waiting), 'a wrong code leaves it as it was')
  t.notMatch(log.join(''), '"audit":"login"')
  const { recoveryCodes, user, signIn } = await app.secondFactors.setUp({ waiting }, otp(), requester)
  t.equal(recoveryCodes.length, 10)
  const amr = ['pwd', 'otp', 'mfa']
  t.match(signIn, {
    user: { name: 'alice', gen: user.gen },
    authTime: begun,
    amr,
    returnTo: 'https://a.example/'
  })
  t.match(log.join(''), '"audit":"login"')
  if (signIn === undefined) throw new Error('it is not complete')
  const session = await app.browserSessions.find(await app.browserSessions.begin(signIn, requester))
  t.match(session?.presented, { amr, acr: 'urn:postern:2fa', auth_time: begun })
  t.equal(await app.signIn.waiting(waiting), undefined)
  await t.rejects(app.secondFactors.setUp({ waiting }, otp(), requester), over)
})

t.test('of set-ups of one sign-in at the same time one completes it', async (t) => {
  const { app, clock, begin } = await startSetUp(t)
  const waiting = await begin()
  const { secret } = await app.secondFactors.offer({ waiting }, undefined, requester)
  const code = createApp(secret, clock)()
  const results = await Promise.allSettled(
    [1, 2, 3].map(() => app.secondFactors.setUp({ waiting }, code, requester))
  )
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

t.test(
  'a sign-in that waits for a code, or is over, sets up no factor and is not completed by one',
  async (t) => {
    const { app, clock, begin } = await startSetUp(t)
    const [one, other] = [await begin(), await begin()]
    const { secret } = await app.secondFactors.offer({ waiting: one }, undefined, requester)
    const otp = createApp(secret, clock)
    await app.secondFactors.setUp({ waiting: one }, otp(), requester)
    const beside = await begin()
    t.match(await app.signIn.waiting(beside), { kind: 'second_factor' })
    for (const waiting of [one, other, beside, 'x'.repeat(43)]) {
      await t.rejects(app.secondFactors.offer({ waiting }, undefined, requester), over)
      await t.rejects(app.secondFactors.setUp({ waiting }, otp(), requester), over)
    }
    t.match(await app.signIn.finish(beside, otp(), requester), { amr: ['pwd', 'otp', 'mfa'] })
  }
)

t.test('a browser’s session that sets up a factor goes on with a new value, and with it', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app)
  const complete = await app.signIn.atOnce({ name: 'alice', password: 'wonderland' }, requester)
  const value = await app.browserSessions.begin(complete, requester)
  const former = await app.browserSessions.find(value)
  if (former === undefined) throw new Error('there is no session')
  const { secret } = await app.secondFactors.offer(former, undefined, requester)
  const { user, amr, signIn } = await app.secondFactors.setUp(former, createApp(secret, clock)(), requester)
  t.equal(signIn, undefined)
  t.equal(await app.browserSessions.find(value), undefined)
  const { authTime } = complete
  const next = await app.browserSessions.replace(former, user, requester, { authTime, amr })
  const session = await app.browserSessions.find(next)
  t.match(session?.presented, { amr: ['pwd', 'otp', 'mfa'] })
  t.ok(session && (await app.tokenOwners.requirePasswordPresenter(session.presented)))
})
