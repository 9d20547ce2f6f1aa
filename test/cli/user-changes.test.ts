import t from 'tap'
import { addApiKey, removeApiKey } from '../../src/cli/api-key-commands.js'
import { expiryNote } from '../../src/cli/expiry-note.js'
import { invite, listInvitations } from '../../src/cli/invite-commands.js'
import { addUser } from '../../src/cli/user-add.js'
import { listUsers, showUser } from '../../src/cli/user-list.js'
import { makeLink, setPassword } from '../../src/cli/user-password.js'
import { endSession, listSessions } from '../../src/cli/user-sessions.js'
import { setUser } from '../../src/cli/user-set.js'
import { deleteUser, disableUser, enableUser, purgeUser, signOutUser } from '../../src/cli/user-state.js'
import { type Answerer, refused, runOnFake } from '../support/fake-admin.js'

const uid = 'a'.repeat(32)

const alice = {
  uid,
  user: 'alice',
  state: 'active',
  groups: ['staff'],
  claims: { o: { a: 1, b: 2 } },
  created_at: 0
}

/** A service with one user. */
const withAlice: Answerer = ({ method, path, body }) => {
  if (path === '/admin/users/by-name/alice') return { headers: { etag: '"7"' }, body: alice }
  if (path !== `/admin/users/${uid}`) return undefined
  if (method === 'GET') return { headers: { etag: '"7"' }, body: alice }
  if (method === 'DELETE') return { status: 204 }
  return { body: { ...alice, ...(body as object) } }
}

t.test('no answer of a service drives the terminal', async (t) => {
  const text = 'a\x1b[2Jb'
  const link = { id: text, url: text, expires_at: 0, invite_url: text, invite_expires_at: 0 }
  const answerer: Answerer = () => ({ status: 201, body: { ...alice, ...link, key: text } })
  const told = t.capture(process.stderr, 'write', () => true)
  const printed = [
    await runOnFake(addUser, { operands: ['alice'], flags: { invite: true } }, answerer),
    await runOnFake(makeLink, { operands: ['alice'], flags: {} }, answerer),
    await runOnFake(invite, { operands: [], flags: {} }, answerer),
    await runOnFake(addApiKey, { operands: ['ci'], flags: { scope: ['keys'] } }, answerer)
  ].map((outcome) => outcome.printed)
  const words = told().map(({ args }) => String(args[0]))
  t.same(printed, Array(4).fill('a\\u{1b}[2Jb\n'))
  t.equal(words.length, 4)
  t.notOk(words.join('').includes('\x1b'))
})

t.test('user add sends the members, and prints a generated password or a link alone', async (t) => {
  const answerer: Answerer = ({ body }) => ({
    status: 201,
    body: {
      ...alice,
      ...('invite' in (body as object) && { invite_url: 'https://a/link/t', invite_expires_at: 0 })
    }
  })
  const flags = {
    group: ['b', 'a'],
    email: 'a@b.c',
    'email-verified': true,
    'display-name': 'Alice',
    claim: ['team="red"', '__proto__={"x":1}'],
    'expires-at': '2031-01-01'
  }
  const invited = await runOnFake(
    addUser,
    { operands: ['alice'], flags: { ...flags, invite: true } },
    answerer
  )
  t.equal(invited.printed, 'https://a/link/t\n')
  t.same(invited.calls[0]?.body, {
    user: 'alice',
    invite: true,
    groups: ['b', 'a'],
    email: 'a@b.c',
    email_verified: true,
    display_name: 'Alice',
    expires_at: 1_924_992_000,
    claims: JSON.parse('{"team":"red","__proto__":{"x":1}}')
  })
  const generated = await runOnFake(addUser, { operands: ['alice'], flags: { generate: true } }, answerer)
  t.match(generated.printed, /^[\w-]{20}\n$/)
  t.same(generated.calls[0]?.body, { user: 'alice', pass: generated.printed.trimEnd() })
  const json = await runOnFake(
    addUser,
    { operands: ['alice'], flags: { generate: true }, output: { format: 'json' } },
    answerer
  )
  t.match(JSON.parse(json.printed), { uid, pass: /^[\w-]{20}$/ })
})

