import { join } from 'node:path'
import bcrypt from 'bcrypt'
import t, { type Test } from 'tap'
import type { ImportReport } from '../../src/admin/user-import.js'
import { bearer, send, signIn, startService, temporaryFolder } from '../support/helper.js'

const key = 'a-key-of-the-operator-of-more-than-32-characters'
const uid = '0123456789abcdef0123456789abcdef'

/** The service with the operator's calls, and a function that imports lines with these rights. */
async function startImport(t: Test, environment: Record<string, string> = {}) {
  const settings = { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: key, ...environment }
  const { app, log, clock } = await startService(t, settings)
  const makeKey = async (...scopes: string[]) => {
    const name = scopes.join(' ')
    const reply = await app.inject({
      method: 'POST',
      url: '/admin/api-keys',
      headers: bearer(key),
      payload: { name, scopes }
    })
    return String(reply.json().key)
  }
  const importLines = async (
    lines: (object | string)[],
    { query = '', by = key, type = 'application/x-ndjson' } = {}
  ) => {
    const payload = lines
      .map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
      .join('')
    const headers = { ...bearer(by), 'content-type': type }
    const reply = await app.inject({ method: 'POST', url: `/admin/import${query}`, headers, payload })
    return { status: reply.statusCode, body: reply.json() as ImportReport & { error_name: string } }
  }
  const list = async (query = '', by = key) => {
    const reply = await app.inject({ url: `/admin/users${query}`, headers: bearer(by) })
    return { status: reply.statusCode, text: reply.body, users: reply.json().users }
  }
  return { app, log, clock, makeKey, importLines, list }
}

const alice = {
  uid,
  user: 'alice',
  state: 'active',
  email: 'alice@example.org',
  email_verified: true,
  display_name: 'Alice',
  groups: ['family'],
  claims: { role: 'x', none: null },
  external_id: 'kc-1',
  created_at: 1000,
  password_changed_at: 1001,
  last_login_at: 1002
}

t.test('an account is imported with its hash and all its members, and its password works', async (t) => {
  const { app, importLines, list } = await startImport(t)
  const hash = await bcrypt.hash('wonderland', 4)
  const { status, body } = await importLines([{ ...alice, hash }])
  t.equal(status, 200)
  t.same(body, { made: 1, updated: 0, skipped: 0, refused: [] })
  const [account] = (await list()).users
  t.same(account, { ...alice, has_password: true })
  t.match(await signIn(app), /^ey/)
})

t.test('an exported account comes back as it was, in another service', async (t) => {
  const source = await startImport(t)
  await source.importLines([{ ...alice, hash: await bcrypt.hash('wonderland', 4) }, { user: 'bob' }])
  const { users } = await source.list('?with_hashes=true')
  const target = await startImport(t)
  const lines = users.map(({ has_password: _, ...account }: { has_password: boolean }) => account)
  t.match((await target.importLines(lines)).body, { made: 2, refused: [] })
  t.same((await target.list('?with_hashes=true')).users, users)
})

