import t, { type Test } from 'tap'
import { Refusal } from '../../src/errors/refusals.js'
import { createApp, signInWithCode } from '../support/factors.js'
import { bearer, decodePart, signIn, signUp, startService } from '../support/helper.js'
import { createVisitor, type Visitor } from '../support/visitor.js'

const page = '/account/second-factor'
const adminKey = 'k'.repeat(32)

/** A user in a browser, before the second factor. */
async function startSignedIn(t: Test, environment = {}) {
  const service = await startService(t, environment)
  const token = await signUp(service.app)
  const visitor = createVisitor(service.app)
  await visitor.signIn()
  return { ...service, token, visitor }
}

function secretIn(body: string): string {
  return /data-copy="([A-Z2-7]{32})"/.exec(body)?.[1] ?? 'none'
}

function recoveryCodesIn(body: string): string[] {
  return [...body.matchAll(/<li><code>([A-Z2-7 ]+)<\/code><\/li>/g)].map(([, code]) => code ?? '')
}

/** Sets up a second factor by the pages; gives the app and the recovery codes. */
async function setUp(visitor: Visitor, clock: Parameters<typeof createApp>[1], otp?: string) {
  const offered = await visitor.post(`${page}/new`, otp === undefined ? {} : { otp })
  const authenticator = createApp(secretIn(offered.body), clock)
  const done = await visitor.post(`${page}/confirm`, { otp: authenticator() })
  if (done.statusCode !== 200) throw new Error(`${done.statusCode} ${done.body}`)
  return { otp: authenticator, recoveryCodes: recoveryCodesIn(done.body), done }
}

t.test('a second factor is set up with the QR code or the key, and a code of it', async (t) => {
  const { app, clock, visitor } = await startSignedIn(t)
  t.match((await visitor.get(page)).body, 'Set up a second factor')
  t.equal((await visitor.get(`${page}/new`)).statusCode, 200)
  const offered = await visitor.post(`${page}/new`)
  t.equal(offered.statusCode, 200)
  t.equal(offered.headers['cache-control'], 'no-store')
  const [, image = ''] = /<img class="qr" src="data:image\/svg\+xml;base64,([^"]+)"/.exec(offered.body) ?? []
  t.match(Buffer.from(image, 'base64').toString(), /^<svg /)
  t.match(offered.body, /inputmode="numeric"/)
  t.match(offered.body, /autocomplete="one-time-code"/)
  const secret = secretIn(offered.body)
  t.match(offered.body, secret.replace(/.{4}(?=.)/g, '$& '), 'the key in groups')
  t.match((await visitor.get(page)).body, 'Set up a second factor', 'not yet')

  const otp = createApp(secret, clock)
  const done = await visitor.post(`${page}/confirm`, { otp: otp() })
  t.equal(done.statusCode, 200)
  t.equal(new Set(recoveryCodesIn(done.body)).size, 10)
  t.match(done.body, 'I have kept them')
  t.match(done.body, 'Your second factor is set up.')
  const { body } = await visitor.get(page)
  t.match(body, /Recovery codes left<\/dt><dd>10</)
  t.notMatch(body, secret)
  for (const code of recoveryCodesIn(done.body)) t.notMatch(body, code)
  const token = await signInWithCode(app, otp())
  t.same(decodePart(token, 1).amr, ['pwd', 'otp', 'mfa'])
})

t.test(
  'the set-up goes on in this browser with a new value and both factors, and ends everything else',
  async (t) => {
    const { app, clock, token, visitor } = await startSignedIn(t)
    const elsewhere = createVisitor(app)
    await elsewhere.signIn()
    const former = createVisitor(app, visitor.cookies)
    const { otp } = await setUp(visitor, clock)
    t.not(visitor.session(), former.session())
    t.equal((await former.get('/account')).statusCode, 303)
    t.equal((await elsewhere.get('/account')).statusCode, 303)
    t.match((await app.inject({ url: '/check', headers: bearer(token) })).json(), {
      error_name: 'InvalidTokenError'
    })
    // Only a session with both factors may do that.
    const renewed = await visitor.post(`${page}/recovery-codes`, { otp: otp() })
    t.equal(renewed.statusCode, 200)
  }
)