t.test('user list follows the pages, up to --limit, and gives each form', async (t) => {
  const users = Array.from({ length: 450 }, (_, index) => ({ ...alice, user: `u${index}` }))
  const answerer: Answerer = ({ query: { limit = '', cursor = '0' } }) => {
    const end = Number(cursor) + Number(limit)
    return {
      body: { users: users.slice(Number(cursor), end), ...(end < users.length && { next: String(end) }) }
    }
  }
  const list = (flags: object, format: 'json' | 'ndjson' | 'tabbed' | 'table') =>
    runOnFake(listUsers, { operands: ['u'], flags, output: { format } }, answerer)
  const lines = await list({ state: 'active' }, 'tabbed')
  t.equal(lines.pieces?.length, 3, 'page by page')
  t.equal(lines.printed.split('\n').length, 451)
  t.match(lines.printed, new RegExp(`^u0\t${uid}\tactive\t\tstaff\t\n`))
  t.equal(lines.calls[1]?.path, '/admin/users?q=u&state=active&limit=200&cursor=200')
  t.same(JSON.parse((await list({}, 'json')).printed), { users })
  t.same(
    (await list({ limit: '201' }, 'ndjson')).printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    users.slice(0, 201)
  )
  t.match((await list({ limit: '1' }, 'table')).printed, /^User {2}uid .*\nu0 .*\n$/)
  await t.rejects(list({ group: ['x'] }, 'json'), { exitCode: 2, message: /PREFIX and --group exclude/ })
})

t.test('user show takes a name or a uid, and prints the account as the call answers it', async (t) => {
  for (const operand of ['alice', `uid:${uid}`]) {
    const { printed } = await runOnFake(
      showUser,
      { operands: [operand], output: { format: 'json' } },
      withAlice
    )
    t.same(JSON.parse(printed), alice)
  }
  const { printed } = await runOnFake(showUser, { operands: ['alice'] }, withAlice)
  t.match(printed, 'groups\tstaff\nclaims\t{"o":{"a":1,"b":2}}\ncreated_at\t1970-01-01T00:00:00Z\n')
  const nobody: Answerer = () => refused(404, 'UserDoesNotExistError')
  await t.rejects(runOnFake(showUser, { operands: ['bo\u001bb'] }, nobody), {
    exitCode: 7,
    message: 'there is no user bo\\u{1b}b'
  })
  await t.rejects(runOnFake(showUser, { operands: ['uid:x'] }, nobody), { name: 'StartupError', exitCode: 2 })
})

t.test('a name that a path has another meaning for is found all the same', async (t) => {
  const called = async (name: string) => {
    const answerer: Answerer = ({ path }) =>
      path === '/admin/users' ? { body: { users: [{ ...alice, user: name }] } } : { body: alice }
    return (await runOnFake(showUser, { operands: [name] }, answerer)).calls.map(({ path }) => path)
  }
  t.same(await called('a/../b?c#d%'), ['/admin/users/by-name/a%2F..%2Fb%3Fc%23d%25'])
  t.same(await called('..'), ['/admin/users?q=..&limit=1', `/admin/users/${uid}`])
  const other: Answerer = () => ({ body: { users: [{ ...alice, user: '..x' }] } })
  await t.rejects(runOnFake(showUser, { operands: ['..'] }, other), { name: 'StartupError', exitCode: 7 })
})

t.test(
  'user set changes what the options say and nothing else, on the record that it has seen',
  async (t) => {
    const set = async (flags: object) => {
      const { calls } = await runOnFake(setUser, { operands: ['alice'], flags }, withAlice)
      t.equal(calls[1]?.headers['if-match'], '"7"')
      return calls[1]?.body
    }
    t.same(await set({ name: 'bob', email: 'x@y.z', 'no-display-name': true }), {
      user: 'bob',
      email: 'x@y.z',
      display_name: null
    })
    t.same(await set({ group: ['ops', 'dev'], 'no-group': ['staff'] }), { groups: ['ops', 'dev'] })
    t.same(await set({ groups: 'a, b' }), { groups: ['a', 'b'] })
    t.same(await set({ groups: '' }), { groups: [] })
    t.same(await set({ 'no-second-factor': true }), { second_factor: null })
    t.same(await set({ 'no-expires-at': true, 'no-email-verified': true }), {
      expires_at: null,
      email_verified: false
    })
    t.same(
      await set({ claim: ['o={"b":3,"c":{"d":1}}', 'n=1'], 'no-claim': ['x'] }),
      { claims: { o: { b: 3, c: { d: 1 }, a: null }, n: 1, x: null } },
      'the claim is replaced, which a merge patch does by removing the rest'
    )
    const fails = (flags: object) => t.rejects(set(flags), { name: 'StartupError', exitCode: 2 })
    await fails({})
    await fails({ groups: 'a', group: ['b'] })
    await fails({ email: 'a@b.c', 'no-email': true })
    await fails({ claim: ['o={"a":null}'] })
  }
)

