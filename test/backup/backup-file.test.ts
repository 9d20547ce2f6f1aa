import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { type BackupContent, backupFormat } from '../../src/backup/backup-format.js'
import { readBackup } from '../../src/backup/read-backup.js'
import { writeBackup } from '../../src/backup/write-backup.js'
import { generateKey } from '../../src/keys/signing-key.js'
import { sha256Of } from '../support/backups.js'
import { createSession, createUser, hour, now } from '../support/records.js'

/** A content with records of all kinds. */
async function createContent(): Promise<BackupContent> {
  const users = ['alice', 'bob', '\u{1f600}'].map(createUser)
  const [alice] = users as [(typeof users)[0]]
  return {
    madeAt: now,
    openUser: (user) => user,
    dump: {
      knownTime: now - hour,
      users,
      sessions: [createSession(alice)],
      revokedTokens: [{ jti: 'a'.repeat(32), exp: now + hour }],
      reservedNames: [{ name: 'carol', uid: 'b'.repeat(32), until: now + hour }],
      purgedUids: ['b'.repeat(32)],
      invitations: [
        {
          id: 'c'.repeat(32),
          digest: 'd'.repeat(64),
          createdAt: now,
          expiresAt: now + hour,
          groups: ['family']
        }
      ],
      apiKeys: [{ id: 'e'.repeat(16), name: 'ci', digest: 'f'.repeat(64), scopes: ['all'], createdAt: now }],
      revocations: [{ revocation: { kid: 'a key' }, until: now + hour }]
    },
    keys: [
      { key: await generateKey('ES256'), signsFrom: 0, madeAt: now },
      { key: await generateKey('HS256'), signsFrom: now + hour }
    ]
  }
}

function textOf(content: BackupContent): Promise<string> {
  return text(Readable.from(writeBackup(content), { objectMode: false }))
}

/** Reads a text in pieces of this length, in bytes. */
function read(text: string | Buffer, pieceLength = 1000) {
  const bytes = Buffer.from(text)
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, index) =>
    bytes.subarray(index * pieceLength, (index + 1) * pieceLength)
  )
  return readBackup(Readable.from(pieces))
}

/** The text with other lines, and a digest that fits them. */
function withLines(text: string, change: (lines: string[]) => string[]): string {
  const lines = change(text.trimEnd().split('\n').slice(0, -1))
  const body = lines.map((line) => `${line}\n`).join('')
  return `${body}{"sha256":"${sha256Of(body)}"}\n`
}

t.test('a backup is read as it was written, whatever the pieces it comes in', async (t) => {
  const content = await createContent()
  const whole = await textOf(content)
  for (const pieceLength of [1, 7, 1000, 1_000_000]) {
    const { header, records, keys } = await read(whole, pieceLength)
    const { knownTime, ...lists } = content.dump
    t.same(records, lists)
    t.same(keys, content.keys)
    t.match(header, { made_at: now, known_time: knownTime, counts: { user: 3, session: 1, signingKey: 2 } })
  }
})

t.test('a backup that was cut anywhere is refused', async (t) => {
  const bytes = Buffer.from(await textOf(await createContent()))
  for (let length = 0; length < bytes.length; length += 13) {
    await t.rejects(read(bytes.subarray(0, length)), { name: 'BackupProblem' }, `${length} bytes`)
  }
  await t.rejects(read(bytes.subarray(0, -1)), { message: /cut off/ })
  const trailer = bytes.lastIndexOf('{"sha256"')
  await t.rejects(read(bytes.subarray(0, trailer)), { message: /cut off/ })
})

t.test('a backup with any flipped bit is refused, and its message quotes nothing', async (t) => {
  const whole = await textOf(await createContent())
  const bytes = Buffer.from(whole)
  for (let index = 0; index < bytes.length; index += 11) {
    const flipped = Buffer.from(bytes)
    flipped[index] = (bytes[index] as number) ^ (1 << (index % 8))
    await t.rejects(read(flipped), { name: 'BackupProblem' }, `byte ${index}`)
  }
  const problem = await read(whole.replace('alice', 'alicf')).catch((error: Error) => error)
  t.match(problem, { message: /SHA-256/ })
})

t.test('counts that are not those of the lines are refused, though the digest fits', async (t) => {
  const whole = await textOf(await createContent())
  const without = withLines(whole, (lines) => lines.filter((line) => !line.includes('"bob"')))
  await t.rejects(read(without), { message: 'it has 2 lines of user, and its first line says 3' })
  const twice = withLines(whole, (lines) => [...lines, lines.at(-1) as string])
  await t.rejects(read(twice), { message: /3 lines of signingKey/ })
})

t.test('a newer format is refused by its number, before anything else is looked at', async (t) => {
  const newer = `{"format":"postern-backup","version":${backupFormat + 1},"postern":"9.1.0","more":true}\nx\n`
  await t.rejects(read(newer), { message: /newer Postern \(9\.1\.0\)/ })
})

t.test('what is no backup, or follows one, is refused', async (t) => {
  const whole = await textOf(await createContent())
  await t.rejects(read(''), { message: /empty/ })
  await t.rejects(read('users\n'), { message: /first line/ })
  await t.rejects(read('{}\n'), { message: /first line/ })
  await t.rejects(read(`${whole}\n`), { message: /follows/ })
  await t.rejects(read(`${whole}${whole}`), { message: /follows/ })
  for (const line of [
    '{"other":1}',
    '{"user":1,"session":2}',
    '[]',
    'null',
    '{"__proto__":{}}',
    '{"toString":1}'
  ]) {
    const strange = withLines(whole, (lines) => [...lines, line])
    await t.rejects(read(strange), { message: /line \d+ is no record/ }, line)
  }
  await t.rejects(read(withLines(whole, (lines) => lines.map((line) => line.replace('"kty"', '"kty2"')))), {
    message: /signing key 1 is unusable/
  })
})

t.test('a line without an end is refused before it fills the memory', async (t) => {
  let given = 0
  async function* endless() {
    for (;;) {
      given += 1
      yield Buffer.alloc(1024 * 1024, 'x')
    }
  }
  await t.rejects(readBackup(endless()), { message: /too long/ })
  t.ok(given < 10)
})
