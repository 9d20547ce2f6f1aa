import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createAudit } from '../../src/audit/audit.js'
import { createBackups } from '../../src/backup/backups.js'
import { readBackup } from '../../src/backup/read-backup.js'
import { exitCodes } from '../../src/errors/startup-error.js'
import { generateKey } from '../../src/keys/signing-key.js'
import { openRestoration, openStore } from '../../src/store/open-store.js'
import { withArrays } from '../support/backups.js'
import { createClock, temporaryFolder } from '../support/helper.js'
import { createBrowserSession, createSession, createUser, hour, limits, now } from '../support/records.js'

const mark = 'restore-unfinished'
const unexpected = (error: unknown, message: string) => {
  throw error ?? new Error(message)
}

/** A store in this folder, closed after the test. */
async function open(t: Test, folder: string) {
  const opened = await openStore(
    { driver: 'file', folder },
    {
      clock: createClock(),
      warn: (error, message) => !message.includes('was made') && unexpected(error, message)
    }
  )
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= opened.close()
    return closed
  }
  t.teardown(close)
  return { ...opened, close }
}

/** The content of a backup of a store with a record of each kind that matters, and all that the store had. */
async function backUp(t: Test) {
  const { store, keyStorage, close } = await open(t, temporaryFolder(t))
  const key = { key: await generateKey('ES256'), signsFrom: 0, madeAt: now }
  await keyStorage.change(() => [key])
  const alice = createUser('alice')
  const bob = createUser('bob')
  await store.createUser(alice)
  await store.createUser(bob)
  const secondFactor = { secret: 'GEZDGNBV', createdAt: now, lastStep: 7, recoveryCodes: ['9'.repeat(64)] }
  await store.replaceUser(alice, { ...alice, groups: ['family'], email: 'alice@example.org', secondFactor })
  for (const session of [createSession(alice), createBrowserSession(alice)])
    await store.createSession(session, limits)
  await store.revokeToken({ jti: 'a'.repeat(32), exp: now + hour })
  await store.purgeUser(bob, now + hour)
  const audit = createAudit()
  const backups = createBackups({
    store,
    keyStorage,
    audit,
    clock: createClock(),
    loadOpening: async () => (user) => user
  })
  const bytes = await buffer(Readable.from(await backups.make({ name: 'socket', address: null }, [])))
  const { header, records, keys } = await readBackup(Readable.from([bytes]))
  const dump = withArrays(await store.dump())
  await close()
  return { content: { knownTime: header.known_time, records, keys }, dump, key }
}

async function restore(folder: string, content: Awaited<ReturnType<typeof backUp>>['content']) {
  const restoration = await openRestoration({ driver: 'file', folder }, Date.now)
  try {
    await restoration.restore(content)
  } finally {
    await restoration.close()
  }
}

t.test(
  'a restored store has the records and keys of the backup, in private files, and goes on',
  async (t) => {
    const { content, dump, key } = await backUp(t)
    const folder = join(temporaryFolder(t), 'new')
    await restore(folder, content)
    t.notOk(readdirSync(folder).includes(mark))
    for (const name of ['users.json', 'keys.json']) {
      t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
    }
    const { store, keyStorage, close } = await open(t, folder)
    t.same(withArrays(await store.dump()), dump)
    t.same(await keyStorage.change((keys) => keys), [key])
    await t.rejects(store.createUser(createUser('alice')), { name: 'UserAlreadyExistsError' })
    await t.rejects(
      store.createUser(createUser('bob')),
      { name: 'UserAlreadyExistsError' },
      'a reserved name'
    )
    await store.createUser(createUser('carol'))
    await close()
    t.equal((await open(t, folder)).store.countUsers(), 2)
  }
)

t.test('a backup without keys, of a service whose key is a setting, leaves no keys.json', async (t) => {
  const { content } = await backUp(t)
  const folder = temporaryFolder(t)
  await restore(folder, { ...content, keys: [] })
  t.notOk(readdirSync(folder).includes('keys.json'))
})