t.test('user set says that there is no second factor to remove', async (t) => {
  const set = async (factors: number, flags: object) => {
    const answerer: Answerer = () => ({ headers: { etag: '"7"' }, body: { ...alice, factors } })
    return (await runOnFake(setUser, { operands: ['alice'], flags }, answerer)).printed
  }
  t.equal(await set(1, { 'no-second-factor': true }), 'The user alice was changed.\n')
  t.equal(await set(0, { 'no-second-factor': true }), 'The user alice has no second factor.\n')
  t.equal(
    await set(0, { 'no-second-factor': true, 'no-email': true }),
    'The user alice has no second factor, and was changed.\n'
  )
  t.equal(await set(0, { 'no-email': true }), 'The user alice was changed.\n')
})

t.test('user set begins anew when somebody else has changed the account meanwhile', async (t) => {
  let version = 1
  const answerer: Answerer = ({ method, headers }) => {
    if (method === 'GET')
      return { headers: { etag: `"${version}"` }, body: { ...alice, groups: [`g${version}`] } }
    if (headers['if-match'] === '"1"') {
      version = 2
      return refused(412, 'PreconditionFailedError')
    }
    return { body: alice }
  }
  const { calls } = await runOnFake(setUser, { operands: ['alice'], flags: { group: ['ops'] } }, answerer)
  t.same(calls.at(-1)?.body, { groups: ['g2', 'ops'] })
  const always: Answerer = ({ method }) =>
    method === 'GET' ? { body: alice } : refused(412, 'PreconditionFailedError')
  await t.rejects(runOnFake(setUser, { operands: ['alice'], flags: { group: ['ops'] } }, always), {
    name: 'StartupError',
    exitCode: 7
  })
})

t.test('states, sessions and the end of an account are the calls of the contract', async (t) => {
  const answerer: Answerer = (call) => {
    const path = `/admin/users/${uid}`
    if (call.path === `${path}/sessions`) {
      return {
        body: {
          refresh_tokens: [
            { jti: 's1', kind: 'browser', issued_at: 0, last_used_at: null, address: '192.0.2.1' }
          ]
        }
      }
    }
    if (call.path.startsWith(`${path}/`)) return { status: 204 }
    return withAlice(call)
  }
  const run = async (command: typeof disableUser, operands: string[], flags = {}) => {
    const { calls, printed } = await runOnFake(command, { operands, flags }, answerer)
    const { method, path, body } = calls.at(-1) ?? {}
    return [method, path?.replace(uid, 'UID'), body, printed]
  }
  t.match(await run(disableUser, ['alice']), [
    'PATCH',
    '/admin/users/UID',
    { state: 'disabled' },
    /is disabled/
  ])
  t.match(await run(deleteUser, ['alice']), ['DELETE', '/admin/users/UID', undefined, /alice is deleted/])
  t.match(await run(purgeUser, ['alice'], { 'free-name': true }), [
    'DELETE',
    '/admin/users/UID?purge=true&free_name=true',
    undefined,
    /the name is free/
  ])
  t.match(await run(purgeUser, [`uid:${uid}`]), [
    'DELETE',
    '/admin/users/UID?purge=true',
    undefined,
    /is purged/
  ])
  t.match(await run(signOutUser, ['alice']), ['POST', '/admin/users/UID/sign-out', undefined, /signed out/])
  t.match(await run(listSessions, ['alice']), [
    'GET',
    '/admin/users/UID/sessions?kind=all',
    undefined,
    's1\t1970-01-01T00:00:00Z\t\t\t192.0.2.1\t\tbrowser\n'
  ])
  t.match(await run(endSession, ['alice', 's/1']), [
    'DELETE',
    '/admin/users/UID/sessions/s%2F1',
    undefined,
    /has ended/
  ])
})

