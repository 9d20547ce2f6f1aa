import t from 'tap'
import { createRecord, withMembers } from '../../src/accounts/account-record.js'
import type { User } from '../../src/store/store.js'
import { bearer, decodePart, refreshToken, send, signIn, signUp, startService } from '../support/helper.js'
import { now } from '../support/records.js'

type App = Awaited<ReturnType<typeof startService>>['app']

const passwordLink = { digest: 'f'.repeat(64), expiresAt: now + 1800 }

async function userOf(app: App, name = 'alice'): Promise<User> {
  const user = await app.store.findUserByName(name)
  if (user === undefined) throw new Error(`there is no ${name}`)
  return user
}

async function startWithLink(t: Parameters<typeof startService>[0]) {
  const service = await startService(t)
  const token = await signUp(service.app)
  const user = await userOf(service.app)
  await service.app.store.replaceUser(user, { ...user, passwordLink })
  return { ...service, headers: bearer(token), token }
}

t.test('a record has the members that are given, and nothing in the place of the others', (t) => {
  t.same(
    createRecord({ name: 'alice', uid: 'a'.repeat(32), groups: [], claims: {}, email: undefined }, now),
    {
      uid: 'a'.repeat(32),
      name: 'alice',
      state: 'active',
      gen: 0,
      createdAt: now
    }
  )
  const groups = ['b', 'a', 'b']
  const record = createRecord({ name: 'bob', groups, email: 'bob@example.org', emailVerified: true }, now)
  t.match(record, { uid: /^[0-9a-f]{32}$/, groups: ['a', 'b'], emailVerified: true })
  t.notOk('groups' in withMembers(record, { groups: [] }))
  t.end()
})

t.test('null removes a member, and an undefined one stays', (t) => {
  const members = { displayName: 'Bob', groups: ['a'], claims: { a: 1 }, expiresAt: now, externalId: '7' }
  const bob = createRecord({ name: 'bob', email: 'bob@example.org', emailVerified: true, ...members }, now)
  t.same(withMembers(bob, { displayName: undefined, groups: undefined, claims: undefined }), bob)
  const { uid, gen, createdAt } = bob
  const none = {
    email: null,
    displayName: null,
    groups: null,
    claims: null,
    expiresAt: null,
    externalId: null
  }
  t.same(withMembers(bob, none), { uid, name: 'bob', state: 'active', gen, createdAt })
  t.throws(() => withMembers(bob, { email: null, emailVerified: true }), { name: 'InvalidArgumentError' })
  t.end()
})

t.test('another address is not verified until somebody says so', (t) => {
  const record = createRecord({ name: 'bob', email: 'bob@example.org', emailVerified: true }, now)
  t.equal(withMembers(record, { displayName: 'Bob' }).emailVerified, true)
  t.equal(withMembers(record, { email: 'bob@example.org' }).emailVerified, true)
  t.notOk('emailVerified' in withMembers(record, { email: 'other@example.org' }))
  t.equal(withMembers(record, { email: 'other@example.org', emailVerified: true }).emailVerified, true)
  t.notOk('emailVerified' in withMembers(record, { emailVerified: false }))
  t.throws(() => createRecord({ name: 'eve', emailVerified: true }, now), {
    name: 'InvalidArgumentError',
    message: /^email_verified/
  })
  t.end()
})

t.test(
  'a password change is dated, ends the password link, and takes a generation that no backup repeats',
  async (t) => {
    const { app, clock, headers, token } = await startWithLink(t)
    clock.advance(60)
    t.equal((await send(app, 'PATCH', '/user', { pass: 'new' }, { headers })).statusCode, 200)
    const changed = await userOf(app)
    t.match(changed, { passwordChangedAt: now + 60, gen: now + 60, keptJti: decodePart(token, 1).jti })
    t.notOk('passwordLink' in changed)
    await send(
      app,
      'PATCH',
      '/user',
      { pass: 'newer' },
      { headers: bearer(await signIn(app, 'alice', 'new')) }
    )
    t.equal((await userOf(app)).gen, now + 61, 'a second change in the same second has the next one')
  }
)

t.test('the end of all sessions takes such a generation, and leaves the password link', async (t) => {
  const { app, clock, headers } = await startWithLink(t)
  clock.advance(60)
  t.equal((await send(app, 'DELETE', '/refresh_tokens', {}, { headers })).statusCode, 204)
  t.match(await userOf(app), { gen: now + 60, passwordLink })
})

t.test('who deletes the account ends the password link', async (t) => {
  const { app, headers } = await startWithLink(t)
  t.equal((await send(app, 'DELETE', '/user', {}, { headers })).statusCode, 204)
  const deleted = await userOf(app)
  t.equal(deleted.state, 'deleted')
  t.notOk('passwordLink' in deleted)
})

t.test('a login is noted in the account, and a failed one or a refresh is not', async (t) => {
  const { app, clock } = await startService(t)
  await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' })
  t.notOk('lastLoginAt' in (await userOf(app)))
  clock.advance(60)
  const token = await signIn(app)
  t.equal((await userOf(app)).lastLoginAt, now + 60)
  const refreshing = await refreshToken(app, token)
  clock.advance(60)
  await send(app, 'GET', '/token', { user: 'alice', pass: 'wrong' })
  await send(app, 'GET', '/token', { user: refreshing })
  t.equal((await userOf(app)).lastLoginAt, now + 60)
  const grant = { grant_type: 'password', username: 'alice', password: 'wonderland' }
  await send(app, 'POST', '/oauth/token', grant, { by: 'form' })
  t.equal((await userOf(app)).lastLoginAt, now + 120)
})

t.test('a name that is reserved for its former account is taken', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const user = await userOf(app)
  await app.store.replaceUser(user, { ...user, name: 'alicia' }, { reserveUntil: now + 3600 })
  const refused = await send(app, 'POST', '/user', { user: 'alice', pass: 'other' })
  t.match(refused.json(), { statusCode: 403, error_name: 'UserAlreadyExistsError' })
  await app.store.freeName('alice')
  t.equal((await send(app, 'POST', '/user', { user: 'alice', pass: 'other' })).statusCode, 201)
})