t.test('a folder that holds data is left as it is', async (t) => {
  const { content } = await backUp(t)
  for (const name of ['users.json', 'keys.json', 'users.7.journal']) {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, name), 'something', { mode: 0o600 })
    await t.rejects(restore(folder, content), {
      exitCode: exitCodes.wrongSetting,
      message: /holds data already/
    })
    t.equal(readFileSync(join(folder, name), 'utf8'), 'something')
    t.notOk(readdirSync(folder).includes(mark))
  }
})

t.test(
  'a restore that was cut off begins anew, but not on top of a journal that somebody has put there',
  async (t) => {
    const { content } = await backUp(t)
    const folder = temporaryFolder(t)
    const put = (name: string) => writeFileSync(join(folder, name), 'something', { mode: 0o600 })
    for (const name of [mark, 'users.json', 'users.7.journal']) put(name)
    await t.rejects(restore(folder, content), {
      exitCode: exitCodes.wrongSetting,
      message: /holds data already/
    })
    t.equal(readFileSync(join(folder, 'users.json'), 'utf8'), 'something')
    rmSync(join(folder, 'users.7.journal'))
    await restore(folder, content)
    t.equal((await open(t, folder)).store.countUsers(), 1)
  }
)

t.test('a folder that is in use is refused, and a store in memory too', async (t) => {
  const { content } = await backUp(t)
  const folder = temporaryFolder(t)
  await open(t, folder)
  await t.rejects(restore(folder, content), { name: 'StartupError', exitCode: exitCodes.folderInUse })
  await t.rejects(openRestoration({ driver: 'memory', folder }, Date.now), {
    name: 'StartupError',
    exitCode: exitCodes.wrongSetting
  })
})

t.test('records that the store could not have written are refused before anything is written', async (t) => {
  const { content } = await backUp(t)
  const folder = temporaryFolder(t)
  const { users, sessions } = content.records
  const session = sessions[0] as object
  for (const [changed, message] of [
    [{ users: [...users, ...users] }, /\/users\/1\/uid is the same/],
    [{ users: [{ ...(users[0] as object), state: 'hunter2' }] }, /\/users\/0\/state/],
    [{ sessions: [{}] }, /\/sessions\/0/],
    [{ sessions: [{ ...session, kind: 'browser' }] }, /\/sessions\/0/],
    [{ sessions: [{ ...session, digest: 'f'.repeat(64) }] }, /\/sessions\/0/],
    [{ sessions: [{ ...session, kind: 'browser', digest: 'f'.repeat(64) }] }, /\/sessions\/0/],
    [{ purgedUids: ['hunter2'] }, /\/purgedUids\/0/]
  ] as const) {
    const problem = await restore(folder, { ...content, records: { ...content.records, ...changed } }).catch(
      (error: Error) => error
    )
    t.match(problem, { exitCode: exitCodes.damagedFile, message })
    t.notMatch(String(problem), 'hunter2')
    t.same(
      readdirSync(folder).filter((name) => name.endsWith('.json') || name === mark),
      []
    )
  }
})

t.test('a restore that was cut off is served by no start, and the next one does it whole', async (t) => {
  const { content, dump } = await backUp(t)
  const whole = temporaryFolder(t)
  await restore(whole, content)
  for (const names of [[], ['users.json'], ['users.json', 'keys.json']]) {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, mark), '', { mode: 0o600 })
    for (const name of names)
      writeFileSync(join(folder, name), readFileSync(join(whole, name)), { mode: 0o600 })
    await t.rejects(open(t, folder), {
      exitCode: exitCodes.damagedFile,
      message: /postern restore once more/
    })
    // It may be another backup by then.
    await restore(folder, { ...content, keys: [] })
    t.notOk(readdirSync(folder).includes('keys.json'), 'nothing is left of the first one')
    t.same(withArrays(await (await open(t, folder)).store.dump()), dump)
  }
})