t.test('passwords and links: each alone on standard output', async (t) => {
  const answerer: Answerer = (call) =>
    call.path.endsWith('/password-link')
      ? { status: 201, body: { url: 'https://a/link/t', expires_at: 60 } }
      : withAlice(call)
  const generated = await runOnFake(setPassword, { operands: ['alice'], flags: { generate: true } }, answerer)
  t.same(generated.calls.at(-1)?.body, { pass: generated.printed.trimEnd() })
  for (const [command, flags] of [
    [setPassword, { link: true }],
    [makeLink, { 'expires-in': '2h' }]
  ] as const) {
    const { printed, calls } = await runOnFake(command, { operands: ['alice'], flags }, answerer)
    t.equal(printed, 'https://a/link/t\n')
    t.same(calls.at(-1)?.body, 'expires-in' in flags ? { expires_in: 7200 } : {})
  }
  const json = await runOnFake(makeLink, { operands: ['alice'], output: { format: 'json' } }, answerer)
  t.same(JSON.parse(json.printed), { url: 'https://a/link/t', expires_at: 60 })
})

t.test('invitations and API keys: what makes them work is printed once, alone', async (t) => {
  const answerer: Answerer = ({ method, path }) => {
    if (path === '/admin/invites') {
      return method === 'POST'
        ? { status: 201, body: { id: 'i1', url: 'https://a/link/t', expires_at: 60 } }
        : { body: { invites: [{ id: 'i1', groups: ['a', 'b'], expires_at: 60 }] } }
    }
    if (method === 'POST')
      return { status: 201, body: { id: 'k1', name: 'ci', scopes: ['all'], key: 'pak_x' } }
    return method === 'DELETE'
      ? { status: 204 }
      : { body: { api_keys: [{ id: 'k1', name: 'ci', scopes: ['all'] }] } }
  }
  const invited = await runOnFake(
    invite,
    { flags: { user: 'bob', email: 'b@c.d', group: ['a'], 'expires-in': '7d' } },
    answerer
  )
  t.equal(invited.printed, 'https://a/link/t\n')
  t.same(invited.calls[0]?.body, { user: 'bob', email: 'b@c.d', groups: ['a'], expires_in: 604_800 })
  t.equal((await runOnFake(listInvitations, {}, answerer)).printed, 'i1\t\t\ta b\t1970-01-01T00:01:00Z\n')

  const added = await runOnFake(addApiKey, { operands: ['ci'], flags: { scope: ['all'] } }, answerer)
  t.equal(added.printed, 'pak_x\n')
  t.same(added.calls[0]?.body, { name: 'ci', scopes: ['all'] })
  await t.rejects(runOnFake(addApiKey, { operands: ['ci'] }, answerer), { exitCode: 2, message: /--scope/ })
  for (const operand of ['ci', 'k1']) {
    const { calls } = await runOnFake(removeApiKey, { operands: [operand] }, answerer)
    t.match(calls.at(-1), { method: 'DELETE', path: '/admin/api-keys/k1' })
  }
  await t.rejects(runOnFake(removeApiKey, { operands: ['cd'] }, answerer), {
    name: 'StartupError',
    exitCode: 8
  })
})

t.test('a change that leaves an account expired says that it is barred', async (t) => {
  const expired: Answerer = (call) => {
    const { status, headers, body } = withAlice(call) ?? {}
    return {
      ...(status && { status }),
      ...(headers && { headers }),
      body: { ...(body as object), expires_at: 60 }
    }
  }
  const note =
    'The account expired at 1970-01-01T00:01:00Z and is barred: user set --no-expires-at lets it in again.\n'
  const set = await runOnFake(setUser, { operands: ['alice'], flags: { 'expires-at': '60' } }, expired)
  t.equal(set.printed, `The user alice was changed.\n${note}`)
  const enabled = await runOnFake(enableUser, { operands: ['alice'] }, expired)
  t.equal(enabled.printed, `The user alice is active.\n${note}`)
  const disabled = await runOnFake(disableUser, { operands: ['alice'] }, expired)
  t.equal(disabled.printed, 'The user alice is disabled: its sessions and tokens have ended.\n')
  t.equal(expiryNote({ state: 'active', expires_at: 60 }, 59_999), '', 'not before its time')
  t.equal(expiryNote({ state: 'active' }, 60_000), '')
})

t.test('a list shows an account that has expired as such', async (t) => {
  const answerer: Answerer = () => ({
    body: { users: [60, undefined].map((expires_at) => ({ ...alice, ...(expires_at && { expires_at }) })) }
  })
  const { printed } = await runOnFake(listUsers, { operands: ['a'], flags: {} }, answerer)
  t.same(
    printed.split('\n').map((line) => line.split('\t')[2]),
    ['expired', 'active', undefined]
  )
})
