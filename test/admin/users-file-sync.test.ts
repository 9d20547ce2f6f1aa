import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { User } from '../../src/store/store.js'
import { decodePart, send, signIn, startService, temporaryFolder } from '../support/helper.js'
import { createUser } from '../support/records.js'

const bcryptHash = '$2b$04$7uGyeIv8yA2VPGs89PQ8muuN964Z1pndmhhkuvtOLIeZ3bpmEfe02'
const alice = { name: 'alice', password: 'wonderland', managed: true, groups: ['a'], email: 'a@example.org' }
const bob = { name: 'bob', password: 'builder' }

/** A service with this users file, and how to write another one and have it read. */
async function startWith(t: Test, users: unknown, environment: Record<string, string> = {}) {
  const path = join(temporaryFolder(t), 'users.json')
  const write = (content: unknown) =>
    writeFileSync(
      path,
      typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content)
    )
  write(users)
  const { app, log, clock } = await startService(t, { POSTERN_USERS_FILE: path, ...environment })
  const find = async (name: string): Promise<User> => {
    const user = await app.store.findUserByName(name)
    if (user === undefined) throw new Error(`there is no ${name}`)
    return user
  }
  const sync = async (content: unknown, isDryRun = false) => {
    write(content)
    if (app.usersFile === null) throw new Error('there is no file')
    return await app.usersFile.sync(isDryRun)
  }
  const isToken = async (token: string) =>
    (await send(app, 'GET', '/check', { access_token: token })).statusCode === 200
  return { app, log, clock, path, find, sync, isToken }
}

t.test('a managed user is made with the mark, and brought back to what the file says', async (t) => {
  const { app, find, sync, log } = await startWith(t, [alice])
  const made = await find('alice')
  t.match(made, { managedBy: 'file', groups: ['a'], email: 'a@example.org', appliedPassword: made.hash })
  await app.store.replaceUser(made, {
    ...made,
    groups: ['b'],
    claims: { role: 'x' },
    email: 'b@example.org',
    displayName: 'Bob',
    state: 'disabled',
    expiresAt: 1
  })
  const members = ['email', 'display_name', 'groups', 'claims', 'state', 'expires_at']
  const [difference] = await sync([alice])
  t.match(difference, { user: 'alice', action: 'change' })
  t.same(difference?.members?.sort(), members.sort())
  const { version, gen, ...after } = await find('alice')
  t.same({ ...after, gen: made.gen }, made)
  t.ok(gen > made.gen)
  t.same(await sync([alice]), [])
  t.ok(log.some((line) => line.includes('"actor":"file"') && line.includes('account_changed')))
})

t.test('claims are replaced as a whole, not merged', async (t) => {
  const { find, sync } = await startWith(t, [{ ...alice, claims: { o: { a: 1, b: 2 }, p: 1 } }])
  await sync([{ ...alice, claims: { o: { a: 1 } } }])
  t.same((await find('alice')).claims, { o: { a: 1 } })
})

t.test('a group that the file takes away ends the tokens; one that it gives does not', async (t) => {
  const { app, sync, isToken, clock } = await startWith(t, [alice])
  const token = await signIn(app)
  clock.advance(1)
  await sync([{ ...alice, groups: ['a', 'b'] }])
  t.equal(await isToken(token), true)
  t.same(decodePart(await signIn(app), 1).groups, ['a', 'b'])
  await sync([{ ...alice, groups: ['b'] }])
  t.equal(await isToken(token), false)
})

t.test('another password in the file is applied, and ends the tokens', async (t) => {
  const { app, sync, isToken, clock } = await startWith(t, [alice])
  const token = await signIn(app)
  clock.advance(1)
  t.match(await sync([{ ...alice, password: 'looking-glass' }]), [{ members: ['password'] }])
  t.equal(await isToken(token), false)
  await signIn(app, 'alice', 'looking-glass')
  t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 404)
  t.same(await sync([{ ...alice, password: 'looking-glass' }]), [])
})

