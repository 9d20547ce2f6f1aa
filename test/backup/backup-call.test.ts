import { Readable } from 'node:stream'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import t, { type Test } from 'tap'
import { decryptIfNeeded } from '../../src/backup/encryption.js'
import { readBackup } from '../../src/backup/read-backup.js'
import type { Environment } from '../../src/config/environment.js'
import { bearer, refreshToken, signUp, startService } from '../support/helper.js'

const adminKey = 'the-key-of-the-operator-of-these-tests'

/** A service with a user who has a session, and a function that asks it for a backup. */
async function startOperated(t: Test, environment: Environment = {}) {
  const settings = { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: adminKey, ...environment }
  const { app, log } = await startService(t, { ...settings, POSTERN_LOG_LEVEL: 'info' })
  await refreshToken(app, await signUp(app))
  const backup = (payload: object = {}, others: object = {}) =>
    app.inject({ method: 'POST', url: '/admin/backup', headers: bearer(adminKey), payload, ...others })
  return { app, log, backup }
}

t.test('a backup holds the accounts, sessions and signing keys of the service, and is audited', async (t) => {
  const { app, log, backup } = await startOperated(t)
  const reply = await backup()
  t.match(reply, { statusCode: 200, headers: { 'content-type': 'application/x-ndjson' } })
  const { records, keys } = await readBackup(Readable.from([reply.rawPayload]))
  const alice = await app.store.findUserByName('alice')
  t.same(records.users, [alice])
  t.same(records.sessions, await app.store.findSessions(alice?.uid ?? ''))
  t.same(keys, app.keys.scheduled)
  const line = log.find((line) => line.includes('backup_made')) ?? '{}'
  t.match(JSON.parse(line), { audit: 'backup_made', actor: 'key:POSTERN_ADMIN_KEY', detail: 'not encrypted' })
  t.notMatch(log.join(''), alice?.hash)
})

t.test('a backup for recipients opens with the key of each, and shows nothing without', async (t) => {
  const { app, backup } = await startOperated(t)
  const identities = await Promise.all([generateIdentity(), generateIdentity(), generateIdentity()])
  const recipients = await Promise.all(identities.slice(0, 2).map(identityToRecipient))
  const [single, several] = [
    await backup({ recipient: recipients[0] }),
    await backup({ recipient: recipients })
  ]
  const opened = async ({ rawPayload }: { rawPayload: Buffer }, identity: string | undefined) =>
    await readBackup(await decryptIfNeeded(Readable.from([rawPayload]), identity))
  for (const reply of [single, several]) {
    t.match(reply, { statusCode: 200, headers: { 'content-type': 'application/octet-stream' } })
    t.notMatch(reply.rawPayload.toString('latin1'), 'alice')
    t.equal((await opened(reply, `# a comment\n${identities[0]}\n`)).records.users.length, 1)
  }
  t.match((await opened(several, identities[1])).keys, [{ key: app.keys.signing }])
  await t.rejects(opened(single, identities[1]), { name: 'BackupProblem' })
  await t.rejects(opened(several, identities[2]), { name: 'BackupProblem' })
  await t.rejects(opened(several, undefined), { message: /--identity/ })
})

t.test('an encrypted backup that was cut or changed is refused', async (t) => {
  const { backup } = await startOperated(t)
  const identity = await generateIdentity()
  const { rawPayload } = await backup({ recipient: await identityToRecipient(identity) })
  const read = async (bytes: Buffer) => readBackup(await decryptIfNeeded(Readable.from([bytes]), identity))
  for (let length = 0; length < rawPayload.length; length += 97) {
    await t.rejects(read(rawPayload.subarray(0, length)), { name: 'BackupProblem' }, `${length} bytes`)
    const flipped = Buffer.from(rawPayload)
    flipped[length] = (rawPayload[length] as number) ^ 1
    await t.rejects(read(flipped), { name: 'BackupProblem' }, `byte ${length}`)
  }
})

t.test('a secret key that is none is refused, and is not repeated', async (t) => {
  const { backup } = await startOperated(t)
  const recipient = await identityToRecipient(await generateIdentity())
  const { rawPayload } = await backup({ recipient })
  const problem = await decryptIfNeeded(Readable.from([rawPayload]), 'AGE-SECRET-KEY-1HUNTER2').catch(
    (error: Error) => error
  )
  t.match(problem, { name: 'BackupProblem', message: /AGE-SECRET-KEY-1$/ })
})

t.test('a recipient that is none is refused, and the log says nothing of a backup', async (t) => {
  const { log, backup } = await startOperated(t)
  const good = await identityToRecipient(await generateIdentity())
  for (const recipient of [
    '',
    'age1',
    'x',
    good.slice(0, -1),
    [],
    [good, 'age1x'],
    1,
    null,
    {},
    Array(21).fill(good)
  ]) {
    const reply = await backup({ recipient })
    t.match([reply.statusCode, reply.json().error_name], [400, 'InvalidArgumentError'], String(recipient))
    t.match(reply.json().message, /recipient/)
  }
  t.equal((await backup({ recipients: good })).statusCode, 400, 'another argument')
  t.notMatch(log.join(''), 'backup_made')
})

t.test('over TCP a backup is encrypted, but for TLS and this machine', async (t) => {
  const { backup } = await startOperated(t, { POSTERN_TRUST_PROXY: '10.0.0.1' })
  const recipient = await identityToRecipient(await generateIdentity())
  const from = (remoteAddress: string, headers: Record<string, string> = {}) => ({
    remoteAddress,
    headers: { ...bearer(adminKey), ...headers }
  })
  const status = async (others: object, payload = {}) => (await backup(payload, others)).statusCode
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    t.equal(await status(from(address)), 200, address)
  }
  for (const address of ['192.0.2.1', '10.0.0.1', '2001:db8::1', '::ffff:192.0.2.1']) {
    const reply = await backup({}, from(address))
    t.match([reply.statusCode, reply.json().message], [400, /^recipient: is required without TLS/], address)
    t.equal(await status(from(address), { recipient }), 200, address)
  }
  const proxied = { 'x-forwarded-for': '192.0.2.1' }
  t.equal(await status(from('10.0.0.1', { ...proxied, 'x-forwarded-proto': 'https' })), 200)
  t.equal(await status(from('10.0.0.1', { ...proxied, 'x-forwarded-proto': 'http' })), 400)
  const forged = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' }
  t.equal(await status(from('192.0.2.1', forged)), 400, 'a client that says so itself')
})
