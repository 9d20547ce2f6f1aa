import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folderStorage } from '../../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../../src/store/file/journaled-store.js'
import type { StoreOptions } from '../../../src/store/file/store-options.js'
import type { MemoryStore, RevocationPage, User } from '../../../src/store/store.js'
import { createClock, temporaryFolder } from '../../support/helper.js'
import { createSession, createUser, hour, limits, now } from '../../support/records.js'
import { longRevocation } from '../store-contract.js'

/** A store in this folder, whose access tokens live for that many seconds. It is closed after the test at the latest. */
interface TestOptions extends Partial<StoreOptions> {
  clock?: ReturnType<typeof createClock>
}

async function open(t: Test, folder: string, options: TestOptions = {}) {
  const clock = options.clock ?? createClock()
  const store = await openJournaledStore({
    clock,
    uptime: clock.uptime,
    accessTokenTtl: hour,
    ...folderStorage(folder),
    warn: () => {},
    ...options
  })
  t.teardown(() => store.close())
  return store
}

async function raise(store: MemoryStore, uid: string, gen: number): Promise<void> {
  const before = (await store.findUserById(uid)) as User
  await store.replaceUser(before, { ...before, gen })
}

async function pageOf(store: MemoryStore, cursor?: string): Promise<RevocationPage> {
  return (await store.findRevocations(cursor)) as RevocationPage
}

for (const end of ['stop', 'kill', 'compaction', 'compaction and kill']) {
  t.test(`cursors and revocations are the same after a restart: ${end}`, async (t) => {
    const folder = temporaryFolder(t)
    const alice = createUser('alice')
    const session = createSession(alice)
    const compactAfter = () => (end.includes('compaction') ? 1 : 1_000_000)
    const store = await open(t, folder, { compactAfter })
    await store.createUser(alice)
    await store.createSession(session, limits)
    const cursors = [(await pageOf(store)).cursor]
    const changes = [
      () => store.revokeToken(longRevocation),
      () => store.endSession(session.id),
      () => raise(store, alice.uid, 1),
      () => store.revokeKey('a key'),
      () => raise(store, alice.uid, 2)
    ]
    for (const change of changes) {
      await change()
      cursors.push((await pageOf(store)).cursor)
    }
    const pages = await Promise.all(cursors.map((cursor) => pageOf(store, cursor)))
    const all = await pageOf(store)
    if (!end.includes('kill')) await store.close()
    for (const restart of ['first', 'second']) {
      const again = await open(t, folder)
      t.same(await pageOf(again), all, restart)
      t.same(await Promise.all(cursors.map((cursor) => pageOf(again, cursor))), pages, restart)
      await again.close()
    }
  })
}

t.test('a shorter lifetime of tokens does not forget what ends the tokens of the longer one', async (t) => {
  const folder = temporaryFolder(t)
  const clock = createClock()
  const alice = createUser('alice')
  const store = await open(t, folder, { clock })
  await store.createUser(alice)
  await store.close()
  const shorter = await open(t, folder, { clock, accessTokenTtl: 60 })
  await raise(shorter, alice.uid, 1)
  clock.advance(hour - 1)
  t.same((await pageOf(shorter)).revocations, [{ uid: alice.uid, genBelow: 1 }])
  clock.advance(1)
  t.same((await pageOf(shorter)).revocations, [])
  await raise(shorter, alice.uid, 2)
  clock.advance(61)
  t.same((await pageOf(shorter)).revocations, [], 'later ones are kept for the shorter one')
})

t.test('the lifetime of tokens is stored before any other change', async (t) => {
  const folder = temporaryFolder(t)
  const clock = createClock()
  // As a killed process: nothing is written at its end.
  const killed = await open(t, folder, { clock, accessTokenTtl: 5 * hour })
  await killed.requireWritable()
  await killed.createUser(createUser('alice'))
  const next = await open(t, folder, { clock, accessTokenTtl: 60 })
  await next.revokeKey('a key')
  clock.advance(4 * hour)
  t.same((await pageOf(next)).revocations, [{ kid: 'a key' }])
})