t.test('the renewal of a hash at a login is no difference', async (t) => {
  const { password, ...entry } = alice
  const users = [{ ...entry, hash: bcryptHash }]
  const { app, find, sync } = await startWith(t, users)
  const token = await signIn(app, 'alice', 'correct horse')
  const renewed = await find('alice')
  t.match(renewed.hash, /^\$argon2id\$/)
  t.same(await sync(users), [])
  t.same(await find('alice'), renewed)
  t.equal((await send(app, 'GET', '/check', { access_token: token })).statusCode, 200)
})

t.test(
  'raised parameters renew what is kept of the password, without a word and without an end',
  async (t) => {
    const folder = temporaryFolder(t)
    const environment = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: join(folder, 'data') }
    const first = await startWith(t, [alice], environment)
    const { gen } = await first.find('alice')
    await first.app.close()
    const raised = { ...environment, POSTERN_HASH_MEMORY_KIB: '16' }
    const { find, sync } = await startWith(t, [alice], raised)
    const after = await find('alice')
    t.match(after, { gen, hash: /m=16/, appliedPassword: after.hash })
    t.same(await sync([alice]), [])
  }
)

t.test(
  'nothing in the store or the log tells a password of the file more cheaply than its hash',
  async (t) => {
    const { find, log } = await startWith(t, [alice])
    t.match((await find('alice')).appliedPassword, /^\$argon2id\$/)
    t.notMatch(log.join(''), /wonderland|argon2id|sha256:/)
  }
)

t.test('the password that the file manages is changed by nobody else', async (t) => {
  const environment = { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: 'k'.repeat(32) }
  const none = { name: 'carol', managed: true }
  const { app, find, sync } = await startWith(t, [alice, bob, none], environment)
  const headers = { authorization: `Bearer ${'k'.repeat(32)}` }
  const call = async (name: string, method: 'PATCH' | 'POST', path: string, payload: object) =>
    await app.inject({ method, url: `/admin/users/${(await find(name)).uid}${path}`, headers, payload })
  const refusal = { statusCode: 403, error_name: 'ManagedByFileError' }
  const token = await signIn(app)
  const change = { headers: { authorization: token } }
  t.match((await send(app, 'PATCH', '/user', { pass: 'other' }, change)).json(), refusal)
  t.match((await call('alice', 'PATCH', '', { pass: 'other' })).json(), refusal)
  t.match((await call('alice', 'PATCH', '', { pass: null })).json(), refusal)
  t.match((await call('alice', 'POST', '/password-link', {})).json(), refusal)
  await signIn(app)
  t.equal((await call('alice', 'PATCH', '', { display_name: 'Alice' })).statusCode, 200)
  t.equal((await call('bob', 'PATCH', '', { pass: 'other' })).statusCode, 200)
  t.equal((await call('carol', 'PATCH', '', { pass: 'christmas' })).statusCode, 200)
  t.match(await sync([bob, none, alice]), [{ user: 'alice', members: ['display_name'] }])
  await signIn(app, 'carol', 'christmas')
})

t.test('a user that left the file is disabled, not deleted, and enabled when it comes back', async (t) => {
  const { app, find, sync, isToken } = await startWith(t, [alice, bob])
  const token = await signIn(app)
  t.same(await sync([bob]), [{ user: 'alice', action: 'disable' }])
  t.match(await find('alice'), { state: 'disabled', managedBy: 'file' })
  t.equal(await isToken(token), false)
  t.same(await sync([bob]), [])
  t.match(await sync([alice, bob]), [{ user: 'alice', action: 'change', members: ['state'] }])
  await signIn(app)
})

t.test('an empty list disables nobody, and is warned of once', async (t) => {
  const { find, sync, log } = await startWith(t, [alice])
  t.same(await sync([]), [])
  t.match(await find('alice'), { state: 'active' })
  t.equal(log.filter((line) => line.includes('holds no users')).length, 1)
})

t.test('a mistake in the file changes nothing at all', async (t) => {
  const { find, sync, app } = await startWith(t, [alice])
  const before = await find('alice')
  const changed = { ...alice, groups: ['z'] }
  for (const users of [
    '',
    '[{',
    Buffer.from('- {name: alice, managed: true, display_name: Caf\u00e9}', 'latin1'),
    [changed, { name: 'bob' }],
    [{ name: 'new', password: 'secret' }, changed, { ...bob, claims: { email: 'x' } }],
    [changed, { ...bob, managed: true, claims: { text: 'x'.repeat(4096) } }]
  ]) {
    await t.rejects(
      sync(users).then(() => undefined),
      { name: 'StartupError', exitCode: 2 }
    )
    t.same(await find('alice'), before)
    t.equal(await app.store.countUsers(), 1)
  }
})

