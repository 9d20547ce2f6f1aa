import t, { type Test } from 'tap'
import type { Actor } from '../../src/admin/authorization.js'
import type { Environment } from '../../src/config/environment.js'
import { bearer, send, signIn, start, startService, transports } from '../support/helper.js'

const now = start / 1000
const operator: Actor = { name: 'socket', address: null, scopes: new Set(['all']) }
const writer: Actor = { name: 'key:test', address: '192.0.2.1', scopes: new Set(['users:write']) }

/** The service with what the operator needs for links. */
async function startLinks(t: Test, environment: Environment = {}) {
  const { app, clock, log } = await startService(t, { POSTERN_ADMIN: 'http', ...environment })
  const { userAdministration: users, invitations } = app
  const make = (user: string, members = {}) => users.create({ user, ...members }, operator)
  const link = async (uid: string, request = {}) =>
    pathOf((await users.makePasswordLink(uid, request, operator)).url)
  const invite = async (request = {}) => pathOf((await invitations.invite(request, operator)).url)
  const use = (path: string, values: Record<string, string>, by = transports[0]) =>
    send(app, 'POST', path, values, by && { by })
  return { app, clock, log, users, invitations, make, link, invite, use }
}

const pathOf = (url: string) => new URL(url).pathname

t.test(
  'a password link sets the password once, by each transport, ends all tokens and signs nobody in',
  async (t) => {
    for (const by of transports) {
      const { app, make, link, use } = await startLinks(t)
      const { uid } = await make('alice', { pass: 'wonderland' })
      const token = await signIn(app)
      const path = await link(uid)
      t.equal(
        (await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode,
        200,
        'a link ends nothing'
      )
      const reply = await use(path, { pass: 'looking-glass' }, by)
      t.equal(reply.statusCode, 200, by)
      t.equal(reply.body, '', 'nobody is signed in')
      t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 400)
      t.ok(await signIn(app, 'alice', 'looking-glass'))
      const again = await use(path, { pass: 'another' }, by)
      t.match([again.statusCode, again.json().error_name], [410, 'LinkGoneError'])
    }
  }
)

t.test('of two who use a link at once, one does', async (t) => {
  const { app, make, link, use } = await startLinks(t)
  const { uid } = await make('alice')
  const path = await link(uid)
  const replies = await Promise.all(['one', 'two', 'three'].map((pass) => use(path, { pass })))
  t.same(replies.map(({ statusCode }) => statusCode).sort(), [200, 410, 410])
  const index = replies.findIndex(({ statusCode }) => statusCode === 200)
  t.ok(await signIn(app, 'alice', ['one', 'two', 'three'][index]))
})

t.test(
  'a link that is unknown, malformed, spent or outlived is gone, and nothing tells them apart',
  async (t) => {
    const { clock, make, link, invite, use } = await startLinks(t)
    const { uid } = await make('alice')
    const outlived = [await link(uid), await invite({ expires_in: 1800 })]
    clock.advance(1800)
    const bodies = new Set<string>()
    for (const path of [
      ...outlived,
      `/link/${'A'.repeat(43)}`,
      '/link/x',
      '/link/%00',
      `/link/${'x'.repeat(3000)}`
    ]) {
      const reply = await use(path, { pass: 'wonderland', user: 'bob' })
      t.equal(reply.statusCode, 410, path.slice(0, 60))
      bodies.add(reply.body)
    }
    t.equal(bodies.size, 1)
  }
)

t.test('a second link ends the first, and the lifetime is at most a week', async (t) => {
  const { users, make, link, use } = await startLinks(t)
  const { uid } = await make('alice')
  const first = await link(uid)
  const second = await link(uid, { expires_in: 604_800 })
  t.equal((await use(first, { pass: 'wonderland' })).statusCode, 410)
  t.equal((await users.requireById(uid)).passwordLink?.expiresAt, now + 604_800)
  t.equal((await use(second, { pass: 'wonderland' })).statusCode, 200)
})

t.test('a password that is refused leaves the link good', async (t) => {
  const { make, link, invite, use } = await startLinks(t, { POSTERN_PASSWORD_MIN_LENGTH: '8' })
  const { uid } = await make('alice')
  for (const path of [await link(uid), await invite({ user: 'bob' })]) {
    t.match((await use(path, { pass: 'short' })).json(), { error_name: 'PasswordPolicyError' })
    t.match((await use(path, {})).json(), { error_name: 'InvalidArgumentError' })
    t.match((await use(path, { pass: 'long enough' })).statusCode, /20[01]/)
  }
})

t.test('a GET of a link spends nothing, and says nothing that was sent with it', async (t) => {
  const { app, make, link, use } = await startLinks(t)
  const { uid } = await make('alice')
  const path = await link(uid)
  for (const method of ['GET', 'HEAD'] as const) {
    const reply = await app.inject({ method, url: `${path}?pass=stolen` })
    t.equal(reply.statusCode, 200)
    t.notMatch(reply.body, 'stolen')
  }
  t.equal((await use(path, { pass: 'wonderland' })).statusCode, 200)
})