t.test(
  'the forms beside the recovery codes are good in a browser that tells nothing of itself',
  async (t) => {
    const { clock, visitor } = await startSignedIn(t)
    const { done } = await setUp(visitor, clock)
    const [, token = ''] =
      /action="\/sign-out">\s*<input type="hidden" name="form_token" value="([^"]+)"/.exec(done.body) ?? []
    t.equal((await visitor.post('/sign-out', { form_token: 'x' }, {})).statusCode, 403)
    t.equal((await visitor.post('/sign-out', { form_token: token }, {})).statusCode, 303)
  }
)

t.test('a wrong code sets nothing up, and the secret is not shown again', async (t) => {
  const { app, clock, visitor, log } = await startSignedIn(t)
  const offered = await visitor.post(`${page}/new`)
  const secret = secretIn(offered.body)
  const mistakes = { '000000': 'This code is wrong', '': 'Enter a code.' }
  for (const [otp, mistake] of Object.entries(mistakes)) {
    const refused = await visitor.post(`${page}/confirm`, { otp })
    t.equal(refused.statusCode, 403)
    t.match(refused.body, `id="otp-error">${mistake}`)
    t.match(refused.body, `href="${page}/new"`)
    t.notMatch(refused.body, secret)
  }
  t.equal(log.join('').match(/"audit":"second_factor_failed"/g)?.length, 1, 'no code is no wrong one')
  await t.resolves(signIn(app))
  const done = await visitor.post(`${page}/confirm`, { otp: createApp(secret, clock)() })
  t.equal(done.statusCode, 200, 'the right code is still good')
})

t.test('an offer of more than 10 minutes ago is too old', async (t) => {
  const { clock, visitor } = await startSignedIn(t)
  const offered = await visitor.post(`${page}/new`)
  clock.advance(590)
  await visitor.signIn()
  const otp = createApp(secretIn(offered.body), clock)
  const refused = await visitor.post(`${page}/confirm`, { otp: otp() })
  t.equal(refused.statusCode, 404)
  t.match(refused.body, /role="alert">The QR code is too old/)
})

t.test('the password must have been given in the last 10 minutes', async (t) => {
  const { clock, visitor } = await startSignedIn(t)
  const { otp } = await setUp(visitor, clock)
  clock.advance(600)
  t.equal((await visitor.get(page)).statusCode, 200, 'the state is shown')
  for (const path of ['new', 'recovery-codes', 'remove']) {
    const returnTo = encodeURIComponent(`${page}/${path}`)
    const location = `/sign-in?prompt=login&return_to=${returnTo}`
    t.equal((await visitor.get(`${page}/${path}`)).headers.location, location, `GET ${path}`)
    t.equal(
      (await visitor.post(`${page}/${path}`, { otp: otp() })).headers.location,
      location,
      `POST ${path}`
    )
  }
  t.match((await visitor.post(`${page}/confirm`, { otp: otp() })).headers.location, 'prompt=login')
  t.match((await visitor.get(page)).body, /Recovery codes left<\/dt><dd>10</)
})

t.test('another app takes the place of the present one, for a code of that', async (t) => {
  const { app, clock, visitor } = await startSignedIn(t)
  const former = await setUp(visitor, clock)
  t.match((await visitor.get(`${page}/new`)).body, /name="otp"/)
  const missing = await visitor.post(`${page}/new`)
  t.equal(missing.statusCode, 403)
  t.match(missing.body, 'id="otp-error">Enter a code.')
  const wrong = await visitor.post(`${page}/new`, { otp: '000000' })
  t.equal(wrong.statusCode, 403)
  t.match(wrong.body, 'id="otp-error">This code is wrong')
  t.notMatch(wrong.body, 'class="qr"')

  const { otp } = await setUp(visitor, clock, former.recoveryCodes[0])
  await t.rejects(signInWithCode(app, former.otp()), /IncorrectSecondFactor/)
  await t.resolves(signInWithCode(app, otp()))
})

t.test('new recovery codes end the old ones, for a code', async (t) => {
  const { app, clock, visitor } = await startSignedIn(t)
  const { otp, recoveryCodes } = await setUp(visitor, clock)
  t.match((await visitor.post(`${page}/recovery-codes`)).body, 'id="otp-error">Enter a code.')
  t.match((await visitor.post(`${page}/recovery-codes`, { otp: '000000' })).body, 'id="otp-error">This code')
  const made = await visitor.post(`${page}/recovery-codes`, { otp: otp() })
  t.equal(made.statusCode, 200)
  const codes = recoveryCodesIn(made.body)
  t.equal(new Set([...codes, ...recoveryCodes]).size, 20)
  await t.rejects(signInWithCode(app, recoveryCodes[0] ?? ''), /IncorrectSecondFactor/)
  await t.resolves(signInWithCode(app, codes[0] ?? ''))
  t.match((await visitor.get(page)).body, /Recovery codes left<\/dt><dd>9</)
})