t.test('a managed entry takes over no account, and the rest is applied', async (t) => {
  const { app, find, sync, log } = await startWith(t, [bob])
  await app.store.createUser({ ...createUser('dora'), email: 'd@example.org' })
  const [before, dora] = [await find('bob'), await find('dora')]
  const entries = [
    { ...bob, managed: true, groups: ['a'] },
    { name: 'carol', managed: true, email: 'D@example.org' },
    { name: 'emil', managed: true, uid: dora.uid },
    alice
  ]
  const differences = await sync(entries)
  t.same(
    differences.map(({ user, action }) => [user, action]),
    [
      ['bob', 'conflict'],
      ['carol', 'conflict'],
      ['emil', 'conflict'],
      ['alice', 'make']
    ]
  )
  t.same([await find('bob'), await find('dora')], [before, dora])
  t.equal(await app.store.countUsers(), 3)
  const lines = log.filter((line) => line.includes('was left as it is')).map((line) => JSON.parse(line).user)
  t.same(lines, ['bob', 'carol', 'emil'])
})

t.test('addresses and external ids that move between managed accounts move in one run', async (t) => {
  const entry = (name: string, email?: string, external_id?: string) => ({
    name,
    managed: true,
    email,
    external_id
  })
  const [a, b, c] = ['a@example.org', 'b@example.org', 'c@example.org']
  const { find, sync } = await startWith(t, [
    entry('ann', a, '1'),
    entry('ben', b, '2'),
    entry('cyd', c, '3')
  ])
  const moved = [
    entry('ann', b, '3'),
    entry('ben', 'A@example.org'),
    entry('cyd', undefined, '1'),
    entry('dan', c)
  ]
  const told = await sync(moved, true)
  t.same(
    told.map(({ user, action, members }) => [user, action, members]),
    [
      ['ann', 'change', ['email', 'external_id']],
      ['ben', 'change', ['email', 'external_id']],
      ['cyd', 'change', ['email', 'external_id']],
      ['dan', 'make', undefined]
    ]
  )
  t.match(await find('ann'), { email: a, externalId: '1' }, 'a dry run takes nothing away')
  t.same(await sync(moved), told)
  t.match(await find('ann'), { email: b, externalId: '3' })
  t.match(await find('ben'), { email: 'A@example.org', externalId: undefined })
  t.match(await find('cyd'), { email: undefined, externalId: '1' })
  t.match(await find('dan'), { email: c })
  t.same(await sync(moved), [])
})

t.test('an entry that is refused keeps its address, so another that wishes it is refused too', async (t) => {
  const entry = (name: string, email: string, external_id?: string) => ({
    name,
    managed: true,
    email,
    external_id
  })
  const { app, find, sync } = await startWith(t, [
    entry('ann', 'a@example.org'),
    entry('ben', 'b@example.org')
  ])
  await app.store.createUser({ ...createUser('dora'), email: 'd@example.org', externalId: '4' })
  const before = [await find('ann'), await find('ben')]
  const wished = [
    entry('ann', 'b@example.org'),
    entry('ben', 'd@example.org'),
    entry('cyd', 'a@example.org'),
    entry('dan', 'e@example.org', '4')
  ]
  const told = await sync(wished, true)
  const reason = 'another account has the e-mail address'
  t.same(told, [
    { user: 'ann', action: 'conflict', reason },
    { user: 'ben', action: 'conflict', reason },
    { user: 'cyd', action: 'conflict', reason },
    { user: 'dan', action: 'conflict', reason: 'another account has the external_id' }
  ])
  t.same(await sync(wished), told)
  t.same([await find('ann'), await find('ben')], before)
})

t.test('a managed account that was renamed is told of, and not disabled', async (t) => {
  const { app, find, sync } = await startWith(t, [alice, bob])
  const before = await find('alice')
  await app.store.replaceUser(before, { ...before, name: 'alicia' }, { reserveUntil: 4_000_000_000 })
  t.match(await sync([alice, bob]), [{ user: 'alice', action: 'conflict', reason: /reserved/ }])
  t.match(await find('alicia'), { state: 'active' })
})