t.test('a refused line names user and reason, and stops no other; a dry run says the same', async (t) => {
  const { app, importLines, list } = await startImport(t)
  await importLines([
    { user: 'taken', email: 'taken@example.org', external_id: '7' },
    { uid, user: 'purged' }
  ])
  const headers = bearer(key)
  await app.inject({ method: 'DELETE', url: `/admin/users/${uid}?purge=true&free_name=true`, headers })
  const lines = [
    { user: 'good', groups: ['a'] },
    'not JSON hunter2',
    '["hunter2"]',
    { email: 'x@example.org' },
    { user: 'bob', hunter2: 1 },
    { user: 'bob', email: 'hunter2' },
    { user: 'bob', hash: '$apr1$hunter2' },
    { user: 'bob', hash: `$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHQ$${'A'.repeat(43)}` },
    { user: 'bob', claims: { groups: [] } },
    { user: 'bob3', email_verified: true },
    { user: 'taken' },
    { user: 'bob4', email: 'TAKEN@example.org' },
    { user: 'bob2', external_id: '7' },
    { user: 'cafe\u0301', email: 'one@example.org' },
    { user: 'caf\u00e9' },
    { user: 'other', email: 'One@example.org' },
    { uid, user: 'again' },
    { user: 'last' }
  ]
  const dry = await importLines(lines, { query: '?dry_run=true' })
  t.equal((await list()).users.length, 1, 'nothing is stored')
  const { body } = await importLines(lines)
  t.same(dry.body, body)
  t.match(body, { made: 3, updated: 0, skipped: 0 })
  t.same(
    body.refused.map(({ line, reason }) => `${line} ${reason}`),
    [
      '2 line: must be a JSON object.',
      '3 line: must be a JSON object.',
      '4 user: is missing.',
      '5 hunter2: is no member of an account.'.replace('hunter2', 'a member'),
      '6 email: must be an e-mail address of at most 254 characters.',
      '7 hash: must be a usable hash of argon2, bcrypt, scrypt or pbkdf2, within the bounds of an import.',
      '8 hash: must be a usable hash of argon2, bcrypt, scrypt or pbkdf2, within the bounds of an import.',
      body.refused[7] && `9 ${body.refused[7].reason}`,
      '10 email_verified: is for an account with an email.',
      '11 The user name is taken.',
      '12 Another account has the e-mail address.',
      '13 Another account has the external_id.',
      '15 user: is the same as on line 14.',
      '16 email: is the same as on line 14.',
      '17 The user name is taken.'
    ]
  )
  t.match(body.refused[7]?.reason, /^claims: must not hold a claim that Postern makes/)
  t.notMatch(JSON.stringify(body.refused), 'hunter2')
  t.same(
    (await list()).users.map(({ user }: { user: string }) => user),
    ['café', 'good', 'last', 'taken']
  )
})

t.test('an account that is there is refused, skipped or updated, in a dry run too', async (t) => {
  const { app, importLines, list } = await startImport(t)
  await importLines([{ ...alice, hash: await bcrypt.hash('wonderland', 4) }])
  const [before] = (await list()).users
  const changed = { user: 'alice', groups: [], claims: { level: 2 }, hash: await bcrypt.hash('new', 4) }
  const reports = {
    '?on_conflict=fail': { refused: [{ line: 1, user: 'alice', reason: 'The user name is taken.' }] },
    '?on_conflict=skip': { skipped: 1 },
    '?on_conflict=update&dry_run=true': { updated: 1 }
  }
  for (const [query, report] of Object.entries(reports)) {
    t.same((await importLines([changed], { query })).body, {
      made: 0,
      updated: 0,
      skipped: 0,
      refused: [],
      ...report
    })
    t.same((await list()).users, [before], query)
  }
  const token = await signIn(app)
  t.equal((await app.inject({ url: '/check', headers: bearer(token) })).statusCode, 200)
  t.match((await importLines([changed], { query: '?on_conflict=update' })).body, { updated: 1 })
  const [after] = (await list()).users
  t.same([after.groups, after.claims, after.email, after.uid], [[], { level: 2 }, 'alice@example.org', uid])
  t.not((await app.inject({ url: '/check', headers: bearer(token) })).statusCode, 200, 'old tokens end')
  t.match(await signIn(app, 'alice', 'new'), /^ey/)
  const other = { uid: 'f'.repeat(32), user: 'alice' }
  t.match((await importLines([other], { query: '?on_conflict=update' })).body, {
    refused: [{ reason: 'uid: is not that of the account with this name.' }]
  })
})

t.test('two imports of the same accounts at once skip or update what the other one makes', async (t) => {
  // On a disk an account is being made for a while.
  const file = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: join(temporaryFolder(t), 'data') }
  const { importLines, list } = await startImport(t, file)
  for (const [onConflict, counted] of [
    ['skip', 'skipped'],
    ['update', 'updated']
  ] as const) {
    const lines = Array.from({ length: 100 }, (_, index) => ({ user: `${onConflict}-${index}` }))
    const query = `?on_conflict=${onConflict}`
    const reports = await Promise.all([importLines(lines, { query }), importLines(lines, { query })])
    const [one, other] = reports.map(({ body }) => body)
    t.same([one?.refused, other?.refused], [[], []])
    t.equal((one?.made ?? 0) + (other?.made ?? 0), 100)
    t.equal((one?.[counted] ?? 0) + (other?.[counted] ?? 0), 100)
  }
  t.equal((await list('?limit=200')).users.length, 200)
})

