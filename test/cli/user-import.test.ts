import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Flags } from '../../src/cli/command-options.js'
import { importUsers } from '../../src/cli/user-import.js'
import { type Answerer, refused, runOnFake } from '../support/fake-admin.js'
import { temporaryFolder } from '../support/helper.js'

type Line = Record<string, unknown>

const takesAll: Answerer = ({ body }) => ({
  body: { made: (body as Line[]).length, updated: 0, skipped: 0, refused: [] }
})

/** Imports a file with this content; gives its report and the lines of each call. */
async function importText(content: string | Buffer, flags: Flags, answerer: Answerer = takesAll) {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, content)
  return await importPath(path, flags, answerer)
}

async function importPath(path: string, flags: Flags, answerer: Answerer = takesAll) {
  const { exitCode } = process
  try {
    const { printed, calls } = await runOnFake(
      importUsers,
      { operands: [path], flags, output: { format: 'json' } },
      answerer
    )
    return { report: JSON.parse(printed), sent: calls.map(({ body }) => body as Line[]) }
  } finally {
    // A refused line sets it, which would be that of the test.
    process.exitCode = exitCode
  }
}

const first = (sent: Line[][]) => sent[0] as Line[]

t.test('a file that an import cannot read twice is refused, and not taken for an empty one', async (t) => {
  const folder = temporaryFolder(t)
  const pipe = join(folder, 'pipe')
  spawnSync('mkfifo', [pipe])
  mkdirSync(join(folder, 'folder'))
  for (const path of [pipe, join(folder, 'folder')]) {
    await t.rejects(importPath(path, { from: 'htpasswd' }), {
      exitCode: 2,
      message: 'nothing was imported: it is no regular file, and an import reads it twice'
    })
  }
  await t.rejects(importPath(join(folder, 'missing'), { from: 'htpasswd' }), {
    exitCode: 2,
    message: 'nothing was imported: the file cannot be read (ENOENT)'
  })
})

t.test('a file that is not UTF-8 imports nothing: no name is half of one', async (t) => {
  const latin = Buffer.from('{"user":"ok"}\n{"user":"u","display_name":"Caf\u00e9"}\n', 'latin1')
  await t.rejects(importText(latin, { from: 'postern' }), {
    exitCode: 2,
    message: 'nothing was imported: line 2 is not UTF-8'
  })
  const document = Buffer.from('{"users":[{"username":"Caf\u00e9"}]}', 'latin1')
  await t.rejects(importText(document, { from: 'keycloak' }), { message: /: it is not UTF-8$/ })
})

t.test('a byte order mark and the line breaks of Windows are no part of an account', async (t) => {
  const { sent } = await importText('\ufeff{"user":"a"}\r\n\r\n{"user":"b"}', { from: 'postern' })
  t.same(sent, [[{ user: 'a' }, { user: 'b' }]])
  const separated = await importText('{"user":"a","claims":{"text":"1\u20282"}}\n', { from: 'postern' })
  t.same(separated.sent, [[{ user: 'a', claims: { text: '1\u20282' } }]])
})

t.test('a line that no account can be is refused, and stops no other', async (t) => {
  const deep = `{"user":"deep","claims":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}`
  const large = JSON.stringify({ user: 'large', display_name: 'x'.repeat(700_000) })
  const { report, sent } = await importText(`${deep}\n${large}\n{"user":"a"}\n`, { from: 'postern' })
  t.same(sent, [[{ user: 'a' }]])
  t.match(report.refused, [
    { line: 1, user: 'deep', reason: 'it is larger than an account may be' },
    { line: 2, user: 'large', reason: 'it is larger than an account may be' }
  ])
  await t.rejects(importText(`{"user":"a"}\n${'x'.repeat(1_100_000)}`, { from: 'postern' }), {
    exitCode: 2,
    message: 'nothing was imported: line 2 is longer than 1 MiB'
  })
})

t.test('an import that breaks off reports what it has done', async (t) => {
  const lines = Array.from({ length: 501 }, (_, index) => `{"user":"user-${index}"}\n`).join('')
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, lines)
  const isFirst: Answerer = (call) =>
    (call.body as Line[]).length === 500
      ? takesAll(call)
      : refused(503, 'StoreUnavailableError', 'It is full.')
  const pieces: string[] = []
  const client = importOn(isFirst)
  await t.rejects(client(path, pieces), { exitCode: 5, message: 'It is full.' })
  t.match(JSON.parse(pieces.join('')), { made: 500, refused: [] })
  const none: Answerer = () => refused(503, 'StoreUnavailableError', 'It is full.')
  await t.rejects(importOn(none)(path, []), { exitCode: 5, message: 'It is full.' })
})

