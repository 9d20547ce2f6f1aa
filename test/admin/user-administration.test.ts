import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Actor, Scope } from '../../src/admin/authorization.js'
import type { AuditRecord } from '../../src/audit/audit.js'
import type { Environment } from '../../src/config/environment.js'
import { bearer, send, signIn, start, startService } from '../support/helper.js'

const now = start / 1000

/** Somebody with these scopes. */
const actorWith = (...scopes: Scope[]): Actor => ({
  name: 'key:test',
  address: '192.0.2.1',
  scopes: new Set(scopes)
})
const operator: Actor = { name: 'socket', address: null, scopes: new Set(['all']) }
const writer = actorWith('users:write')

/** The service with the administration of its users, and its security events. */
async function startAdministration(t: Test, environment: Environment = {}) {
  const { app, clock, log } = await startService(t, { POSTERN_ADMIN: 'http', ...environment })
  const events: AuditRecord[] = []
  app.audit.subscribe((record) => events.push(record))
  const { userAdministration: users } = app
  const make = (user: string, members = {}) => users.create({ user, ...members }, operator)
  return { app, clock, log, events, users, make }
}

const isGood = async (app: FastifyInstance, token: string) =>
  (await send(app, 'GET', '/check', {}, { by: 'query', headers: bearer(token) })).statusCode === 200

t.test('an account is made with a password, a hash, an invitation, or none of these', async (t) => {
  const { app, users, make } = await startAdministration(t)
  await make('alice', { pass: 'wonderland' })
  t.ok(await signIn(app))
  const { hash = '' } = await users.requireByName('alice')
  t.equal((await make('bob', { hash })).has_password, true)
  t.ok(await signIn(app, 'bob'))
  const { has_password, ...carol } = await make('carol')
  t.equal(has_password, false)
  t.notMatch(carol, { invite_url: String })
  t.equal((await send(app, 'GET', '/token', { user: 'carol', pass: 'x' })).statusCode, 404)
  const dave = await make('dave', { invite: true })
  t.match(dave.invite_url, /^http:\/\/127\.0\.0\.1:3000\/link\/[\w-]{43}$/)
  t.equal(dave.invite_expires_at, now + 604_800)
  t.notMatch(JSON.stringify(await users.requireByName('dave')), dave.invite_url?.slice(-43) ?? '?')
})

t.test('an account is made with all that the operator sets', async (t) => {
  const { make } = await startAdministration(t)
  const members = {
    email: 'Alice@example.org',
    email_verified: true,
    display_name: 'Alice',
    groups: ['family', 'ops'],
    claims: { role: 'x' },
    state: 'disabled',
    expires_at: now + 60,
    external_id: '7'
  }
  const { uid, ...account } = await make('alice', members)
  t.match(uid, /^[0-9a-f]{32}$/)
  t.same(account, { user: 'alice', has_password: false, created_at: now, ...members })
})

t.test('what no account may be made with is refused', async (t) => {
  const { make } = await startAdministration(t, { POSTERN_PASSWORD_MIN_LENGTH: '8' })
  const invalid = (argument: string) => ({
    name: 'InvalidArgumentError',
    message: new RegExp(`^${argument}: `)
  })
  await t.rejects(make(' alice'), invalid('user'))
  await t.rejects(make('alice', { pass: 'wonderland', invite: true }), invalid('invite'))
  await t.rejects(make('alice', { pass: 'wonderland', hash: 'x' }), invalid('hash'))
  await t.rejects(make('alice', { hash: '$argon2id$nonsense' }), invalid('hash'))
  await t.rejects(make('alice', { invite: true, state: 'disabled' }), invalid('invite'))
  await t.rejects(make('alice', { invite: true, expires_at: now }), invalid('invite'))
  await t.rejects(make('alice', { claims: { sub: 'x' } }), invalid('claims'))
  await t.rejects(make('alice', { email_verified: true }), invalid('email_verified'))
  await t.rejects(make('alice', { pass: 'short' }), { name: 'PasswordPolicyError' })
  await make('alice', { email: 'alice@example.org', external_id: '7' })
  await t.rejects(make('alice'), { name: 'UserAlreadyExistsError' })
  await t.rejects(make('bob', { email: 'ALICE@example.org' }), { name: 'EmailTakenError' })
  await t.rejects(make('bob', { external_id: '7' }), { name: 'ExternalIdTakenError' })
})

