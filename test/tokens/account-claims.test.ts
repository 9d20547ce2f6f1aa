import { join } from 'node:path'
import t from 'tap'
import type { User } from '../../src/store/store.js'
import {
  bearer,
  decodePart,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  startService,
  temporaryFolder
} from '../support/helper.js'
import { createUser, now } from '../support/records.js'

type App = Awaited<ReturnType<typeof startService>>['app']

async function change(app: App, members: Partial<User>): Promise<void> {
  const user = await app.store.findUserByName('alice')
  if (user !== undefined) await app.store.replaceUser(user, { ...user, ...members })
}

async function grant(app: App, values: Record<string, string>): Promise<Record<string, string>> {
  return (await send(app, 'POST', '/oauth/token', values, { by: 'form' })).json()
}

const byPassword = { grant_type: 'password', username: 'alice', password: 'wonderland' }

/** The claims of all kinds of tokens that alice gets now. */
async function allClaims(app: App) {
  const token = await signIn(app)
  const reusable = await refreshToken(app, token)
  const granted = await grant(app, byPassword)
  const renewed = await grant(app, {
    grant_type: 'refresh_token',
    refresh_token: String(granted.refresh_token)
  })
  const ofGrants = [granted, renewed].flatMap((reply) => [reply.access_token, reply.refresh_token])
  return [token, reusable, await refresh(app, reusable), ...ofGrants].map((token) =>
    decodePart(String(token), 1)
  )
}

t.test('the groups of an account are a claim of all its tokens, when there are any', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  for (const claims of await allClaims(app)) t.notOk('groups' in claims)
  await change(app, { groups: ['a', 'staff:b'] })
  for (const claims of await allClaims(app)) t.same(claims.groups, ['a', 'staff:b'])
})

t.test('all tokens say when the password was given, however often they are renewed', async (t) => {
  const { app, clock } = await startService(t)
  const token = await signUp(app)
  t.equal(decodePart(token, 1).auth_time, now)
  clock.advance(60)
  const reusable = await refreshToken(app, token)
  t.equal(decodePart(reusable, 1).auth_time, now, 'a refresh token has the time of the presented token')
  let { access_token, refresh_token } = await grant(app, byPassword)
  for (let use = 0; use < 3; use += 1) {
    t.equal(decodePart(String(access_token), 1).auth_time, now + 60)
    t.equal(decodePart(String(refresh_token), 1).auth_time, now + 60)
    clock.advance(600)
    ;({ access_token, refresh_token } = await grant(app, {
      grant_type: 'refresh_token',
      refresh_token: String(refresh_token)
    }))
  }
  const refreshed = await refresh(app, reusable)
  t.match(decodePart(refreshed, 1), { auth_time: now, iat: now + 1860 })
})

t.test('tokens of a session that does not know when the password was given do not say it', async (t) => {
  const { app } = await startService(t)
  const reusable = await refreshToken(app, await signUp(app))
  const { refresh_token = '' } = await grant(app, byPassword)
  await change(app, { claims: { auth_time: now } })
  const user = await app.store.findUserByName('alice')
  for (const session of await app.store.findSessions(String(user?.uid))) {
    const { authTime: _, ...older } = session
    await app.store.replaceSession(session, older)
  }
  t.notOk('auth_time' in decodePart(await refresh(app, reusable), 1))
  const renewed = await grant(app, { grant_type: 'refresh_token', refresh_token })
  t.notOk('auth_time' in decodePart(String(renewed.access_token), 1))
  t.notOk('auth_time' in decodePart(String(renewed.refresh_token), 1))
})

t.test(
  "an older account's own claims are issued unless it has the member, and never as auth_time, amr and acr",
  async (t) => {
    const { app } = await startService(t)
    await signUp(app)
    const kept = {
      scope: 'read',
      client_id: 'x',
      active: false,
      username: 'root',
      role: 'admin'
    }
    const claims = { ...kept, groups: 'own', email: 'own@example.org', auth_time: 1, amr: ['mfa'], acr: 'x' }
    const authentication = { auth_time: now, amr: ['pwd'], acr: 'urn:postern:1fa' }
    await change(app, { claims })
    for (const issued of await allClaims(app)) {
      t.match(issued, { ...kept, groups: 'own', email: 'own@example.org', ...authentication })
    }
    await change(app, { groups: ['members'], email: 'alice@example.org' })
    for (const issued of await allClaims(app)) {
      t.match(issued, { ...kept, groups: ['members'], ...authentication })
      t.notOk('email' in issued)
    }
  }
)

t.test('rights go by the record: an own claim of groups is not told to a proxy', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  await change(app, { claims: { groups: ['postern-admins'], email: 'root@example.org' } })
  const reply = await app.inject({ url: '/forward-auth', headers: bearer(await signIn(app)) })
  t.match(reply, { statusCode: 204, headers: { 'remote-groups': '', 'remote-email': '' } })
})

t.test('a start names older accounts that have such claims, and the claims, in one line', async (t) => {
  const environment = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: join(temporaryFolder(t), 'data') }
  const { app: first, log } = await startService(t, environment)
  t.notMatch(log.join(''), 'claims of their own')
  for (let number = 0; number < 12; number += 1) {
    await first.store.createUser({
      ...createUser(`user ${number}`),
      claims: { scope: 'x', groups: ['a'], role: 'x' }
    })
  }
  await first.store.createUser({ ...createUser('clean'), claims: { role: 'x' } })
  await first.close()
  const { log: second } = await startService(t, environment)
  const lines = second.filter((line) => line.includes('claims of their own'))
  t.equal(lines.length, 1)
  const { level, claims, users, more } = JSON.parse(String(lines[0]))
  t.match({ level, claims, more }, { level: 40, claims: ['groups', 'scope'], more: true })
  t.equal(users.length, 10)
  t.notOk(users.includes('clean'))
})
