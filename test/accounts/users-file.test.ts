import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { decodePart, send, signIn, startService, temporaryFolder } from '../support/helper.js'
import { createUser } from '../support/records.js'

const bcryptHash = '$2b$04$7uGyeIv8yA2VPGs89PQ8muuN964Z1pndmhhkuvtOLIeZ3bpmEfe02'
const argon2Hash =
  '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'

function usersFile(folder: string, content: unknown): string {
  const path = join(folder, 'users-to-begin-with.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

t.test('the users of a file are made once, named in the log, and keep what became of them', async (t) => {
  const folder = temporaryFolder(t)
  const uid = 'a'.repeat(32)
  const environment = {
    POSTERN_STORE: 'file',
    POSTERN_DATA_DIR: join(folder, 'data'),
    POSTERN_REGISTRATION: 'closed',
    POSTERN_USERS_FILE: usersFile(folder, [
      { name: 'alice', password: 'wonderland', uid, groups: ['b', 'a'], claims: { role: 'admin' } },
      { name: 'bob', hash: argon2Hash, active: false }
    ])
  }
  const { app, log } = await startService(t, environment)
  const token = await signIn(app)
  t.match(decodePart(token, 1), { uid, user: 'alice', role: 'admin', groups: ['a', 'b'] })
  t.match((await send(app, 'GET', '/check', { access_token: token })).json(), { role: 'admin' })
  t.match(await app.store.findUserByName('bob'), { state: 'deleted', hash: argon2Hash })
  t.equal(log.filter((line) => line.includes('a user of POSTERN_USERS_FILE was made')).length, 2)
  t.notMatch(log.join(''), /wonderland|argon2id/)
  await send(app, 'PATCH', '/user', { pass: 'other' }, { headers: { authorization: token } })
  await app.close()

  const { app: again, log: second } = await startService(t, environment)
  t.equal((await send(again, 'GET', '/token', { user: 'alice', pass: 'other' })).statusCode, 200)
  t.equal((await send(again, 'GET', '/token', { user: 'alice', pass: 'wonderland' })).statusCode, 404)
  t.notMatch(second.join(''), /was made/)
})

t.test('the users of a file go by the names that the calls have, too', async (t) => {
  const { app } = await startService(t, {
    POSTERN_USERS_FILE: usersFile(temporaryFolder(t), [
      { user: 'alice', pass: 'wonderland' },
      { username: 'bob', password: 'builder' },
      { name: 'carol', username: 'carol', password: 'christmas', pass: 'christmas' }
    ])
  })
  await signIn(app, 'alice', 'wonderland')
  await signIn(app, 'bob', 'builder')
  await signIn(app, 'carol', 'christmas')
})

t.test('the file may be YAML', async (t) => {
  const content = `
# The household
- name: alice
  password: wonderland
  groups: [family]
  claims: { role: editor }
- user: "no"
  pass: "12345"
  active: false
`
  const { app } = await startService(t, { POSTERN_USERS_FILE: usersFile(temporaryFolder(t), content) })
  t.match(decodePart(await signIn(app), 1), { role: 'editor', groups: ['family'] })
  t.match(await app.store.findUserByName('no'), { state: 'deleted' })
})

t.test('the users of a file have the members of an account', async (t) => {
  const email = 'alice@example.org'
  const { app } = await startService(t, {
    POSTERN_USERS_FILE: usersFile(temporaryFolder(t), [
      {
        name: 'alice',
        password: 'wonderland',
        email,
        email_verified: true,
        display_name: 'Alice',
        groups: ['b', 'a', 'b'],
        external_id: '4711',
        expires_at: 4_000_000_000
      },
      { name: 'bob', hash: argon2Hash, state: 'disabled' },
      { name: 'carol', hash: argon2Hash, active: true }
    ])
  })
  const members = { email, emailVerified: true, displayName: 'Alice', groups: ['a', 'b'], externalId: '4711' }
  t.match(await app.store.findUserByName('alice'), { ...members, state: 'active', expiresAt: 4_000_000_000 })
  t.match(await app.store.findUserByName('bob'), { state: 'disabled' })
  t.match(await app.store.findUserByName('carol'), { state: 'active' })
})

t.test(
  'a claim that became reserved is refused of a new account, and left to one that is there',
  async (t) => {
    const folder = temporaryFolder(t)
    const environment = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: join(folder, 'data') }
    const claims = { groups: ['a'], scope: 'read', long: 'x'.repeat(5000) }
    const POSTERN_USERS_FILE = usersFile(folder, [{ name: 'alice', hash: argon2Hash, claims }])
    await t.rejects(startService(t, { POSTERN_USERS_FILE }), {
      name: 'StartupError',
      exitCode: 2,
      message:
        /^POSTERN_USERS_FILE: "alice" is refused: claims: must not hold .*groups and email are members of the acc/
    })
    const { app } = await startService(t, environment)
    await app.store.createUser({ ...createUser('alice'), claims })
    await app.close()
    const { app: again } = await startService(t, { ...environment, POSTERN_USERS_FILE })
    t.match(await again.store.findUserByName('alice'), { claims })
  }
)

t.test('a user of the file whose account was renamed or purged is not made again, and told of', async (t) => {
  const uid = 'a'.repeat(32)
  const { app, log } = await startService(t, {
    POSTERN_USERS_FILE: usersFile(temporaryFolder(t), [
      { name: 'alice', password: 'wonderland', uid },
      { name: 'bob', password: 'builder' }
    ])
  })
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((name) => app.store.findUserByName(name)))
  if (alice === undefined || bob === undefined) throw new Error('they were not made')
  await app.store.replaceUser(alice, { ...alice, name: 'alicia' }, { reserveUntil: 4_000_000_000 })
  await app.store.purgeUser(bob, 4_000_000_000)
  await app.usersFile?.sync(false)
  t.equal(await app.store.countUsers(), 1)
  const lines = log.filter((line) => line.includes('the name is reserved')).map((line) => JSON.parse(line))
  t.match(lines, [
    { level: 40, user: 'alice' },
    { level: 40, user: 'bob' }
  ])
})