t.test('a list is paged by name, without a gap and without a repetition', async (t) => {
  const { users, make } = await startAdministration(t)
  const names = Array.from({ length: 7 }, (_, index) => `user-${index}`)
  for (const name of [...names].reverse()) await make(name)
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await users.list({ limit: 3, ...(cursor !== undefined && { cursor }) }, operator)
    seen.push(...page.users.map(({ user }) => user))
    cursor = page.next
    // A user who comes between the pages hides nobody.
    if (seen.length === 3) await make('user-0a')
  } while (cursor !== undefined)
  t.same(seen, names)
})

t.test('a list goes by name, e-mail address, display name or group, and by state', async (t) => {
  const { users, make } = await startAdministration(t)
  await make('alice', { email: 'Alice@Example.org', display_name: 'Liddell', groups: ['family'] })
  await make('alan', { display_name: 'Turing', state: 'disabled' })
  await make('bob', { groups: ['family', 'ops'] })
  const found = async (query: object) => (await users.list(query, operator)).users.map(({ user }) => user)
  t.same(await found({}), ['alan', 'alice', 'bob'])
  t.same(await found({ q: 'al' }), ['alan', 'alice'])
  t.same(await found({ q: 'Al' }), [], 'letters of either case differ')
  t.same(await found({ email: 'alice@example.ORG' }), ['alice'])
  t.same(await found({ email: 'alice@example' }), [])
  t.same(await found({ display_name: 'T' }), ['alan'])
  t.same(await found({ group: 'family' }), ['alice', 'bob'])
  t.same(await found({ group: 'fam' }), [])
  t.same(await found({ q: 'al', state: 'active' }), ['alice'])
  await t.rejects(users.list({ q: 'a', group: 'b' }, operator), { message: /^group: takes none of q, email/ })
  for (const cursor of ['%', 'a', 'gICA']) {
    await t.rejects(users.list({ cursor }, operator), { message: /^cursor: / })
    await t.rejects(users.list({ cursor, email: 'a@example.org' }, operator), { message: /^cursor: / })
  }
})

t.test('an account that is disabled, deleted or renamed loses its tokens at once', async (t) => {
  const { app, users, make } = await startAdministration(t)
  const patches = [{ state: 'disabled' }, { state: 'deleted' }, { user: 'renamed' }, { pass: 'new' }] as const
  for (const [index, patch] of patches.entries()) {
    const { uid } = await make(`user-${index}`, { pass: 'wonderland' })
    const token = await signIn(app, `user-${index}`)
    t.ok(await isGood(app, token))
    await users.change(uid, patch, operator)
    t.notOk(await isGood(app, token), JSON.stringify(patch))
  }
})

t.test('a change with an outdated entity tag is refused, and one without it goes on', async (t) => {
  const { users, make } = await startAdministration(t)
  const { uid } = await make('alice')
  await users.change(uid, { display_name: 'A' }, operator, (etag) => etag === '"0"')
  const outdated = users.change(uid, { display_name: 'B' }, operator, (etag) => etag === '"0"')
  await t.rejects(outdated, { name: 'PreconditionFailedError' })
  const changes = ['x', 'y', 'z'].map((group) => users.change(uid, { claims: { [group]: 1 } }, operator))
  await Promise.all(changes)
  t.same(
    (await users.requireById(uid)).claims,
    { x: 1, y: 1, z: 1 },
    'none of those at the same time is lost'
  )
  const both = ['x', 'y'].map((name) =>
    users.change(uid, { display_name: name }, operator, (etag) => etag === '"4"')
  )
  const outcomes = await Promise.allSettled(both)
  t.same(
    outcomes.map(({ status }) => status).sort(),
    ['fulfilled', 'rejected'],
    'one of two with the same tag'
  )
})

t.test('a patch that changes nothing stores nothing', async (t) => {
  const { users, make, events } = await startAdministration(t)
  const { uid } = await make('alice', { groups: ['family'] })
  const { version } = await users.requireById(uid)
  events.length = 0
  await users.change(uid, { groups: ['family', 'family'], state: 'active' }, operator)
  t.equal((await users.requireById(uid)).version, version)
  t.same(events, [])
})