t.test('a link ends with a new password, state or e-mail address, and with its account', async (t) => {
  const { app, users, make, link, use } = await startLinks(t)
  const ends: Record<string, (uid: string) => Promise<unknown>> = {
    password: (uid) => users.change(uid, { pass: 'new' }, operator),
    disabled: (uid) => users.change(uid, { state: 'disabled' }, operator),
    'disabled and enabled': async (uid) => {
      await users.change(uid, { state: 'disabled' }, operator)
      await users.change(uid, { state: 'active' }, operator)
    },
    'e-mail': (uid) => users.change(uid, { email: 'a@example.org' }, operator),
    expired: (uid) => users.change(uid, { expires_at: now }, operator),
    purged: (uid) => users.remove(uid, { purge: true, free_name: true }, operator)
  }
  for (const [name, end] of Object.entries(ends)) {
    const { uid } = await make(name)
    const path = await link(uid)
    await end(uid)
    t.equal((await use(path, { pass: 'wonderland' })).statusCode, 410, name)
    await users.remove(uid, { purge: true, free_name: true }, operator).catch(() => {})
  }
  t.equal(await app.store.countUsers(), 0)
})

t.test('a link that a program has made sets no password of one who became an admin since', async (t) => {
  const { users, make, use } = await startLinks(t)
  const { uid } = await make('alice', { pass: 'wonderland' })
  const { url } = await users.makePasswordLink(uid, { expires_in: 604_800 }, writer)
  await users.change(uid, { groups: ['postern-admins'] }, operator)
  t.equal((await use(pathOf(url), { pass: 'looking-glass' })).statusCode, 410)
  t.equal(
    (await use(pathOf((await users.makePasswordLink(uid, {}, operator)).url), { pass: 'new' })).statusCode,
    200
  )
})

t.test('an account that is barred gets no link', async (t) => {
  const { users, make } = await startLinks(t)
  for (const members of [{ state: 'disabled' }, { state: 'deleted' }, { expires_at: now }]) {
    const { uid } = await make(JSON.stringify(members), members)
    await t.rejects(users.makePasswordLink(uid, {}, operator), { name: 'UserDoesNotExistError' })
  }
})

t.test(
  'an invitation makes an account with its name, address and groups while registration is closed',
  async (t) => {
    const { app, users, invite, use } = await startLinks(t, {
      POSTERN_REGISTRATION: 'closed',
      POSTERN_SIGN_UP_MAX: '1'
    })
    const paths = [
      await invite({ user: 'alice', email: 'alice@example.org', groups: ['family', 'ops'] }),
      await invite({ user: 'bob' })
    ]
    for (const path of paths) {
      const reply = await use(path, { pass: 'wonderland' })
      t.match([reply.statusCode, reply.body], [201, ''], 'no limit of sign-ups counts')
      t.equal((await use(path, { pass: 'wonderland', user: 'eve' })).statusCode, 410)
    }
    t.ok(await signIn(app))
    t.match(await users.requireByName('alice'), { email: 'alice@example.org', groups: ['family', 'ops'] })
    t.notOk((await users.requireByName('alice')).emailVerified, 'an invitation verifies no address')
  }
)

t.test('a guest chooses the name that the invitation leaves open, and no other', async (t) => {
  const { app, make, invite, use } = await startLinks(t)
  await make('alice')
  const open = await invite()
  t.match((await use(open, { pass: 'wonderland' })).json(), { message: 'user: is missing.' })
  t.match((await use(open, { pass: 'wonderland', user: 'alice' })).json(), {
    error_name: 'UserAlreadyExistsError'
  })
  t.match((await use(open, { pass: 'wonderland', user: ' x' })).json(), {
    error_name: 'InvalidArgumentError'
  })
  t.equal((await use(open, { pass: 'wonderland', user: 'bob' })).statusCode, 201)
  t.ok(await signIn(app, 'bob'))
  const named = await invite({ user: 'carol' })
  t.match((await use(named, { pass: 'wonderland', user: 'dave' })).json(), {
    error_name: 'InvalidArgumentError'
  })
  t.equal((await use(named, { pass: 'wonderland', user: 'carol' })).statusCode, 201)
})

t.test('a guest gets nothing beyond what the invitation gives', async (t) => {
  for (const by of transports) {
    const { users, invite, use } = await startLinks(t)
    const coveted = {
      groups: 'postern-admins',
      'groups[]': 'postern-admins',
      email: 'eve@example.org',
      email_verified: 'true',
      claims: '{"role":"admin"}',
      state: 'active',
      invitationId: 'x'
    }
    const path = await invite({ groups: ['ops'] })
    t.equal((await use(path, { pass: 'wonderland', user: 'eve', ...coveted }, by)).statusCode, 201, by)
    const { uid, hash, ...record } = await users.requireByName('eve')
    t.same(record, { name: 'eve', state: 'active', gen: 0, createdAt: now, groups: ['ops'] })
  }
})