t.test('another lifetime of tokens is stored by itself, for tokens that are issued without a change', async (t) => {
  const folder = temporaryFolder(t)
  const clock = createClock()
  const first = await open(t, folder, { clock })
  await first.createUser(createUser('alice'))
  await first.close()
  // As a process that is killed later.
  await open(t, folder, { clock, accessTokenTtl: 5 * hour })
  const journals = () => readdirSync(folder).filter((name) => name.endsWith('.journal'))
  const isStored = () =>
    journals().some((name) => /"feed":.*\}\}\n$/.test(readFileSync(join(folder, name), 'utf8')))
  while (!isStored()) await new Promise((resolve) => setTimeout(resolve, 10))
  const next = await open(t, folder, { clock, accessTokenTtl: 60 })
  await next.revokeKey('a key')
  clock.advance(4 * hour)
  t.same((await pageOf(next)).revocations, [{ kid: 'a key' }])
})

t.test('another content is another store: its cursors are no good any more', async (t) => {
  const store = await openJournaledStore({
    clock: createClock(),
    warn: () => {},
    snapshot: { read: async () => null, write: async () => {} }
  })
  t.teardown(() => store.close())
  await store.revokeToken(longRevocation)
  const content = store.capture()
  await store.revokeKey('a key')
  const { cursor } = await pageOf(store)
  let isTold = false
  store.subscribeRevocations(() => {
    isTold = true
  })
  await store.replaceAll(content)
  t.equal(await store.findRevocations(cursor), undefined)
  t.same((await pageOf(store)).revocations, [longRevocation])
  t.equal(isTold, true, 'so that readers who wait get to know')
})

t.test('readers who know the same have the same cursor, whatever else has changed', async (t) => {
  const store = await open(t, temporaryFolder(t))
  await store.revokeToken(longRevocation)
  const { cursor } = await pageOf(store)
  await store.createUser(createUser('alice'))
  t.equal((await pageOf(store)).cursor, cursor)
  t.equal((await pageOf(store, cursor)).cursor, cursor)
})

t.test('a raised generation tells its user, and not each of his sessions', async (t) => {
  const store = await open(t, temporaryFolder(t))
  const alice = createUser('alice')
  await store.createUser(alice)
  for (let count = 0; count < 100; count += 1) await store.createSession(createSession(alice), limits)
  await raise(store, alice.uid, 1)
  t.same((await pageOf(store)).revocations, [{ uid: alice.uid, genBelow: 1 }])
  const before = (await store.findUserById(alice.uid)) as User
  const later = createSession(before)
  await store.createSession(later, limits)
  await store.endSession(later.id)
  t.same((await pageOf(store)).revocations, [{ uid: alice.uid, genBelow: 1 }, { sid: later.id }])
})

t.test('revocations that have expired take no room', async (t) => {
  const clock = createClock()
  const store = await open(t, temporaryFolder(t), { clock, accessTokenTtl: 60 })
  for (let count = 0; count < 40; count += 1) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => store.revokeKey(`${count} ${index}`)))
    clock.advance(120)
  }
  clock.advance(hour)
  await Promise.all(Array.from({ length: 2100 }, (_, index) => store.revokeKey(`last ${index}`)))
  t.ok(store.capture().revocations.length <= 2100 + 1024)
})

t.test('a folder without revocations begins with what its records tell', async (t) => {
  const folder = temporaryFolder(t)
  const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(createUser) as [User, User, User, User]
  const before = await open(t, folder)
  for (const user of [
    { ...alice, state: 'disabled' as const },
    { ...bob, gen: now - 60, keptJti: 'd'.repeat(32) },
    { ...carol, gen: now - 2 * hour },
    { ...dave, gen: 3 }
  ]) {
    await before.createUser(user)
  }
  await before.revokeToken(longRevocation)
  await before.close()
  const { snapshot } = folderStorage(folder)
  const store = await open(t, folder, {
    snapshot: {
      read: async () => {
        const document = await snapshot.read()
        return document && { ...document, feed: undefined, revocations: undefined }
      },
      write: (document) => snapshot.write(document)
    }
  })
  t.same((await pageOf(store)).revocations, [
    longRevocation,
    { uid: alice.uid, ended: true },
    { uid: bob.uid, genBelow: now - 60, except: 'd'.repeat(32) },
    { uid: dave.uid, genBelow: 3 }
  ])
})