t.test('a file that is read twice at the same time makes each user once', async (t) => {
  const users = Array.from({ length: 5 }, (_, number) => ({ name: `user ${number}`, password: 'secret' }))
  const path = usersFile(temporaryFolder(t), [])
  const { app, log } = await startService(t, { POSTERN_USERS_FILE: path })
  writeFileSync(path, JSON.stringify(users))
  await Promise.all([app.usersFile?.sync(false), app.usersFile?.sync(false)])
  t.equal(log.filter((line) => line.includes('a user of POSTERN_USERS_FILE was made')).length, 5)
  t.equal(log.filter((line) => line.includes('"audit":"sign_up"')).length, 5)

  const uid = 'a'.repeat(32)
  writeFileSync(path, JSON.stringify([{ name: 'alice', password: 'secret', uid }]))
  await app.usersFile?.sync(false)
  writeFileSync(path, JSON.stringify([{ name: 'bob', password: 'secret', uid }]))
  t.match(await app.usersFile?.sync(false), [
    { user: 'bob', action: 'conflict', reason: 'another account has the uid' }
  ])
  t.equal(await app.store.findUserByName('bob'), undefined)
})

t.test('a bcrypt hash lets its user in, and is renewed as argon2id by that', async (t) => {
  const { app } = await startService(t, {
    POSTERN_USERS_FILE: usersFile(temporaryFolder(t), [{ name: 'alice', hash: bcryptHash }])
  })
  t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'wrong' })).statusCode, 404)
  t.match(await app.store.findUserByName('alice'), { hash: bcryptHash })
  await signIn(app, 'alice', 'correct horse')
  t.match(await app.store.findUserByName('alice'), { hash: /^\$argon2id\$/ })
  await signIn(app, 'alice', 'correct horse')
})

