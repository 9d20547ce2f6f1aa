import t, { type Test } from 'tap'
import { createId } from '../../src/ids.js'
import type { BrowserSession } from '../../src/sessions/browser-sessions.js'
import type { CompleteSignIn } from '../../src/sign-in/sign-in.js'
import type { User } from '../../src/store/store.js'
import { sha256Of } from '../support/backups.js'
import { bearer, refreshToken, send, signIn, signUp, startService } from '../support/helper.js'
import { now } from '../support/records.js'

const requester = { address: '192.0.2.7', userAgent: 'Firefox', oauthClient: undefined }
const minute = 60
const day = 86_400

/** A service with alice, and functions that sign her in as a browser does. */
async function startBrowser(t: Test, environment: Record<string, string> = {}) {
  const { app, clock, log } = await startService(t, environment)
  await signUp(app)
  const complete = () => app.signIn.atOnce({ name: 'alice', password: 'wonderland' }, requester)
  const begin = async (former?: string) => app.browserSessions.begin(await complete(), requester, former)
  const require = async (value: string) => (await app.browserSessions.find(value)) as BrowserSession
  const change = async (changed: Partial<User>) => {
    const user = (await app.store.findUserByName('alice')) as User
    await app.store.replaceUser(user, { ...user, ...changed })
  }
  return { app, clock, log, complete, begin, require, change }
}

t.test(
  'a complete sign-in gives a value that finds the session, and the store has its digest alone',
  async (t) => {
    const { app, begin, require } = await startBrowser(t)
    const value = await begin()
    t.match(value, /^[\w-]{43}$/)
    const { session, user, presented } = await require(value)
    const digest = sha256Of(value)
    t.match(session, {
      kind: 'browser',
      digest,
      id: digest.slice(0, 32),
      authTime: now,
      ...{ address: '192.0.2.7' }
    })
    t.match(session, { userAgent: 'Firefox', exp: now + 90 * day, amr: undefined, clientId: undefined })
    t.equal(user.name, 'alice')
    t.match(presented, {
      token_type: 'access_token',
      authentication_method: 'password',
      user: 'alice',
      uid: user.uid,
      sub: user.uid,
      sid: session.id,
      gen: user.gen,
      auth_time: now,
      amr: ['pwd'],
      acr: 'urn:postern:1fa',
      exp: now + 14 * day
    })
    t.not((await require(value)).presented.jti, presented.jti)
    const records = await app.store.dump()
    t.notMatch(JSON.stringify([...records.sessions]), value)
    t.not(await begin(), value)
  }
)

t.test('what is no value of a session finds none', async (t) => {
  const { app, begin } = await startBrowser(t)
  const value = await begin()
  const { id, digest = '' } = (await app.browserSessions.find(value))?.session ?? { id: '' }
  const token = await signIn(app)
  for (const other of [
    '',
    id,
    digest,
    `${value}A`,
    value.slice(1),
    'A'.repeat(43),
    token,
    await refreshToken(app, token)
  ])
    t.equal(await app.browserSessions.find(other), undefined)
})

t.test(
  'a session whose id is that of a value, and its digest another, is not found by the value',
  async (t) => {
    const { app, begin, require } = await startBrowser(t)
    const value = await begin()
    const { session } = await require(value)
    const forged = `${session.id}${'0'.repeat(32)}`
    t.ok(await app.store.replaceSession(session, { ...session, digest: forged }))
    t.equal(await app.browserSessions.find(value), undefined)
  }
)

t.test('a new sign-in of a browser gets a new value, and ends its former session', async (t) => {
  const { app, begin } = await startBrowser(t)
  const [former, elsewhere] = [await begin(), await begin()]
  const value = await begin(former)
  t.equal(await app.browserSessions.find(former), undefined)
  t.ok(await app.browserSessions.find(value))
  t.ok(await app.browserSessions.find(elsewhere))
  t.ok(await begin('no value'), 'what is no value of a session does no harm')
})

t.test('a session that rests for 14 days has ended, and one that is used ends after 90', async (t) => {
  const { app, clock, begin } = await startBrowser(t)
  const [idle, used] = [await begin(), await begin()]
  clock.advance(14 * day - 1)
  t.ok(await app.browserSessions.find(used))
  clock.advance(1)
  t.equal(await app.browserSessions.find(idle), undefined)
  for (const days of [13, 13, 13, 13, 13]) {
    clock.advance(days * day)
    t.ok(await app.browserSessions.find(used))
  }
  clock.advance(11 * day - 1)
  t.ok(await app.browserSessions.find(used))
  clock.advance(1)
  t.equal(await app.browserSessions.find(used), undefined)
})

