import { spawnSync } from 'node:child_process'
import { pbkdf2Sync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import argon2 from 'argon2'
import bcrypt from 'bcrypt'
import t, { type Test } from 'tap'
import { cheap, temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

interface Report {
  made: number
  updated: number
  skipped: number
  refused: { line: number; user?: string; reason: string }[]
  invited: { user: string; url: string }[]
}

/** A data folder beside a file, with functions that run commands on both. */
function prepare(t: Test) {
  const folder = temporaryFolder(t)
  const settings = {
    ...cheap,
    POSTERN_STORE: 'file',
    POSTERN_LOG_LEVEL: 'silent',
    POSTERN_PUBLIC_URL: 'https://id.example.org'
  }
  const run = async (...args: string[]) => {
    const program = new Program(t, args, settings, folder)
    const code = await program.exit
    return { code, stdout: program.stdout, stderr: program.stderr }
  }
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return name
  }
  const importFile = async (name: string, ...options: string[]) => {
    const { code, stdout, stderr } = await run('user', 'import', name, '--json', ...options)
    return { code, stderr, report: (stdout === '' ? {} : JSON.parse(stdout)) as Report }
  }
  const show = async (name: string) => JSON.parse((await run('user', 'show', name, '--json')).stdout)
  const logIn = async (...users: [user: string, pass: string][]) => {
    const service = serve(t, folder)
    const url = await service.url()
    for (const [user, pass] of users) {
      t.equal((await call(`${url}/token`, 'GET', { user, pass })).status, 200, `${user} logs in`)
      t.equal((await call(`${url}/token`, 'GET', { user, pass: `${pass}x` })).status, 404)
    }
    service.child.kill('SIGTERM')
    await service.exit
  }
  return { folder, run, put, importFile, show, logIn }
}

const nothing = { made: 0, updated: 0, skipped: 0, refused: [], invited: [] }

t.test('an export with hashes moves the accounts to another Postern, and their passwords work', async (t) => {
  const source = prepare(t)
  const line = {
    user: 'alice',
    groups: ['family'],
    hash: await bcrypt.hash('wonderland', 4),
    created_at: 1000
  }
  source.put('users.ndjson', `${JSON.stringify(line)}\n\n{"user":"bob"}\n`)
  const first = await source.importFile('users.ndjson', '--from', 'postern')
  t.match(first, { code: 0, report: { ...nothing, made: 2 } })
  t.notMatch((await source.run('user', 'export')).stdout, '"hash"')
  const { stdout } = await source.run('user', 'export', '--with-hashes')
  t.match(stdout, line.hash)
  const target = prepare(t)
  target.put('moved.ndjson', stdout)
  t.match(await target.importFile('moved.ndjson', '--from', 'postern'), { code: 0, report: { made: 2 } })
  t.equal((await target.run('user', 'export', '--with-hashes')).stdout, stdout)
  await target.logIn(['alice', 'wonderland'])
})

t.test(
  'a dry run stores nothing; what is there is refused, skipped or updated; clashes are told by line',
  async (t) => {
    const { run, put, importFile } = prepare(t)
    const lines = ['{"user":"alice","email":"a@example.org"}', 'x', '{"user":"bob","email":"A@Example.org"}']
    put('users.ndjson', lines.join('\n'))
    const dry = await importFile('users.ndjson', '--from', 'postern', '--dry-run')
    const refused = [
      { line: 2, reason: 'it must be a JSON object' },
      { line: 3, user: 'bob', reason: 'email: is the same as on line 1.' }
    ]
    t.same(dry.report, { ...nothing, made: 1, refused })
    t.equal(dry.code, 9)
    t.equal((await run('user', 'export')).stdout, '')
    t.same((await importFile('users.ndjson', '--from', 'postern')).report, dry.report)
    const { stdout, code } = await run('user', 'import', 'users.ndjson', '--from', 'postern')
    t.equal(code, 9)
    t.match(stdout, /^1\talice\tThe user name is taken\.\n2\t\tit must/)
    t.match(stdout, '0 made, 0 updated, 0 skipped, 3 refused.\n')
    for (const [treatment, count] of [
      ['skip', { skipped: 1 }],
      ['update', { updated: 1 }]
    ] as const) {
      const { report } = await importFile('users.ndjson', '--from', 'postern', '--on-conflict', treatment)
      t.match(report, count)
    }
  }
)

t.test('more accounts than a call takes are imported in batches, and lines keep their numbers', async (t) => {
  const { put, importFile } = prepare(t)
  const users = Array.from({ length: 1203 }, (_, index) => JSON.stringify({ user: `user-${index}` }))
  users[1100] = '{"user":"user-1100","email":"nobody"}'
  put('users.ndjson', users.join('\n'))
  const { report } = await importFile('users.ndjson', '--from', 'postern')
  t.match(report, { made: 1202, refused: [{ line: 1101, user: 'user-1100', reason: /^email: / }] })
})

t.test('a file that is not there, or not of the format, imports nothing', async (t) => {
  const { put, importFile, run } = prepare(t)
  put('x', '{"hunter2": [')
  for (const [file, ...options] of [
    ['x'],
    ['x', '--from', 'other'],
    ['missing', '--from', 'htpasswd'],
    ['x', '--from', 'keycloak'],
    ['x', '--from', 'firebase'],
    ['x', '--from', 'firebase', '--hash-config', 'x'],
    ['x', '--from', 'authelia'],
    ['x', '--from', 'postern', '--on-conflict', 'other']
  ] as [string, ...string[]][]) {
    const { code, stderr } = await importFile(file, ...options)
    t.equal(code, 2, options.join(' '))
    t.match(stderr, /^postern: [^\n]+\n$/)
    t.notMatch(stderr, 'hunter2')
  }
  t.equal((await run('user', 'export')).stdout, '')
})

const isInstalled = spawnSync('htpasswd', ['-nbB', 'x', 'y']).status === 0

t.test('htpasswd', { skip: !isInstalled && 'htpasswd is not installed' }, async (t) => {
  const { folder, put, importFile, logIn, show } = prepare(t)
  put('.htpasswd', '# users\n')
  for (const [option, user] of [
    ['-B', 'alice'],
    ['-m', 'md5'],
    ['-s', 'sha'],
    ['-d', 'des'],
    ['-5', 'crypt']
  ]) {
    spawnSync('htpasswd', ['-b', option ?? '', '.htpasswd', user ?? '', 'wonderla'], { cwd: folder })
  }
  t.match(readFileSync(join(folder, '.htpasswd'), 'utf8'), '$2y$')
  const { code, report } = await importFile('.htpasswd', '--from', 'htpasswd')
  t.equal(code, 9)
  t.same(report.refused, [
    { line: 3, user: 'md5', reason: 'its hash is MD5 of Apache ($apr1$)' },
    { line: 4, user: 'sha', reason: 'its hash is SHA-1 without a salt ({SHA})' },
    { line: 5, user: 'des', reason: 'its hash is DES crypt' },
    { line: 6, user: 'crypt', reason: 'its hash is SHA crypt ($5$, $6$)' }
  ])
  const options = ['--from', 'htpasswd', '--on-conflict', 'skip', '--invite-refused']
  const { report: invited } = await importFile('.htpasswd', ...options)
  t.match(invited, { made: 4, skipped: 1, refused: [] })
  t.same(
    invited.invited.map(({ user }) => user),
    ['md5', 'sha', 'des', 'crypt']
  )
  for (const { url } of invited.invited) t.match(url, /^https:\/\/id\.example\.org\/link\/[\w-]{43}$/)
  t.match(await show('md5'), { has_password: false })
  await logIn(['alice', 'wonderla'])
})

t.test('Keycloak', async (t) => {
  const { put, importFile, logIn, show } = prepare(t)
  const salt = Buffer.from('saltsaltsaltsalt')
  const password = (algorithm: string, hashIterations: number, value: Buffer, more: object = {}) => [
    {
      type: 'password',
      secretData: JSON.stringify({ value: value.toString('base64'), salt: salt.toString('base64') }),
      credentialData: JSON.stringify({ hashIterations, algorithm, additionalParameters: more })
    }
  ]
  const raw = await argon2.hash('wonderland', {
    raw: true,
    salt,
    memoryCost: 7168,
    timeCost: 5,
    parallelism: 1
  })
  const parameters = {
    hashLength: ['32'],
    memory: ['7168'],
    type: ['id'],
    version: ['1.3'],
    parallelism: ['1']
  }
  const sha = (digest: string) => pbkdf2Sync('wonderland', salt, 1000, 64, digest)
  const users = [
    {
      id: '5c9b2b1e-0000-4000-8000-000000000001',
      createdTimestamp: 1700000000123,
      username: 'alice',
      email: 'alice@example.org',
      emailVerified: true,
      enabled: true,
      firstName: 'Alice',
      lastName: 'Liddell',
      groups: ['/a/b', '/staff'],
      realmRoles: ['editor', 'default-roles-wonder', 'offline_access'],
      credentials: password('argon2', 5, raw, parameters)
    },
    { username: 'bob', enabled: false },
    { username: 'carol', enabled: true, credentials: password('pbkdf2-sha256', 1000, sha('sha256')) },
    { username: 'dave', enabled: true, credentials: password('pbkdf2-sha512', 1000, sha('sha512')) },
    { username: 'eve', enabled: true, credentials: password('pbkdf2', 1000, sha('sha1')) },
    { username: 'service-account-x', serviceAccountClientId: 'x' }
  ]
  put('realm.json', JSON.stringify({ realm: 'wonder', users }))
  const { report } = await importFile('realm.json', '--from', 'keycloak')
  t.match(report, {
    made: 4,
    refused: [
      { line: 5, user: 'eve' },
      { line: 6, reason: /service account/ }
    ]
  })
  t.match(await show('alice'), {
    email: 'alice@example.org',
    email_verified: true,
    display_name: 'Alice Liddell',
    groups: ['a:b', 'editor', 'staff'],
    external_id: '5c9b2b1e-0000-4000-8000-000000000001',
    created_at: 1700000000
  })
  t.match(await show('bob'), { state: 'disabled', has_password: false })
  await logIn(['alice', 'wonderland'], ['carol', 'wonderland'], ['dave', 'wonderland'])
})

t.test('Firebase', async (t) => {
  const { put, importFile, logIn, show } = prepare(t)
  // The published example of Firebase's own implementation.
  put(
    'hash-config',
    'hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n'
  )
  const user = {
    localId: 'abc',
    email: 'user1@example.org',
    emailVerified: true,
    displayName: 'One',
    passwordHash: 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    salt: '42xEC+ixf3L2lw==',
    createdAt: '1700000000123',
    customAttributes: '{"role":"editor"}'
  }
  put('users.json', JSON.stringify({ users: [user, { localId: 'phone', disabled: true }] }))
  const bare = await importFile('users.json', '--from', 'firebase', '--dry-run')
  t.match(bare.report, { made: 1, refused: [{ line: 1, reason: 'its hash takes --hash-config' }] })
  t.match(await importFile('users.json', '--from', 'firebase', '--hash-config', 'hash-config'), {
    code: 0,
    report: { made: 2 }
  })
  t.match(await show('user1@example.org'), {
    email_verified: true,
    display_name: 'One',
    claims: { role: 'editor' },
    external_id: 'abc',
    created_at: 1700000000
  })
  t.match(await show('phone'), { state: 'disabled' })
  await logIn(['user1@example.org', 'user1password'])
})

t.test('Auth0', async (t) => {
  const { put, importFile, logIn, show } = prepare(t)
  const user = {
    _id: { $oid: '60425dc43519d90068f82973' },
    email_verified: false,
    email: 'test2@example.com',
    passwordHash: await bcrypt.hash('wonderland', 10),
    password_set_date: { $date: '2021-03-05T16:35:16.786Z' },
    connection: 'Username-Password-Authentication'
  }
  put('users.ndjson', JSON.stringify(user))
  t.match(await importFile('users.ndjson', '--from', 'auth0'), { code: 0, report: { made: 1 } })
  t.match(await show('test2@example.com'), {
    email: 'test2@example.com',
    external_id: 'auth0|60425dc43519d90068f82973',
    password_changed_at: 1614962116
  })
  await logIn(['test2@example.com', 'wonderland'])
})

t.test('Supabase, as JSON and as CSV', async (t) => {
  const { put, importFile, logIn, show } = prepare(t)
  const hash = await bcrypt.hash('wonderland', 10)
  const row = {
    id: '8d0fd2b3-9ca7-4d9e-a95f-9e13dded323e',
    email: 'json@example.org',
    encrypted_password: hash,
    email_confirmed_at: '2024-01-02 03:04:05.678+00',
    created_at: '2024-01-02 03:04:05.678+00',
    raw_app_meta_data: { provider: 'email', providers: ['email'], plan: 'gold' },
    raw_user_meta_data: { full_name: 'Jay' }
  }
  put(
    'users.json',
    JSON.stringify([row, { id: 'x', email: 'banned@example.org', banned_until: '2999-01-01' }])
  )
  t.match(await importFile('users.json', '--from', 'supabase'), { code: 0, report: { made: 2 } })
  t.match(await show('json@example.org'), {
    claims: { plan: 'gold' },
    display_name: 'Jay',
    email_verified: true,
    created_at: 1704164645
  })
  t.match(await show('banned@example.org'), { state: 'disabled' })
  const argon = await argon2.hash('wonderland', { memoryCost: 8192, timeCost: 2, parallelism: 1 })
  put(
    'users.csv',
    `id,email,encrypted_password,raw_app_meta_data,deleted_at\n1,csv@example.org,"${argon}","{""plan"":""a,b""}",\n2,gone@example.org,${hash},,2024-01-01 00:00:00+00\n`
  )
  t.match(await importFile('users.csv', '--from', 'supabase'), { code: 0, report: { made: 2 } })
  t.match(await show('csv@example.org'), { claims: { plan: 'a,b' }, external_id: '1' })
  t.match(await show('gone@example.org'), { state: 'deleted' })
  await logIn(['json@example.org', 'wonderland'], ['csv@example.org', 'wonderland'])
})

const areToolsInstalled = isInstalled && spawnSync('argon2', ['-h']).error === undefined

t.test(
  'hashes of other tools',
  { skip: !areToolsInstalled && 'argon2 or htpasswd is not installed' },
  async (t) => {
    const { put, importFile, logIn } = prepare(t)
    const options = ['saltsaltsalt', '-id', '-t', '3', '-m', '16', '-p', '4', '-l', '32', '-e']
    const { stdout: argon } = spawnSync('argon2', options, { input: 'wonderland', encoding: 'utf8' })
    const { stdout: line } = spawnSync('htpasswd', ['-nbB', 'bob', 'wonderland'], { encoding: 'utf8' })
    const entries = { alice: argon.trim(), bob: line.trim().slice('bob:'.length) }
    const users = Object.entries(entries).map(([name, hash]) => `  ${name}:\n    password: '${hash}'\n`)
    put('users_database.yml', `users:\n${users.join('')}`)
    t.match(await importFile('users_database.yml', '--from', 'authelia'), { code: 0, report: { made: 2 } })
    await logIn(['alice', 'wonderland'], ['bob', 'wonderland'])
  }
)

t.test('Authelia', async (t) => {
  const { put, importFile, logIn, show } = prepare(t)
  const argon = await argon2.hash('wonderland', { memoryCost: 65536, timeCost: 3, parallelism: 4 })
  put(
    'users_database.yml',
    `---
users:
  alice:
    disabled: false
    displayname: 'Alice Liddell'
    password: '${argon}'
    email: 'alice@example.org'
    groups:
      - 'admins'
      - 'dev'
  bob:
    displayname: 'Bob'
    password: '$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk'
  carol:
    password: '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'
  dave:
    disabled: true
    password: '${await bcrypt.hash('wonderland', 4)}'
  eve:
    password: '$6$rounds=50000$aFr56HjK3DrB8t3S$zhPQiS85cgBlNhUKKE6n'
`
  )
  const { report } = await importFile('users_database.yml', '--from', 'authelia')
  t.match(report, {
    made: 4,
    refused: [{ line: 5, user: 'eve', reason: 'its hash is SHA crypt ($5$, $6$)' }]
  })
  t.match(await show('alice'), {
    display_name: 'Alice Liddell',
    email: 'alice@example.org',
    groups: ['admins', 'dev']
  })
  t.match(await show('dave'), { state: 'disabled', has_password: true })
  await logIn(['alice', 'wonderland'], ['bob', 'toomanysecrets'], ['carol', 'password'])
})
