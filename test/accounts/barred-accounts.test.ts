import t, { type Test } from 'tap'
import type { User } from '../../src/store/store.js'
import {
  bearer,
  decodePart,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  startService
} from '../support/helper.js'
import { createUser, now } from '../support/records.js'

type App = Awaited<ReturnType<typeof startService>>['app']

async function change(app: App, name: string, members: Partial<User>): Promise<User> {
  const user = await app.store.findUserByName(name)
  if (user === undefined) throw new Error(`there is no ${name}`)
  await app.store.replaceUser(user, { ...user, ...members })
  return user
}

/** All that anybody can learn of an account: by its password, by a token of it, and by a refresh token. */
async function repliesOf(app: App, token: string, refreshing: string) {
  const headers = bearer(token)
  const replies = [
    await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' }),
    await send(app, 'GET', '/token', { user: 'alice', pass: 'wrong' }),
    await send(app, 'POST', '/user', { user: 'alice', pass: 'other' }),
    await send(app, 'GET', '/token', { user: refreshing }),
    await send(app, 'GET', '/check', { access_token: token }),
    await send(app, 'GET', '/user', {}, { headers }),
    await send(app, 'PATCH', '/user', { pass: 'new' }, { headers }),
    await send(app, 'DELETE', '/user', {}, { headers }),
    await send(app, 'GET', '/refresh_token', {}, { headers }),
    await send(app, 'GET', '/refresh_tokens', {}, { headers }),
    await send(app, 'DELETE', '/refresh_tokens', {}, { headers }),
    await send(app, 'GET', '/forward-auth', {}, { headers })
  ]
  const other = bearer(await signIn(app, 'bob'))
  replies.push(await send(app, 'POST', '/oauth/introspect', { token }, { by: 'form', headers: other }))
  for (const [grant_type, values] of [
    ['password', { username: 'alice', password: 'wonderland' }],
    ['refresh_token', { refresh_token: refreshing }]
  ] as const) {
    replies.push(await send(app, 'POST', '/oauth/token', { grant_type, ...values }, { by: 'form' }))
  }
  return replies.map(({ statusCode, headers, body }) => [statusCode, headers['www-authenticate'], body])
}

async function startWith(t: Test, members: Partial<User>) {
  const { app, clock } = await startService(t)
  const token = await signUp(app)
  const refreshing = await refreshToken(app, token)
  await send(app, 'POST', '/user', { user: 'bob', pass: 'wonderland' })
  await change(app, 'alice', members)
  return { app, clock, token, refreshing }
}

t.test('an account that is disabled, or has expired, looks like a deleted one to everybody', async (t) => {
  const { app, token, refreshing } = await startWith(t, { state: 'deleted' })
  const deleted = await repliesOf(app, token, refreshing)
  t.same(
    deleted.map(([status]) => status),
    [403, 404, 403, 403, 400, 204, 404, 404, 404, 404, 404, 401, 200, 400, 400]
  )
  for (const members of [{ state: 'disabled' }, { expiresAt: now }, { expiresAt: now - 1 }] as const) {
    const barred = await startWith(t, members)
    t.same(await repliesOf(barred.app, barred.token, barred.refreshing), deleted, JSON.stringify(members))
  }
})

t.test('an account is disabled from the second of expires_at on, and not before', async (t) => {
  const { app, clock } = await startWith(t, { expiresAt: now + 60 })
  clock.advance(59)
  const token = await signIn(app)
  t.equal((await send(app, 'GET', '/check', { access_token: token })).statusCode, 200)
  clock.advance(1)
  t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 403)
  t.equal((await send(app, 'GET', '/check', { access_token: token })).statusCode, 400)
})

t.test('no token and no session outlives its account, and expires_in says how long it is', async (t) => {
  const expiresAt = now + 600
  const { app, clock } = await startWith(t, { expiresAt })
  const expOf = (token: string) => decodePart(token, 1).exp
  const token = await signIn(app)
  t.equal(expOf(token), expiresAt)
  const reusable = await refreshToken(app, token)
  t.equal(expOf(reusable), expiresAt)
  t.equal(expOf(await refresh(app, reusable)), expiresAt)
  const password = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  const granted = (await send(app, 'POST', '/oauth/token', password, { by: 'form' })).json()
  t.equal(granted.expires_in, 600)
  clock.advance(60)
  const renewal = { grant_type: 'refresh_token', refresh_token: granted.refresh_token }
  const renewed = (await send(app, 'POST', '/oauth/token', renewal, { by: 'form' })).json()
  t.equal(renewed.expires_in, 540)
  for (const { access_token, refresh_token } of [granted, renewed]) {
    t.same([expOf(access_token), expOf(refresh_token)], [expiresAt, expiresAt])
  }
  const { uid } = await change(app, 'alice', { expiresAt: now + 30 * 86_400 * 365 })
  t.same(
    (await app.store.findSessions(uid)).slice(1).map(({ exp }) => exp),
    [expiresAt, expiresAt]
  )
  t.equal(expOf(await signIn(app)), now + 60 + 3600)
})

t.test('a session that began before its account got an end gives no token that outlives it', async (t) => {
  const { app } = await startService(t)
  const password = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  await signUp(app)
  const { refresh_token } = (await send(app, 'POST', '/oauth/token', password, { by: 'form' })).json()
  await change(app, 'alice', { expiresAt: now + 60 })
  const renewal = { grant_type: 'refresh_token', refresh_token }
  for (const time of ['its first use', 'its repetition within the grace']) {
    const reply = (await send(app, 'POST', '/oauth/token', renewal, { by: 'form' })).json()
    t.equal(reply.expires_in, 60, time)
    t.same(
      [reply.access_token, reply.refresh_token].map((token) => decodePart(token, 1).exp),
      [now + 60, now + 60]
    )
  }
})

t.test('an account without a password is answered as an unknown name, at the cost of a decoy', async (t) => {
  const { app } = await startService(t)
  const { hash: _, ...withoutHash } = createUser('bob')
  await app.store.createUser(withoutHash)
  const hashes: (string | undefined)[] = []
  const { verify } = app.passwords
  app.passwords.verify = (hash, ...others) => {
    hashes.push(hash)
    return verify(hash, ...others)
  }
  const attempts = ['bob', 'nobody'].map((user) => send(app, 'GET', '/token', { user, pass: 'wonderland' }))
  const [bob, nobody] = await Promise.all(attempts)
  t.equal(bob?.statusCode, 404)
  t.equal(bob?.body, nobody?.body)
  t.same(hashes, [undefined, undefined])
})