t.test('the settings say how long a session lasts and rests, and it ends with the account', async (t) => {
  const settings = { POSTERN_BROWSER_TTL: '7200', POSTERN_BROWSER_IDLE_TTL: '3600' }
  const { app, clock, begin, change } = await startBrowser(t, settings)
  const value = await begin()
  clock.advance(3599)
  t.ok(await app.browserSessions.find(value))
  clock.advance(3599)
  t.ok(await app.browserSessions.find(value))
  clock.advance(2)
  t.equal(await app.browserSessions.find(value), undefined)
  await change({ expiresAt: now + 7300 })
  t.match((await app.browserSessions.find(await begin()))?.session, { exp: now + 7300 })
})

t.test('a use is noted, at most once a minute', async (t) => {
  const { app, clock, begin, require } = await startBrowser(t)
  const value = await begin()
  const usedAt = async () => {
    const { session } = await require(value)
    return (await app.store.findSession(session.id))?.lastUsedAt
  }
  t.equal(await usedAt(), now)
  clock.advance(minute - 1)
  t.equal(await usedAt(), now)
  clock.advance(1)
  t.equal(await usedAt(), now + minute)
})

t.test('a session ends with its account, its generation, and for want of the second factor', async (t) => {
  const cases: Record<string, Partial<User>> = {
    disabled: { state: 'disabled' },
    deleted: { state: 'deleted' },
    expired: { expiresAt: now - 1 },
    'signed out everywhere': { gen: 9 },
    'a member of a group that must have a factor': { groups: ['staff'] }
  }
  for (const [name, changed] of Object.entries(cases)) {
    const { app, begin, change } = await startBrowser(t, { POSTERN_SECOND_FACTOR_GROUPS: 'staff' })
    const value = await begin()
    t.ok(await app.browserSessions.find(value))
    await change(changed)
    t.equal(await app.browserSessions.find(value), undefined, name)
  }
})

t.test('a sign-out ends the session and is audited', async (t) => {
  const { app, log, begin, require } = await startBrowser(t)
  const [value, other] = [await begin(), await begin()]
  await app.browserSessions.end(await require(value), requester)
  t.equal(await app.browserSessions.find(value), undefined)
  t.ok(await app.browserSessions.find(other))
  const [line] = log.filter((line) => line.includes('"audit":"signed_out"'))
  t.match(JSON.parse(line ?? '{}'), { user: 'alice', address: '192.0.2.7', msg: 'signed out' })
  t.notMatch(log.join(''), value)
})

t.test(
  'a password change ends all sessions, and the one that made it goes on with a new value',
  async (t) => {
    const { app, clock, begin, require } = await startBrowser(t)
    const [value, other] = [await begin(), await begin()]
    clock.advance(100)
    const former = await require(value)
    const user = await app.accounts.changePassword(former.presented, { password: 'looking-glass' }, requester)
    t.equal(await app.browserSessions.find(value), undefined)
    const next = await app.browserSessions.replace(former, user, requester)
    t.not(next, value)
    for (const old of [value, other]) t.equal(await app.browserSessions.find(old), undefined)
    const session = await require(next)
    t.match(session.presented, { auth_time: now, amr: ['pwd'] })
    t.match(await app.tokenOwners.requirePasswordPresenter(session.presented), { name: 'alice' })
  }
)

t.test('a sign-out by the operator between a password change and the new value wins', async (t) => {
  const { app, begin, require, change } = await startBrowser(t)
  const former = await require(await begin())
  const user = await app.accounts.changePassword(former.presented, { password: 'looking-glass' }, requester)
  await change({ gen: user.gen + 1 })
  const next = await app.browserSessions.replace(former, user, requester)
  t.equal(await app.browserSessions.find(next), undefined)
})

t.test('the end of all sessions by the presenter of one ends the others, and tokens', async (t) => {
  const { app, begin, require } = await startBrowser(t)
  const token = await signIn(app)
  const [value, other] = [await begin(), await begin()]
  const former = await require(value)
  const next = await app.browserSessions.replace(
    former,
    await app.sessions.endAll(former.presented, requester),
    requester
  )
  t.equal(await app.browserSessions.find(other), undefined)
  t.equal((await app.inject({ url: '/check', query: { access_token: token } })).statusCode, 400)
  t.ok(await app.browserSessions.find(next))
})

t.test('a step-up gives the session a new value, and ends the former one', async (t) => {
  const { app, clock, begin, require } = await startBrowser(t)
  const value = await begin()
  clock.advance(700)
  const { session, user, presented } = await require(value)
  const holder = { presented }
  await t.rejects(app.secondFactors.offer(holder, undefined, requester), {
    name: 'PasswordAuthenticationRequiredError'
  })
  const authentication = { authTime: now + 700, amr: undefined }
  const next = await app.browserSessions.replace(await require(value), user, requester, authentication)
  t.equal(await app.browserSessions.find(value), undefined)
  const steppedUp = await require(next)
  t.not(steppedUp.session.id, session.id)
  t.match(await app.secondFactors.offer({ presented: steppedUp.presented }, undefined, requester), {
    qr: /svg/
  })
})