t.test('a file that is wrong stops the start, says where, and quotes nothing', async (t) => {
  for (const [content, where] of [
    ['', 'it is empty'],
    ['[{ "name": "alice", "password": "secret" ]', 'neither valid JSON nor valid YAML (line 1)'],
    ['- name: alice\n  password: secret\n  password: secret', 'neither valid JSON nor valid YAML (line 3)'],
    ['- name: alice\n  password: 12345', '/0/password must be of the type string'],
    ['- &a [*a, *b]', 'neither valid JSON nor valid YAML'],
    ['{}', 'the document must be of the type array'],
    [[{ nam: 'alice', password: 'secret' }], '/0/nam is no member of a user'],
    [[{ password: 'secret' }], '/0/name is missing'],
    [[{ name: 'alice', password: 5 }], '/0/password must be of the type string'],
    [[{ name: 'alice' }], '/0 must have either a password or a hash'],
    [[{ name: 'alice', password: 'secret', hash: argon2Hash }], '/0 must have either'],
    [
      [{ name: 'alice', hash: 'secret' }],
      '/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [[{ name: 'alice', hash: bcryptHash.replace('$04$', '$31$') }], '/0/hash'],
    [[{ name: 'alice', password: 'secret', uid: 'x' }], '/0/uid must be 32 hex digits'],
    [[{ name: 'alice', password: 'secret', claims: { sub: 'x' } }], '/0/claims must not hold'],
    [[{ name: 'alice', password: 'secret', role: 'admin' }], '/0/role is no member of a user'],
    [[{ name: 'alice', password: 'secret', email: 'secret' }], '/0/email must be an e-mail address'],
    [[{ name: 'alice', password: 'secret', groups: ['secret group'] }], '/0/groups must be'],
    [[{ name: 'alice', password: 'secret', display_name: '' }], '/0/display_name must be'],
    [[{ name: 'alice', password: 'secret', state: 'secret' }], '/0/state must be'],
    [[{ name: 'alice', password: 'secret', expires_at: 'secret' }], '/0/expires_at must be'],
    [[{ name: 'alice', password: 'secret', state: 'active', active: true }], '/0 must not have both'],
    [
      [
        { name: 'alice', password: 'secret', email: 'a@b.c' },
        { name: 'bob', password: 'secret', email: 'A@b.c' }
      ],
      '/1/email is the same as an earlier one'
    ],
    [[{ name: 'alice', managed: 'secret', password: 'secret' }], '/0/managed must be of the type boolean'],
    [[{ name: 'alice', managed: true, password: 'secret', hash: argon2Hash }], '/0 must have either'],
    [[{ name: 'a\u0000b', password: 'secret' }], '/0/name is refused'],
    [[{ user: 'alice', username: 'bob', pass: 'secret' }], '/0/username differs from name'],
    [[{ user: 'alice', pass: 'secret', password: 'other' }], '/0/pass differs from password'],
    [
      [
        { name: 'é', password: 'secret' },
        { name: 'e\u0301', password: 'secret' }
      ],
      '/1/name is the same as an earlier one'
    ]
  ] as const) {
    const POSTERN_USERS_FILE = usersFile(temporaryFolder(t), content)
    const error = await startService(t, { POSTERN_USERS_FILE }).catch((error: Error) => error)
    t.match(error, { name: 'StartupError', exitCode: 2, message: 'POSTERN_USERS_FILE takes a file of JSON' })
    t.match((error as Error).message, where)
    t.notMatch((error as Error).message, /secret|\$/)
  }
  const missing = { POSTERN_USERS_FILE: '/nowhere/users.json' }
  await t.rejects(startService(t, missing), { exitCode: 2, message: /cannot be read \(ENOENT\)/ })
})

t.test('L2: claims that leave no token short enough stop the start', async (t) => {
  const claims = { text: 'x'.repeat(4000) }
  const groups = Array.from({ length: 20 }, (_, number) => `group-${number}`)
  const content = [{ name: 'alice', hash: argon2Hash, claims, groups }]
  const POSTERN_USERS_FILE = usersFile(temporaryFolder(t), content)
  await t.rejects(startService(t, { POSTERN_USERS_FILE }), {
    name: 'StartupError',
    exitCode: 2,
    message:
      /^POSTERN_USERS_FILE: "alice" is refused: claims: must leave an access token of at most 6000 characters/
  })
})