t.test('claims that would make a token too long are refused, and leave the account as it was', async (t) => {
  const { users, make } = await startAdministration(t)
  const groups = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(64, 'g'))
  const { uid } = await make('alice')
  await t.rejects(users.change(uid, { claims: { a: 'x'.repeat(4000) }, groups }, operator), {
    name: 'InvalidArgumentError'
  })
  const { claims, groups: kept } = await users.requireById(uid)
  t.same([claims, kept], [undefined, undefined])
})

t.test('a name that an account had is reserved for it, and the operator can free it', async (t) => {
  const { users, make, clock } = await startAdministration(t)
  const { uid } = await make('alice')
  await users.change(uid, { user: 'alicia' }, operator)
  await t.rejects(make('alice'), { name: 'UserAlreadyExistsError' })
  clock.advance(366 * 86_400)
  await t.rejects(make('alice'), { name: 'UserAlreadyExistsError' }, 'while everybody can sign up')
  await users.change(uid, { user: 'alice' }, operator)
  await users.remove(uid, { purge: true }, operator)
  await t.rejects(make('alice'), { name: 'UserAlreadyExistsError' })
  await users.remove(uid, { free_name: true }, operator)
  t.not((await make('alice')).uid, uid)
  await t.rejects(users.remove(uid, { free_name: true }, operator), {
    name: 'UserDoesNotExistError'
  })
})

t.test('with registration closed a reserved name is free once the longest token has expired', async (t) => {
  const { users, make, clock } = await startAdministration(t, { POSTERN_REGISTRATION: 'closed' })
  const { uid } = await make('alice')
  await users.remove(uid, { purge: true }, operator)
  clock.advance(2_592_000 - 1)
  await t.rejects(make('alice'), { name: 'UserAlreadyExistsError' })
  clock.advance(1)
  t.not((await make('alice')).uid, uid)
})

t.test(
  'a deleted account keeps its record and its name; a purged one leaves nothing but its id',
  async (t) => {
    const { app, users, make } = await startAdministration(t)
    const { uid } = await make('alice', { pass: 'wonderland' })
    await users.remove(uid, {}, operator)
    t.equal((await users.requireById(uid)).state, 'deleted')
    t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 403)
    await users.change(uid, { state: 'active' }, operator)
    t.ok(await signIn(app), 'the operator may undo it')
    await t.rejects(users.remove(uid, { free_name: true }, operator), {
      message: /^free_name: /
    })
    await users.remove(uid, { purge: true }, operator)
    await t.rejects(users.requireById(uid), { name: 'UserDoesNotExistError' })
    await t.rejects(users.remove(uid, { purge: true }, operator), {
      name: 'UserDoesNotExistError'
    })
  }
)

t.test(
  'sessions are listed, ended one by one or together, and a sign-out ends the tokens, too',
  async (t) => {
    const { app, users, make } = await startAdministration(t)
    const { uid } = await make('alice', { pass: 'wonderland' })
    const token = await signIn(app)
    const refreshToken = async () =>
      send(app, 'GET', '/refresh_token', {}, { by: 'query', headers: bearer(token) })
    for (let count = 0; count < 3; count += 1) await refreshToken()
    const [first, second] = await users.sessions(uid, 'refresh_token')
    await users.endSession(uid, first?.id ?? '', operator)
    t.equal((await users.sessions(uid, 'refresh_token')).length, 2)
    await t.rejects(users.endSession(uid, first?.id ?? '', operator), { name: 'SessionDoesNotExistError' })
    const { uid: other } = await make('bob')
    await t.rejects(users.endSession(other, second?.id ?? '', operator), { name: 'SessionDoesNotExistError' })
    t.match(await users.describe(await users.requireById(uid)), { sessions: 2, factors: 0 })
    await users.endSessions(uid, operator)
    t.same(await users.sessions(uid, 'refresh_token'), [])
    t.ok(await isGood(app, token), 'a token without a session goes on')
    await refreshToken()
    await users.signOut(uid, operator)
    t.same(await users.sessions(uid, 'refresh_token'), [])
    t.notOk(await isGood(app, token))
    for (const call of [
      users.sessions('x', 'refresh_token'),
      users.endSessions('x', operator),
      users.signOut('x', operator)
    ]) {
      await t.rejects(call as Promise<unknown>, { name: 'UserDoesNotExistError' })
    }
  }
)