/** Imports a file of Postern; its output is kept also if it fails. */
function importOn(answerer: Answerer) {
  return async (path: string, pieces: string[]) =>
    await runOnFake(
      async (client, call) => {
        const printed = await importUsers(client, call)
        return (async function* () {
          for await (const piece of printed as AsyncIterable<string>) {
            pieces.push(piece)
            yield piece
          }
        })()
      },
      { operands: [path], flags: { from: 'postern' }, output: { format: 'json' } },
      answerer
    )
}

t.test('metadata that is no JSON costs its own account alone', async (t) => {
  const firebase = { users: [{ localId: 'a', customAttributes: '{x' }, { localId: 'b' }] }
  const { sent } = await importText(JSON.stringify(firebase), { from: 'firebase' })
  t.match(first(sent), [{ user: 'a', claims: '{x' }, { user: 'b' }])
  const csv = await importText('id,raw_app_meta_data\na,{x\nb,\n', { from: 'supabase' })
  t.match(first(csv.sent), [
    { user: 'a', claims: '{x' },
    { user: 'b', claims: {} }
  ])
  const keycloak = {
    users: [{ username: 'a', credentials: [{ type: 'password', credentialData: '{' }] }, { username: 'b' }]
  }
  const realm = await importText(JSON.stringify(keycloak), { from: 'keycloak' })
  t.match(realm.sent, [[{ user: 'b' }]])
  t.match(realm.report.refused, [{ user: 'a', reason: /^its hash/ }])
})

t.test('an Auth0 user has the id and the address that Auth0 knows it by', async (t) => {
  // By the examples of Auth0's page on its export of password hashes.
  const own = {
    _id: { $oid: '5dea9f9c82dd7c0e76e4ec93' },
    email_verified: false,
    email: 'user@example.com',
    passwordHash: '$2b$10$.qHPp/srqo1NAAAAAvlkmOdqAbH2Rg0qPv2Txj3ZwXfjJnewSjc4m',
    password_set_date: { $date: '2019-12-06T18:36:12.412Z' },
    tenant: 'example',
    connection: 'Username-Password-Authentication',
    _tmp_is_unique: true,
    identifiers: [{ type: 'email', value: 'user@example.com', verified: false }],
    alt_id: 'euclid'
  }
  const { email, email_verified, alt_id, ...bare } = own
  const identifiers = [
    { type: 'email', value: 'other@example.com', verified: true },
    { type: 'username', value: 'other' }
  ]
  const lines = [own, { ...bare, identifiers }].map((line) => JSON.stringify(line))
  const { sent } = await importText(lines.join('\n'), { from: 'auth0' })
  const members = { hash: own.passwordHash, password_changed_at: 1575657372 }
  t.same(first(sent), [
    { user: email, email, email_verified: false, external_id: 'auth0|euclid', ...members },
    {
      user: 'other',
      email: 'other@example.com',
      email_verified: true,
      external_id: 'auth0|5dea9f9c82dd7c0e76e4ec93',
      ...members
    }
  ])
})

t.test('a ban of Supabase bars the account, also one without an end', async (t) => {
  const rows = [
    ['forever', 'infinity'],
    ['long', '294276-01-01 00:00:00+00'],
    ['over', '2020-01-01 00:00:00+00'],
    ['none', '']
  ]
  const csv = rows.map((row) => `${row.join()}\n`).join('')
  const { sent } = await importText(`id,banned_until\n${csv}`, { from: 'supabase' })
  t.same(
    first(sent).map(({ state }) => state),
    ['disabled', 'disabled', 'active', 'active']
  )
})

t.test('the YAML of Authelia is read as Authelia reads it, and no warning quotes it', async (t: Test) => {
  const warnings: string[] = []
  const listener = ({ message }: Error) => warnings.push(message)
  process.on('warning', listener)
  t.teardown(() => process.off('warning', listener))
  const yaml = `barred: &barred
  disabled: yes
users:
  007:
    <<: *barred
    displayname: 1984
    groups: [2024]
    email: ~
  no: {disabled: !hunter2 no}
  odd: {disabled: 1, password: !hunter2 hunter3}
`
  const { sent, report } = await importText(yaml, { from: 'authelia' })
  t.same(first(sent), [
    { user: '007', display_name: '1984', groups: ['2024'], state: 'disabled' },
    { user: 'no', state: 'active' }
  ])
  t.match(report.refused, [{ user: 'odd' }])
  await new Promise(setImmediate)
  t.same(warnings, [])
})