t.test('the second factor is removed for a code', async (t) => {
  const { app, clock, visitor } = await startSignedIn(t)
  const { otp } = await setUp(visitor, clock)
  t.match((await visitor.post(`${page}/remove`)).body, 'id="otp-error">Enter a code.')
  await t.rejects(signIn(app), /SecondFactorRequired/)
  const removed = await visitor.post(`${page}/remove`, { otp: otp() })
  t.equal(removed.statusCode, 303)
  const { body } = await visitor.get(removed.headers.location ?? '')
  t.match(body, 'Your second factor was removed.')
  t.match(body, 'Set up a second factor')
  await t.resolves(signIn(app))
  t.equal((await visitor.get(`${page}/remove`)).headers.location, page)
  t.equal((await visitor.get(`${page}/recovery-codes`)).headers.location, page)
})

t.test('an account that must have a second factor can replace it, and not remove it', async (t) => {
  const { app, clock, visitor } = await startSignedIn(t, {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: adminKey,
    POSTERN_SECOND_FACTOR_GROUPS: 'ops'
  })
  const { otp } = await setUp(visitor, clock)
  const headers = bearer(adminKey)
  const { uid } = (await app.inject({ url: '/admin/users/by-name/alice', headers })).json()
  await app.inject({ method: 'PATCH', url: `/admin/users/${uid}`, headers, payload: { groups: ['ops'] } })
  const { body } = await visitor.get(page)
  t.match(body, 'Your account must have a second factor')
  t.notMatch(body, `${page}/remove`)
  t.match((await visitor.get(`${page}/remove`)).body, 'Your account must have a second factor')
  t.equal((await visitor.post(`${page}/remove`, { otp: otp() })).statusCode, 403)
  t.match((await visitor.get(page)).body, 'Recovery codes left')
  t.ok((await setUp(visitor, clock, otp())).recoveryCodes.length)
})

t.test('a code that was guessed too often has to wait, in words', async (t) => {
  const { visitor } = await startSignedIn(t, { POSTERN_LOGIN_MAX_FAILURES: '3' })
  await visitor.post(`${page}/new`)
  for (let attempt = 0; attempt < 3; attempt++) await visitor.post(`${page}/confirm`, { otp: '000000' })
  const throttled = await visitor.post(`${page}/confirm`, { otp: '000000' })
  t.equal(throttled.statusCode, 429)
  t.match(throttled.headers['retry-after'], /^\d+$/)
  t.match(throttled.body, /id="otp-error">There were too many wrong attempts\. [^<]*in \d+ minutes/)
})

t.test('recovery codes are shown, if the store fails right after the set-up', async (t) => {
  const { app, clock, visitor } = await startSignedIn(t)
  const offered = await visitor.post(`${page}/new`)
  app.store.createSession = async () => {
    throw new Refusal('StoreUnavailableError')
  }
  const done = await visitor.post(`${page}/confirm`, { otp: createApp(secretIn(offered.body), clock)() })
  t.equal(done.statusCode, 200)
  const [code = ''] = recoveryCodesIn(done.body)
  t.equal(visitor.session(), undefined)
  await t.resolves(signInWithCode(app, code))
})

t.test('the removal goes on in this browser by the password alone, and ends everything else', async (t) => {
  const { app, clock, visitor } = await startSignedIn(t)
  const { otp } = await setUp(visitor, clock)
  const token = await signInWithCode(app, otp())
  const former = createVisitor(app, visitor.cookies)
  const removed = await visitor.post(`${page}/remove`, { otp: otp() })
  t.equal(removed.statusCode, 303)
  t.not(visitor.session(), former.session())
  const { presented } = (await app.browserSessions.find(visitor.session() ?? '')) ?? {}
  t.match(presented, { amr: ['pwd'], acr: 'urn:postern:1fa' })
  t.equal((await former.get('/account')).statusCode, 303)
  t.match((await app.inject({ url: '/check', headers: bearer(token) })).json(), {
    error_name: 'InvalidTokenError'
  })
})