t.test('only the scope all imports or updates a member of postern-admins', async (t) => {
  const { importLines, makeKey, list, log } = await startImport(t)
  await importLines([{ user: 'root', groups: ['postern-admins'] }])
  const by = await makeKey('users:write')
  for (const query of ['?on_conflict=update', '?on_conflict=update&dry_run=true']) {
    const { body } = await importLines(
      [
        { user: 'eve', groups: ['postern-admins'] },
        { user: 'root', groups: [] },
        { user: 'root2', groups: ['other'] }
      ],
      { by, query }
    )
    t.match(body, {
      refused: [
        { line: 1, reason: /scope all/ },
        { line: 2, reason: /scope all/ }
      ]
    })
  }
  t.same((await list('?group=postern-admins')).users.length, 1)
  t.same((await list('?q=eve')).users, [])
  const refused = log.filter((line) => line.includes('admin_refused')).map((line) => JSON.parse(line))
  t.equal(refused.length, 4)
  t.match(refused[0], { actor: 'key:users:write', user: 'eve', reason: 'InsufficientScopeError' })
})

t.test('an import takes NDJSON alone, 500 lines and 1 MiB, and asks for the credential first', async (t) => {
  const { app, importLines, makeKey } = await startImport(t)
  const users = (count: number) => Array.from({ length: count }, (_, index) => ({ user: `user-${index}` }))
  t.match(await importLines(users(501)), { status: 400, body: { error_name: 'InvalidArgumentError' } })
  t.match(await importLines(users(500)), { status: 200, body: { made: 500 } })
  const long = JSON.stringify({ user: 'long', display_name: 'x'.repeat(70_000) })
  t.match((await importLines([long])).body.refused, [
    { line: 1, reason: 'line: must be at most 65536 characters.' }
  ])
  t.equal((await importLines([''.padEnd(1024 * 1024 - 1)])).status, 200)
  t.match(await importLines([''.padEnd(1024 * 1024)]), { status: 413 })
  t.match(await importLines(users(1), { type: 'application/json' }), { status: 415 })
  for (const query of ['?dry_run=yes', '?on_conflict=x', '?more=1']) {
    t.equal((await importLines(users(1), { query })).status, 400, query)
  }
  t.match(await importLines([''.padEnd(2 * 1024 * 1024)], { by: 'wrong' }), { status: 401 })
  t.match(await importLines(['x'], { by: await makeKey('users:read') }), {
    status: 403,
    body: { error_name: 'InsufficientScopeError' }
  })
  const payload = '{"user":"x"}'
  for (const url of ['/admin/users', '/user']) {
    const headers = { ...bearer(key), 'content-type': 'application/x-ndjson' }
    t.equal((await app.inject({ method: 'POST', url, headers, payload })).statusCode, 415, url)
  }
})

t.test('other work gets its turn while a call imports 500 accounts', async (t) => {
  const { importLines } = await startImport(t)
  let turns = 0
  let isOver = false
  const count = () => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  count()
  const lines = Array.from({ length: 500 }, (_, index) => ({ user: `user-${index}` }))
  t.match(await importLines(lines), { body: { made: 500 } })
  isOver = true
  t.ok(turns >= 20, `${turns} turns`)
})

t.test('hashes are told with the scope backup or all, to no other key, and are in no log', async (t) => {
  const { app, importLines, makeKey, list, log } = await startImport(t)
  const hash = await bcrypt.hash('wonderland', 4)
  await importLines([
    { user: 'alice', hash },
    { user: 'bob', hash: `${hash}x` }
  ])
  for (const scope of ['users:read', 'users:write', 'sessions', 'revocations', 'keys']) {
    const by = await makeKey('users:read', scope)
    t.equal((await list('?with_hashes=true', by)).status, 403, scope)
    t.notMatch((await list('?with_hashes=false', by)).text, hash)
  }
  t.equal(
    (await list('?with_hashes=true', await makeKey('backup'))).status,
    403,
    'the list needs users:read, too'
  )
  for (const scopes of [['users:read', 'backup'], ['all']]) {
    t.equal((await list('?with_hashes=true', await makeKey(...scopes))).users[0].hash, hash)
  }
  t.notOk((await list()).text.includes(hash))
  t.equal(log.filter((line) => line.includes('"hashes_read"')).length, 2)
  t.notOk(log.join('').includes(hash.slice(7)))
  t.equal((await send(app, 'GET', '/token', { user: 'bob', pass: 'wonderland' })).statusCode, 404)
})