t.test('an entry that is no longer managed releases its account as it is', async (t) => {
  const { find, sync } = await startWith(t, [alice])
  const { managed, ...entry } = alice
  t.same(await sync([{ ...entry, groups: ['z'] }]), [{ user: 'alice', action: 'release' }])
  const { managedBy, appliedPassword, groups } = await find('alice')
  t.same([managedBy, appliedPassword, groups], [undefined, undefined, ['a']])
  t.same(await sync([bob]), [{ user: 'bob', action: 'make' }])
  t.match(await find('alice'), { state: 'active' })
})

t.test('a file with many passwords to compare says why the start takes its time', async (t) => {
  const managed = (length: number) =>
    Array.from({ length }, (_, index) => ({ name: `user-${index}`, password: 'wonderland', managed: true }))
  const { log, sync } = await startWith(t, managed(49))
  const told = () => log.filter((line) => line.includes('are compared')).map((line) => JSON.parse(line).users)
  t.same(told(), [])
  await sync(managed(50))
  t.same(told(), [50])
  await sync(managed(50).map(({ password, ...user }) => ({ ...user, hash: bcryptHash })))
  t.same(told(), [50])
})

t.test('the file may put people into postern-admins, and the last one does not go unnoticed', async (t) => {
  const { find, sync, log } = await startWith(t, [{ ...alice, groups: ['postern-admins'] }, bob])
  t.match(await find('alice'), { groups: ['postern-admins'] })
  await sync([alice, bob])
  t.ok(log.some((line) => line.includes('last_admin_gone')))
})

t.test('a dry run tells the differences and changes nothing', async (t) => {
  const { app, find, sync } = await startWith(t, [alice, { ...bob, managed: true }])
  const before = await find('alice')
  const users = [
    { ...alice, groups: [] },
    { name: 'carol', password: 'christmas' }
  ]
  const told = await sync(users, true)
  t.match(told, [
    { user: 'bob', action: 'disable' },
    { user: 'alice', action: 'change', members: ['groups'] },
    { user: 'carol', action: 'make' }
  ])
  t.same(await find('alice'), before)
  t.equal(await app.store.countUsers(), 2)
  t.same(await sync(users), told)
  t.same(await sync(users), [])
})

t.test('the call shows the difference, then applies it, and tells a mistake in the file', async (t) => {
  const key = 'k'.repeat(32)
  const admin = { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: key }
  const { app, find, path } = await startWith(t, [alice, { name: 'carol', managed: true }], admin)
  const ask = async (query = '') => {
    const headers = { authorization: `Bearer ${key}` }
    const url = `/admin/users-file/sync${query}`
    const reply = await app.inject({ method: 'POST', url, headers })
    return { status: reply.statusCode, ...reply.json() }
  }
  t.same(await ask(), { status: 200, users: [] })
  writeFileSync(path, JSON.stringify([{ ...alice, groups: ['a', 'b'] }]))
  const users = [
    { user: 'carol', action: 'disable' },
    { user: 'alice', action: 'change', members: ['groups'] }
  ]
  t.same(await ask('?dry_run=true'), { status: 200, users })
  t.same((await find('alice')).groups, ['a'])
  t.same(await ask(), { status: 200, users })
  t.same((await find('alice')).groups, ['a', 'b'])
  t.equal((await find('carol')).state, 'disabled')
  writeFileSync(path, JSON.stringify([{ ...alice, groups: 'a' }]))
  t.match(await ask(), {
    status: 400,
    error_name: 'InvalidArgumentError',
    message: /POSTERN_USERS_FILE.*groups/
  })
  t.match(await ask('?dry=true'), { status: 400, message: /dry/ })
})

t.test('without a users file the call says so', async (t) => {
  const key = 'k'.repeat(32)
  const { app } = await startService(t, { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: key })
  const headers = { authorization: `Bearer ${key}` }
  const reply = await app.inject({ method: 'POST', url: '/admin/users-file/sync', headers })
  t.equal(reply.statusCode, 400)
  t.match(reply.json().message, /POSTERN_USERS_FILE: is not set/)
})