t.test('the list shows the user’s sessions of both kinds, and each can be ended', async (t) => {
  const { app, begin, require } = await startBrowser(t)
  const token = await signIn(app)
  await refreshToken(app, token)
  const current = await require(await begin())
  const other = await begin()
  const ids = async () => (await app.browserSessions.list(current)).map(({ id }) => id)
  const all = await ids()
  t.equal(all.length, 3)
  for (const id of all.filter((id) => id !== current.session.id))
    await app.browserSessions.endOther(current, id, requester)
  t.same(await ids(), [current.session.id])
  t.equal(await app.browserSessions.find(other), undefined)
  await signUp(app, 'bob', 'builder')
  const ofBob = await app.signIn.atOnce({ name: 'bob', password: 'builder' }, requester)
  const { session } = await require(await app.browserSessions.begin(ofBob, requester))
  const unknown = { name: 'SessionDoesNotExistError' }
  await t.rejects(app.browserSessions.endOther(current, session.id, requester), unknown)
  await t.rejects(app.browserSessions.endOther(current, createId(), requester), unknown)
})

t.test('sessions that begin too often are refused, and the former one of the browser goes on', async (t) => {
  const { app, complete, begin } = await startBrowser(t, { POSTERN_SESSIONS_PER_MINUTE: '2' })
  const [first, former] = [await begin(), await begin()]
  const again: CompleteSignIn = await complete()
  await t.rejects(app.browserSessions.begin(again, requester, former), { name: 'TooManySessionsError' })
  t.ok(await app.browserSessions.find(former))
  t.ok(await app.browserSessions.find(first))
})

t.test('browsers push no refresh token out', async (t) => {
  const { app, begin } = await startBrowser(t, { POSTERN_MAX_SESSIONS: '1' })
  const token = await signIn(app)
  const lasting = await refreshToken(app, token)
  const first = await begin()
  const second = await begin()
  t.equal((await send(app, 'GET', '/token', { user: lasting })).statusCode, 200)
  t.equal(await app.browserSessions.find(first), undefined)
  t.ok(await app.browserSessions.find(second))
})

t.test('a refresh token that bears the id of a browser’s session is good for nothing', async (t) => {
  const { app, begin, require } = await startBrowser(t, { POSTERN_OAUTH_CLIENTS: `api:${'x'.repeat(16)}` })
  const { session, user } = await require(await begin())
  const identity = { iat: now, exp: now + day, auth_time: now }
  for (const one of [
    { jti: session.id, ...identity },
    { jti: createId(), sid: session.id, ...identity }
  ]) {
    const token = app.tokens.issueRefreshToken(user, one)
    t.equal((await send(app, 'GET', '/token', { user: token })).statusCode, 400)
    const form = { grant_type: 'refresh_token', refresh_token: token }
    t.match((await send(app, 'POST', '/oauth/token', form, { by: 'form' })).json(), {
      error: 'invalid_grant'
    })
    const client = { client_id: 'api', client_secret: 'x'.repeat(16) }
    const inspected = await send(app, 'POST', '/oauth/introspect', { token, ...client }, { by: 'form' })
    t.same(inspected.json(), { active: false })
  }
})

t.test('lists show browsers’ sessions where all kinds are asked for, to the hour', async (t) => {
  const { app, clock, begin, require } = await startBrowser(t)
  const token = await signIn(app)
  await refreshToken(app, token)
  const value = await begin()
  clock.advance(100)
  const { session } = await require(value)
  const list = async (query: Record<string, string>) =>
    (await app.inject({ url: '/refresh_tokens', query, headers: bearer(token) })).json().refresh_tokens
  for (const query of [{}, { kind: 'refresh_token' }]) {
    const entries = await list(query as Record<string, string>)
    t.equal(entries.length, 1)
    t.notOk('kind' in entries[0])
  }
  const idleEnd = now + 100 + 14 * day
  t.match(await list({ kind: 'all' }), [
    { kind: 'refresh_token', rotates: false },
    {
      kind: 'browser',
      jti: session.id,
      rotates: false,
      issued_at: now,
      last_used_at: now,
      expires_at: idleEnd - (idleEnd % 3600),
      address: '192.0.2.7',
      user_agent: 'Firefox'
    }
  ])
  const wrong = await app.inject({ url: '/refresh_tokens?kind=some', headers: bearer(token) })
  t.match([wrong.statusCode, wrong.json()], [400, { message: /kind/ }])
})