t.test('nobody without all rights makes a member of postern-admins, or touches one', async (t) => {
  const { users, make } = await startAdministration(t)
  const insufficient = { name: 'InsufficientScopeError', message: 'This call needs the scope all.' }
  const admins = { groups: ['postern-admins'] }
  const { uid } = await make('alice')
  const { uid: admin } = await make('admin', { pass: 'wonderland', ...admins })
  await t.rejects(users.create({ user: 'eve', ...admins }, writer), insufficient)
  await t.rejects(users.change(uid, admins, writer), insufficient)
  const attempts = [
    users.change(admin, { pass: 'stolen' }, writer),
    users.change(admin, { state: 'disabled' }, writer),
    users.change(admin, { groups: [] }, writer),
    users.change(admin, { email: 'eve@example.org' }, writer),
    users.change(admin, {}, writer),
    users.remove(admin, {}, writer),
    users.remove(admin, { purge: true }, writer),
    users.makePasswordLink(admin, {}, writer),
    users.signOut(admin, actorWith('sessions')),
    users.endSessions(admin, actorWith('sessions')),
    users.endSession(admin, 'x', actorWith('sessions'))
  ]
  for (const attempt of attempts) await t.rejects(attempt as Promise<unknown>, insufficient)
  t.equal((await users.requireById(admin)).version, undefined, 'nothing was changed')
  t.ok(await users.change(uid, { groups: ['ops'] }, writer), 'other groups they may give')
})

t.test('the right over an account is judged on the record that is replaced', async (t) => {
  const { app, users, make } = await startAdministration(t)
  const { uid } = await make('alice')
  const replaced = app.store.replaceUser.bind(app.store)
  t.teardown(() => {
    app.store.replaceUser = replaced
  })
  // Between the first look at the record and its replacement alice becomes an admin.
  app.store.replaceUser = async (...change) => {
    app.store.replaceUser = replaced
    await users.change(uid, { groups: ['postern-admins'] }, operator)
    return await replaced(...change)
  }
  await t.rejects(users.change(uid, { pass: 'stolen' }, writer), { name: 'InsufficientScopeError' })
  t.equal((await users.requireById(uid)).hash, undefined)
})

t.test('the last active member of postern-admins does not go unnoticed', async (t) => {
  const { users, make, events } = await startAdministration(t)
  const isWarned = () => events.splice(0).some(({ event }) => event === 'last_admin_gone')
  const admins = { groups: ['postern-admins'] }
  const { uid: first } = await make('first', admins)
  const { uid: second } = await make('second', admins)
  await make('disabled', { ...admins, state: 'disabled' })
  await users.change(first, { groups: [] }, operator)
  t.notOk(isWarned(), 'there is another one')
  await users.change(second, { display_name: 'x' }, operator)
  t.notOk(isWarned(), 'she stays one')
  await users.change(second, { state: 'disabled' }, operator)
  t.ok(isWarned())
  await users.change(second, { state: 'active' }, operator)
  await users.remove(second, { purge: true }, operator)
  t.ok(isWarned())
})

t.test('nor does it if the last member deletes his own account', async (t) => {
  const { app, make, events } = await startAdministration(t)
  await make('alice', { pass: 'wonderland', groups: ['postern-admins'] })
  await send(app, 'DELETE', '/user', {}, { headers: bearer(await signIn(app)) })
  t.match(events.at(-1), { event: 'last_admin_gone', user: 'alice' })
})

t.test('every change is a security event with who made it, and holds no secret', async (t) => {
  const { users, make, events, log } = await startAdministration(t)
  const { uid } = await make('alice', { pass: 'hunter2' })
  await users.change(uid, { pass: 'hunter2-2', email: 'alice@example.org' }, writer)
  const { url } = await users.makePasswordLink(uid, {}, operator)
  await users.signOut(uid, operator)
  await users.remove(uid, { purge: true, free_name: true }, operator)
  t.same(
    events.map(({ event, actor, address, user, detail }) => [event, actor, address, user, detail]),
    [
      ['account_created', 'socket', null, 'alice', undefined],
      ['account_changed', 'key:test', '192.0.2.1', 'alice', 'pass, email'],
      ['password_link_made', 'socket', null, 'alice', undefined],
      ['sessions_ended', 'socket', null, 'alice', 'all sessions and tokens'],
      ['account_purged', 'socket', null, 'alice', undefined],
      ['name_freed', 'socket', null, 'alice', undefined]
    ]
  )
  const said = [...log, JSON.stringify(events)].join('\n')
  t.notMatch(said, /hunter2|alice@example/)
  t.notOk(said.includes(url.slice(-43)))
})