t.test('an invitation makes one account, however many use it at once', async (t) => {
  const { app, invite, use } = await startLinks(t)
  const path = await invite()
  const replies = await Promise.all(['a', 'b', 'c'].map((user) => use(path, { pass: 'wonderland', user })))
  t.same(replies.map(({ statusCode }) => statusCode).sort(), [201, 410, 410])
  t.equal(await app.store.countUsers(), 1)
})

t.test('invitations are listed page by page without their links, and removed', async (t) => {
  const { clock, invitations, invite, use } = await startLinks(t)
  const paths: string[] = []
  for (const user of ['a', 'b', 'c']) {
    paths.push(await invite({ user, expires_in: 60 * (1 + paths.length) }))
    clock.advance(1)
  }
  const { items, next = '' } = await invitations.list({ limit: 2 })
  t.match(items, [{ user: 'a', groups: [], created_at: now, expires_at: now + 60 }, { user: 'b' }])
  const last = await invitations.list({ limit: 2, cursor: next })
  t.match([last.items.map(({ user }) => user), last.next], [['c'], undefined])
  const text = JSON.stringify([items, last])
  for (const path of paths) t.notOk(text.includes(path.slice(-43)))
  t.notMatch(text, /digest/)
  await invitations.remove(last.items[0]?.id ?? '', writer)
  t.equal((await use(paths[2] ?? '', { pass: 'wonderland' })).statusCode, 410)
  await t.rejects(invitations.remove(last.items[0]?.id ?? '', operator), {
    name: 'InvitationDoesNotExistError'
  })
  clock.advance(60)
  t.same(
    (await invitations.list({})).items.map(({ user }) => user),
    ['b'],
    'an outlived one is not listed'
  )
})

t.test('nobody without all rights removes an invitation that makes a member of postern-admins', async (t) => {
  const { invitations, use } = await startLinks(t)
  const { id, url } = await invitations.invite({ groups: ['postern-admins'], user: 'alice' }, operator)
  await t.rejects(invitations.remove(id, writer), { name: 'InsufficientScopeError', message: /scope all/ })
  t.equal((await use(pathOf(url), { pass: 'wonderland' })).statusCode, 201)
})

t.test('an invitation that nobody could take is refused', async (t) => {
  const { invitations, make } = await startLinks(t)
  await make('alice', { email: 'alice@example.org' })
  const invite = (request: object, actor = operator) => invitations.invite(request, actor)
  await t.rejects(invite({ user: 'alice' }), { name: 'UserAlreadyExistsError' })
  const groups = Array.from({ length: 100 }, (_, index) => String(index).padStart(64, 'g'))
  await t.rejects(invite({ groups }), { message: /^groups: must leave an access token of at most/ })
  await t.rejects(invite({ groups, user: 'carol' }), { name: 'InvalidArgumentError' })
  await t.rejects(invite({ email: 'ALICE@example.org' }), { name: 'EmailTakenError' })
  await t.rejects(invite({ user: ' x' }), { name: 'InvalidArgumentError' })
  await t.rejects(invite({ groups: ['postern-admins'] }, writer), { name: 'InsufficientScopeError' })
  t.ok(await invite({ groups: ['postern-admins'] }))
  t.ok(await invite({ groups: ['ops'] }, writer))
})

t.test('links begin with the public URL, the issuer or the own address, and never with a Host', async (t) => {
  const cases: [Environment, string][] = [
    [{}, 'http://127.0.0.1:3000/link/'],
    [{ POSTERN_ISSUER: 'postern' }, 'http://127.0.0.1:3000/link/'],
    [{ POSTERN_ISSUER: 'https://id.example.org/' }, 'https://id.example.org/link/'],
    [
      { POSTERN_ISSUER: 'https://id.example.org', POSTERN_PUBLIC_URL: 'https://www.example.org/login/' },
      'https://www.example.org/login/link/'
    ]
  ]
  for (const [environment, base] of cases) {
    const { invitations } = await startLinks(t, environment)
    const { url } = await invitations.invite({}, operator)
    t.equal(url.slice(0, -43), base)
  }
})

t.test('the token of a link is in no log, no error and no store', async (t) => {
  const { app, log, make, link, invite, use } = await startLinks(t)
  const { uid } = await make('alice')
  const paths = [await link(uid), await invite({ user: 'bob' })]
  const said: string[] = []
  for (const path of paths) {
    for (const url of [
      path,
      `${path}/`,
      `${path}/x`,
      `${path}?a=b`,
      `/LINK/${path.slice(6)}`,
      `/%6cink/${path.slice(6)}`
    ]) {
      const page = await app.inject(url)
      // The form of a good link leads to itself.
      said.push((await use(url, {})).body, ...(page.statusCode === 200 ? [] : [page.body]))
    }
    said.push((await use(path, { pass: 'wonderland' })).body)
  }
  for (const user of (await app.store.listUsers({ by: 'name', text: '', limit: 9 })).users)
    said.push(JSON.stringify(user))
  t.ok(log.length > paths.length, 'the requests were logged')
  for (const path of paths) {
    t.same(
      [...log, ...said].filter((text) => text.includes(path.slice(6))),
      []
    )
  }
})
