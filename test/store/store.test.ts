import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { Memory } from 'lowdb'
import t, { type Test } from 'tap'
import type { Change } from '../../src/store/file/change.js'
import { openJournal } from '../../src/store/file/file-journal.js'
import { folderStorage, type Storage } from '../../src/store/file/folder-storage.js'
import type { Journal } from '../../src/store/file/journal.js'
import { openJournaledStore } from '../../src/store/file/journaled-store.js'
import { JsonFile } from '../../src/store/file/json-file.js'
import type { StoreDocument } from '../../src/store/file/store-document.js'
import { storeFormat } from '../../src/store/file/store-format.js'
import type { StoreOptions } from '../../src/store/file/store-options.js'
import type { MemoryStore, Store, User } from '../../src/store/store.js'
import { createClock, temporaryFolder } from '../support/helper.js'
import { createBrowserSession, createSession, createUser, hour, limits, now } from '../support/records.js'
import { apiKey, invitation, testAccountRecords } from './account-records-contract.js'
import { testBrowserSessions } from './browser-sessions-contract.js'
import { testRevocations } from './revocations-contract.js'
import { longRevocation, type OpenStore, oddNames, shortRevocation, testStore } from './store-contract.js'

const unexpected = (error: unknown) => {
  throw error
}

interface TestOptions extends Partial<StoreOptions> {
  clock?: ReturnType<typeof createClock>
}

/** A store that is closed after the test, unless it was before: until then it leaves what a killed process leaves. */
async function openStore(t: Test, storage: Storage, options: TestOptions = {}): Promise<Store> {
  let { warn = unexpected } = options
  const { clock = createClock() } = options
  const store = await openJournaledStore({
    clock,
    uptime: clock.uptime,
    ...storage,
    ...options,
    warn: (...args) => warn(...args)
  })
  t.teardown(() => {
    warn = () => {}
    return store.close()
  })
  return store
}

/** A journal in memory that can be told to fail and to wait with each write, and counts how often it is used. */
class Probe implements Journal {
  seq = 0
  length = 0
  isEmpty = true
  unacknowledgedTails = []
  oldestFormat = undefined
  writes = 0
  probes = 0
  failure: Error | null = null
  gate: Promise<void> | null = null

  async append(changes: readonly Change[]) {
    this.writes += 1
    await this.gate
    if (this.failure !== null) throw this.failure
    this.seq += changes.length
  }

  async probeWrite() {
    this.probes += 1
    await this.gate
    if (this.failure !== null) throw this.failure
  }

  rotate() {
    return () => {}
  }

  async requireInPlace() {}

  async requireCompactable() {}

  async removeCompacted() {}

  async close() {}
}

async function openProbedStore(t: Test, options: TestOptions = {}) {
  const probe = new Probe()
  const storage = { snapshot: new Memory<StoreDocument>(), openJournal: async () => probe }
  const store = await openStore(t, storage, options)
  return { probe, store }
}

const storages: Record<string, (t: Test) => Storage> = {
  memory: () => ({ snapshot: new Memory<StoreDocument>() }),
  file: (t) => folderStorage(temporaryFolder(t))
}

for (const [driver, createStorage] of Object.entries(storages)) {
  t.test(`every store keeps its promises: ${driver}`, async (t) => {
    const open: OpenStore = (t, clock) => openStore(t, createStorage(t), clock && { clock })
    testStore(t, open)
    testAccountRecords(t, open)
    testBrowserSessions(t, open)
    testRevocations(t, open)
  })

  t.test(`changes that are written together have the result of their order: ${driver}`, async (t) => {
    const store = await openStore(t, createStorage(t))
    const [a, b, c] = [createUser('a'), createUser('b'), createUser('c')]
    const session = createSession(a)
    for (const user of [a, b, c]) await store.createUser(user)
    await store.createSession(session, limits)
    const results = await Promise.allSettled([
      store.createUser(createUser('held up')),
      store.replaceUser(a, { ...a, name: 'd' }),
      store.replaceUser(b, { ...b, name: 'a' }),
      store.purgeUser(c, undefined),
      store.createUser({ ...createUser('c'), email: 'c@x.org' }),
      store.createUser({ ...createUser('e'), email: 'C@x.org' }),
      store.endSession(session.id),
      store.replaceSession(session, { ...session, exp: now + 1 })
    ])
    t.match(results, [
      { value: undefined },
      { value: true },
      { value: true },
      { value: true },
      { status: 'fulfilled' },
      { status: 'rejected', reason: { name: 'EmailTakenError' } },
      { status: 'fulfilled' },
      { value: false }
    ])
    t.equal((await store.findUserByName('a'))?.uid, b.uid)
    t.not((await store.findUserByName('c'))?.uid, c.uid)
    t.equal(await store.findSession(session.id), undefined)
  })
}

for (const [end, stop] of Object.entries({
  'a clean stop': (store: Store) => store.close(),
  'a kill': async () => {}
})) {
  t.test(`users, sessions and revocations are there again after ${end}`, async (t) => {
    const folder = temporaryFolder(t)
    const clock = createClock()
    const options = { clock }
    const store = await openStore(t, folderStorage(folder), options)
    for (const name of oddNames) await store.createUser(createUser(name))
    const before = (await store.findUserByName('zoë')) as User
    await store.replaceUser(before, { ...before, state: 'deleted', gen: 3, keptJti: 'd'.repeat(32) })
    await store.revokeToken(shortRevocation)
    await store.revokeToken(longRevocation)
    const family = { jti: 'e'.repeat(32), iat: now, previousJti: 'f'.repeat(32) }
    const session = createSession(before, { userAgent: 'curl/8', lastUsedAt: now, family })
    const browser = createBrowserSession(before, { lastUsedAt: now })
    for (const one of [session, browser]) await store.createSession(one, limits)
    const ended = createSession(before)
    await store.createSession(ended, limits)
    await store.endSession(ended.id)
    await stop(store)

    for (const restart of ['first', 'second']) {
      const again = await openStore(t, folderStorage(folder), options)
      for (const name of oddNames) t.equal((await again.findUserByName(name))?.name, name, restart)
      t.match(await again.findUserById(before.uid), { state: 'deleted', gen: 3, keptJti: 'd'.repeat(32) })
      t.equal(await again.isTokenRevoked(longRevocation.jti), true)
      t.same(await again.findSessions(before.uid), [session, browser])
      await again.createUser(createUser(restart))
      clock.advance(hour)
      await again.close()
    }
    t.same(readdirSync(folder), ['users.json'])
    t.notMatch(readFileSync(join(folder, 'users.json'), 'utf8'), shortRevocation.jti)
  })
}

for (const [end, stop] of Object.entries({
  'a clean stop': (store: Store) => store.close(),
  'a kill': async () => {}
})) {
  t.test(
    `all of an account, reservations, invitations and API keys are there again after ${end}`,
    async (t) => {
      const folder = temporaryFolder(t)
      const clock = createClock()
      const store = await openStore(t, folderStorage(folder), { clock })
      const lasting = { id: '1'.repeat(32), expiresAt: now + 99 * hour, digest: '1'.repeat(64) }
      const whole: User = {
        ...createUser('alice'),
        passwordChangedAt: now,
        email: 'a@x.org',
        emailVerified: true,
        displayName: 'Alice',
        groups: ['a', 'b'],
        claims: JSON.parse('{"__proto__":{"role":"x"}}'),
        expiresAt: now + 99 * hour,
        externalId: '7',
        managedBy: 'file',
        passwordLink: { digest: 'f'.repeat(64), expiresAt: now + hour },
        secondFactor: { secret: 'GEZDGNBV', createdAt: now, lastStep: 7, recoveryCodes: ['9'.repeat(64)] },
        pendingFactor: { secret: 'GEZDGNBV', createdAt: now }
      }
      await store.createUser(whole)
      const { hash: _, ...bob } = createUser('bob')
      await store.createUser(bob)
      await store.replaceUser(bob, { ...bob, name: 'rob', state: 'disabled' }, { reserveUntil: now + hour })
      const carol = createUser('carol')
      await store.createUser(carol)
      await store.purgeUser(carol, now + hour)
      await store.createInvitation(invitation)
      await store.createInvitation({ ...invitation, ...lasting })
      await store.createApiKey(apiKey)
      await store.createApiKey({ ...apiKey, id: '2'.repeat(16), name: 'other' })
      await store.removeApiKey('2'.repeat(16))
      await stop(store)

      for (const restart of ['first', 'second']) {
        const again = await openStore(t, folderStorage(folder), { clock })
        t.same(await again.findUserById(whole.uid), whole, restart)
        t.equal((await again.findUserByEmail('A@x.org'))?.uid, whole.uid)
        t.equal((await again.findUserByLink('f'.repeat(64)))?.uid, whole.uid)
        t.match(await again.findUserByName('rob'), { state: 'disabled', hash: undefined })
        t.equal((await again.findReservedName('bob'))?.uid, bob.uid)
        t.equal((await again.findReservedNameOf(carol.uid))?.name, 'carol')
        await t.rejects(again.createUser({ ...carol, name: 'x' }), { name: 'UserAlreadyExistsError' })
        t.same(await again.listApiKeys(), [apiKey])
        t.same(await again.findInvitation('1'.repeat(64)), { ...invitation, ...lasting })
        clock.advance(2 * hour)
        await again.close()
      }
    }
  )
}

t.test('the first list of many users leaves room for calls between its pieces', async (t) => {
  const store = await openStore(t, { snapshot: new Memory<StoreDocument>() })
  const many = 20_000
  const content = { users: Array.from({ length: many }, (_, index) => createUser(`user ${index}`)) }
  const memory = store as MemoryStore
  await memory.replaceAll({ ...memory.capture(), ...content })
  let turns = 0
  const count = setInterval(() => {
    turns += 1
  }, 0)
  const listed = store.listUsers({ by: 'name', text: 'user 1999', limit: 50 })
  await store.createUser(createUser('user 19999+'))
  t.equal((await listed).users.length, 12)
  clearInterval(count)
  t.ok(turns > 1, String(turns))
})

t.test('M6: the uses of sessions are kept by a stop, also when nothing else has changed', async (t) => {
  const folder = temporaryFolder(t)
  const store = await openStore(t, folderStorage(folder))
  const session = createSession(createUser('alice'))
  await store.createSession(session, limits)
  await store.close()
  const later = await openStore(t, folderStorage(folder))
  later.touchSession(session.id, now + 5)
  await later.close()
  const last = await openStore(t, folderStorage(folder))
  t.same(await last.findSession(session.id), { ...session, lastUsedAt: now + 5 })
})

// Who sees all tokens expired may well start the service again before looking at the clock.
t.test(
  'a start while the clock is ahead forgets no revocation, if the clock is set right soon',
  async (t) => {
    const folder = temporaryFolder(t)
    const clock = createClock()
    const options = { clock }
    const store = await openStore(t, folderStorage(folder), options)
    await store.revokeToken(longRevocation)
    clock.set(90 * hour)
    await store.close()

    const again = await openStore(t, folderStorage(folder), options)
    await again.createUser(createUser('alice'))
    clock.set(-90 * hour)
    clock.advance(hour)
    for (const name of ['bob', 'carol']) await again.createUser(createUser(name))
    t.equal(await again.isTokenRevoked(longRevocation.jti), true)
    clock.advance(8 * hour)
    for (const name of ['dave', 'erin']) await again.createUser(createUser(name))
    t.equal(await again.isTokenRevoked(longRevocation.jti), false)
  }
)

t.test('changes that arrive during a write share the next one', async (t) => {
  const { probe, store } = await openProbedStore(t)
  await Promise.all(Array.from({ length: 50 }, (_, index) => store.createUser(createUser(`user ${index}`))))
  t.equal(probe.writes, 2)
  t.equal(probe.seq, 50)
  await store.revokeToken(longRevocation)
  await store.revokeToken(longRevocation)
  t.equal(probe.writes, 3, 'nothing is written when nothing changes')
})

t.test('readers see a change only once it is written', async (t) => {
  const { probe, store } = await openProbedStore(t)
  let open = () => {}
  probe.gate = new Promise((resolve) => {
    open = resolve
  })
  const made = store.createUser(createUser('alice'))
  await new Promise(setImmediate)
  t.equal(probe.writes, 1)
  t.equal(await store.findUserByName('alice'), undefined)
  open()
  await made
  t.ok(await store.findUserByName('alice'))
})

t.test(
  'a write that fails changes nothing, is told to all who share it, and the next one works',
  async (t) => {
    const { probe, store } = await openProbedStore(t)
    await store.createUser(createUser('alice'))
    const alice = (await store.findUserByName('alice')) as User
    probe.failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const results = await Promise.allSettled([
      store.createUser(createUser('bob')),
      store.createUser(createUser('carol')),
      store.createUser(createUser('carol')),
      store.replaceUser(alice, { ...alice, state: 'deleted' }),
      store.revokeToken(longRevocation)
    ])
    for (const result of results) {
      t.match(result, {
        status: 'rejected',
        reason: { name: 'StoreUnavailableError', statusCode: 503, cause: { code: 'ENOSPC' } }
      })
    }
    t.equal(await store.findUserByName('bob'), undefined)
    t.equal(await store.findUserById(alice.uid), alice)
    t.equal(await store.isTokenRevoked(longRevocation.jti), false)

    probe.failure = null
    await store.createUser(createUser('bob'))
    t.ok(await store.findUserByName('bob'))
  }
)

t.test('while all is well, to ask whether changes can be stored does not touch the disk', async (t) => {
  const { probe, store } = await openProbedStore(t)
  await store.requireWritable()
  await store.createUser(createUser('alice'))
  await store.requireWritable()
  t.equal(probe.probes, 0)
})

t.test(
  'after a failure, all who ask whether changes can be stored share one attempt, and for a while its refusal',
  async (t) => {
    const { probe, store } = await openProbedStore(t, { probeAfter: 1000 })
    const askTenTimes = () =>
      Promise.allSettled(Array.from({ length: 10 }, () => store.requireWritable())).then((results) =>
        results.filter(({ status }) => status === 'fulfilled')
      )
    probe.failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    await t.rejects(store.createUser(createUser('alice')), { name: 'StoreUnavailableError' })
    await t.rejects(store.requireWritable(), {
      name: 'StoreUnavailableError',
      cause: { code: 'ENOSPC' }
    })
    probe.failure = null
    t.equal((await askTenTimes()).length, 0)
    t.equal(probe.probes, 1)
    while ((await askTenTimes()).length === 0) await after(20)
    t.equal(probe.probes, 2)
    t.equal((await askTenTimes()).length, 10)
    t.equal(probe.probes, 2)
  }
)

t.test('a change that is stored after a failure is proof enough that changes can be stored', async (t) => {
  const { probe, store } = await openProbedStore(t)
  probe.failure = new Error('no space left')
  await t.rejects(store.createUser(createUser('alice')), { name: 'StoreUnavailableError' })
  await t.rejects(store.requireWritable(), { name: 'StoreUnavailableError' })
  probe.failure = null
  await store.createUser(createUser('alice'))
  await store.requireWritable()
  t.equal(probe.probes, 1)
})

t.test('an attempt to write does not overlap with changes, nor is it held up by them', async (t) => {
  const { probe, store } = await openProbedStore(t)
  const uses: string[] = []
  const use = (name: 'append' | 'probeWrite') => {
    const original = probe[name].bind(probe) as (changes: readonly Change[]) => Promise<void>
    probe[name] = async (changes: readonly Change[] = []) => {
      uses.push(`${name} begins`)
      await new Promise(setImmediate)
      await original(changes).finally(() => uses.push(`${name} ends`))
    }
  }
  probe.failure = new Error('no space left')
  await t.rejects(store.createUser(createUser('alice')))
  use('append')
  use('probeWrite')
  const later = after(0).then(() => store.createUser(createUser('carol')))
  const results = await Promise.allSettled([
    store.createUser(createUser('bob')),
    store.requireWritable(),
    later
  ])
  t.ok(results.every(({ status }) => status === 'rejected'))
  t.same(uses, [
    'append begins',
    'append ends',
    'probeWrite begins',
    'probeWrite ends',
    'append begins',
    'append ends'
  ])
})

t.test('close waits for the write under way', async (t) => {
  const folder = temporaryFolder(t)
  const store = await openStore(t, folderStorage(folder))
  const made = store.createUser(createUser('alice'))
  await store.close()
  t.match(readFileSync(join(folder, 'users.json'), 'utf8'), /"name":"alice"/)
  await made
})

t.test(
  'the snapshot has a version, one record a line, mode 0600, and is all there is after a stop',
  async (t) => {
    const folder = temporaryFolder(t)
    const store = await openStore(t, folderStorage(folder))
    await store.createUser(createUser('alice'))
    await store.createUser(createUser('bob'))
    await store.close()
    const text = readFileSync(join(folder, 'users.json'), 'utf8')
    t.match(JSON.parse(text), { version: 5, seq: 2, users: [{ name: 'alice' }, { name: 'bob' }] })
    t.equal(text.split('\n').filter((line) => line.startsWith('{"uid"')).length, 2)
    t.equal(statSync(join(folder, 'users.json')).mode & 0o777, 0o600)
    t.same(readdirSync(folder), ['users.json'])
  }
)

t.test('the journal says its format first, has a JSON line for each change, and mode 0600', async (t) => {
  const folder = temporaryFolder(t)
  const store = await openStore(t, folderStorage(folder))
  const alice = createUser('alice')
  await store.createUser(alice)
  await store.revokeToken(longRevocation)
  t.same(readdirSync(folder), ['users.1.journal'])
  const journal = join(folder, 'users.1.journal')
  t.equal(statSync(journal).mode & 0o777, 0o600)
  const [head, ...batches] = readFileSync(journal, 'utf8').split('\x1e')
  t.equal(head, '{"version":5,"seq":1}\n')
  t.same(
    batches.map((batch) => JSON.parse(batch.slice(batch.indexOf('\n')))),
    [{ user: alice }, { revokedToken: longRevocation }]
  )
})

t.test('a store of version 1, which had no journal, is read and goes on as the newest', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'users.json')
  writeFileSync(path, JSON.stringify({ version: 1, users: [createUser('alice')], revokedTokens: [] }))
  const store = await openStore(t, folderStorage(folder))
  await store.createUser(createUser('bob'))
  await store.close()
  t.match(JSON.parse(readFileSync(path, 'utf8')), {
    version: 5,
    seq: 1,
    users: [{ name: 'alice' }, { name: 'bob' }]
  })
})

t.test(
  'a snapshot that is older than the journal, or gone, stops the start instead of losing changes',
  async (t) => {
    const folder = temporaryFolder(t)
    const snapshot = join(folder, 'users.json')
    const store = await openStore(t, folderStorage(folder))
    await store.createUser(createUser('alice'))
    await store.close()
    copyFileSync(snapshot, join(folder, 'backup'))
    const later = await openStore(t, folderStorage(folder))
    await later.createUser(createUser('bob'))
    await later.close()
    const last = await openStore(t, folderStorage(folder))
    await last.createUser(createUser('carol'))

    copyFileSync(join(folder, 'backup'), snapshot)
    await t.rejects(openStore(t, folderStorage(folder)), {
      exitCode: 3,
      message: /users\.3\.journal.*changes are missing/
    })
    rmSync(snapshot)
    await t.rejects(openStore(t, folderStorage(folder)), {
      exitCode: 3,
      message: /users\.3\.journal.*changes are missing/
    })
  }
)

t.test('a journal file without a whole line gives its name to the next one, which is kept', async (t) => {
  const folder = temporaryFolder(t)
  const journal = join(folder, 'users.2.journal')
  const first = await openStore(t, folderStorage(folder))
  await first.createUser(createUser('alice'))
  await first.close()
  writeFileSync(journal, '{"seq":2,')
  const store = await openStore(t, folderStorage(folder))
  await store.createUser(createUser('bob'))
  // Time for a compacting at the start to end.
  for (let number = 0; number < 20; number += 1) await store.createUser(createUser(`user ${number}`))
  t.match(readFileSync(journal, 'utf8'), /"name":"bob"/)
})

t.test(
  'a journal that cannot be written to is told as 503, leaves no trace, and works again when it can',
  async (t) => {
    const folder = temporaryFolder(t)
    const store = await openStore(t, folderStorage(folder))
    mkdirSync(join(folder, 'users.1.journal'))
    await t.rejects(store.createUser(createUser('alice')), { name: 'StoreUnavailableError' })
    t.equal(await store.findUserByName('alice'), undefined)
    rmdirSync(join(folder, 'users.1.journal'))
    await store.createUser(createUser('alice'))
    t.ok(await (await openStore(t, folderStorage(folder))).findUserByName('alice'))
  }
)

t.test(
  'a journal that could not be written to is tried again without a trace, and says when it can be',
  async (t) => {
    const folder = temporaryFolder(t)
    const journal = join(folder, 'users.1.journal')
    const store = await openStore(t, folderStorage(folder), { probeAfter: 0 })
    mkdirSync(journal)
    await t.rejects(store.createUser(createUser('alice')), { name: 'StoreUnavailableError' })
    await t.rejects(store.requireWritable(), {
      name: 'StoreUnavailableError',
      cause: { code: 'EEXIST' }
    })
    rmdirSync(journal)
    await after(10)
    await store.requireWritable()
    t.same(readdirSync(folder), [])
    await store.createUser(createUser('alice'))
    t.equal(readFileSync(journal, 'utf8').split('\n').length, 4)
    t.ok(await (await openStore(t, folderStorage(folder))).findUserByName('alice'))
  }
)

t.test('an attempt to write that was cut off by a kill is passed over at the next start', async (t) => {
  const folder = temporaryFolder(t)
  const journal = await openJournal(folder, 0, unexpected)
  await journal.append([{ user: createUser('alice') }])
  const path = join(folder, 'users.1.journal')
  const acknowledged = readFileSync(path)
  const writing = journal.probeWrite()
  while (statSync(path).size === acknowledged.length) await new Promise(setImmediate)
  const moment = temporaryFolder(t)
  copyFileSync(path, join(moment, 'users.1.journal'))
  await writing
  t.same(readFileSync(path), acknowledged)
  await journal.close()

  t.ok(statSync(join(moment, 'users.1.journal')).size > acknowledged.length)
  const store = await openStore(t, folderStorage(moment))
  t.ok(await store.findUserByName('alice'))
  await store.createUser(createUser('bob'))
  await store.close()
})

t.test('the journal is compacted as it grows, and a kill at any moment of that loses nothing', async (t) => {
  const folder = temporaryFolder(t)
  const copies = temporaryFolder(t)
  const acknowledged: User[] = []
  const moments: { copy: string; known: number }[] = []

  // What a kill at this moment would leave: Node's thread pool works on while the folder is copied, as the kernel would.
  function keepMoment(): void {
    const copy = join(copies, String(moments.length))
    try {
      cpSync(folder, copy, { recursive: true })
      moments.push({ copy, known: acknowledged.length })
    } catch (error) {
      // A file was renamed or removed between the listing and the copying, which no kill does.
      rmSync(copy, { recursive: true, force: true })
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  const snapshot = new JsonFile(join(folder, 'users.json'), {
    ...storeFormat,
    *stringify(data) {
      let records = 0
      for (const text of storeFormat.stringify(data)) {
        yield text
        records += 1
        if (records % 30 === 0) keepMoment()
      }
    }
  })
  const store = await openStore(
    t,
    { snapshot, openJournal: (...args) => openJournal(folder, ...args) },
    { compactAfter: () => 20, removeAfter: 0 }
  )
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let number = 0; number < 40; number += 1) {
      const user = createUser(`${writer}-${number}`)
      await store.createUser(user)
      const changed = { ...user, gen: number }
      await store.replaceUser(user, changed)
      acknowledged.push(changed)
      if (writer === 0) keepMoment()
    }
  })
  await Promise.all(writers)
  await store.close()

  const states = new Set<string>()
  for (const { copy, known } of moments) {
    states.add(readdirSync(copy).join().replace(/\d+/g, 'N'))
    const again = await openStore(t, folderStorage(copy), { warn: () => {} })
    for (const user of acknowledged.slice(0, known)) {
      const found = await again.findUserById(user.uid)
      if (found?.gen !== user.gen) t.same(found, user, copy)
    }
    await again.close()
    t.same(readdirSync(copy), ['users.json'])
  }
  t.ok(moments.length > 40)
  t.ok(states.has('users.N.journal,users.json'), 'in between two compactions')
  t.ok(states.has('.users.json.tmp,users.N.journal,users.N.journal,users.json'), 'in the middle of one')
  t.comment([...states].join(' | '))
})

t.test('a compacting that fails is warned of, loses nothing, and is tried again later', async (t) => {
  const folder = temporaryFolder(t)
  const warnings: string[] = []
  const store = await openStore(t, folderStorage(folder), {
    compactAfter: () => 5,
    warn: (_error, message) => warnings.push(message)
  })
  mkdirSync(join(folder, '.users.json.tmp'))
  for (let number = 0; number < 7; number += 1) await store.createUser(createUser(`user ${number}`))
  await store.close()
  t.equal(warnings.length, 2, 'once when it has grown, once at the stop')
  t.match(warnings[0], /could not be compacted/)
  t.same(
    readdirSync(folder).filter((name) => !name.endsWith('.journal')),
    ['.users.json.tmp']
  )

  rmdirSync(join(folder, '.users.json.tmp'))
  const again = await openStore(t, folderStorage(folder))
  for (let number = 0; number < 7; number += 1) t.ok(await again.findUserByName(`user ${number}`))
  await again.close()
  t.same(readdirSync(folder), ['users.json'])
})

t.test('a temporary file that was left behind is removed and not read', async (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['.users.json.tmp', 'users.json.tmp']) {
    writeFileSync(join(folder, name), '{"version":2,"users":[')
  }
  await openStore(t, folderStorage(folder))
  t.same(readdirSync(folder), [])
})

t.test('a damaged snapshot stops the start, says where, quotes nothing, and is left as it was', async (t) => {
  const user = JSON.stringify(createUser('alice'))
  const twin = JSON.stringify(createUser('alice'))
  const wrap = (users: string, rest = '"revokedTokens":[]') => `{"version":1,"users":[${users}],${rest}}`
  for (const [content, where] of [
    ['', 'it ends too early'],
    ['{', 'it ends too early'],
    ['[]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['{}', 'the document must have required properties'],
    [wrap(user).slice(0, -20), 'it ends too early'],
    [`{\n"version": 1,\n"users": [x]}`, 'it is not valid JSON at line 3'],
    [wrap(user).replace('"version":1', '"version":0'), '/version'],
    [wrap(user).replace('"state":"active"', '"state":"asleep"'), '/users/0/state'],
    [wrap(user).replace('"state":"active"', '"active":"yes"'), '/users/0/active'],
    [wrap(user).replace('"state":"active",', ''), '/users/0 must have a state'],
    [
      wrap(user).replace('$argon2id$', '$plain$'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace('m=8,', 'm=7,'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace('m=8,', 'm=4294967295,'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace('t=1,', 't=0,'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace('t=1,', 't=21,'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace('p=1', 'p=0'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace('m=8,t=1,p=1', 'm=999,t=1,p=17'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace(/c2FsdHN[^$]+/, 'AAAA'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [
      wrap(user).replace(/aGFzaGhh[^"]+/, 'AAAA'),
      '/users/0/hash must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'
    ],
    [wrap(user).replace('"uid":"', '"uid":"X'), '/users/0/uid'],
    [wrap(`${user},${twin}`), '/users/1/name is the same as /users/0/name'],
    [wrap(`${user},${user.replace('alice', 'bob')}`), '/users/1/uid is the same as /users/0/uid'],
    [wrap('', '"revokedTokens":[{"jti":"x","exp":1}]'), '/revokedTokens/0/jti'],
    [wrap('', '"revokedTokens":[],"sessions":[{}]'), '/sessions/0'],
    [wrap('', '"users":[],"revokedTokens":[]'), 'the member "users" is there twice'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'it is not valid UTF-8']
  ] as const) {
    const folder = temporaryFolder(t)
    const path = join(folder, 'users.json')
    writeFileSync(path, content)
    chmodSync(path, 0o600)
    const error = await openStore(t, folderStorage(folder)).catch((error: Error) => error)
    t.match(error, { name: 'StartupError', exitCode: 3 })
    t.match((error as Error).message, where)
    t.match((error as Error).message, path)
    t.notMatch((error as Error).message, /aGFzaGhhc2|\n/)
    t.same(readFileSync(path), Buffer.from(content))
  }
})

t.test(
  'a dump of many records holds each of them once, in the list that it is read from again',
  async (t) => {
    const store = await openStore(t, { snapshot: new Memory<StoreDocument>() })
    const sessions = Array.from({ length: 10_001 }, () => createSession(createUser('alice')))
    await Promise.all(sessions.map((session) => store.createSession(session, limits)))
    const dump = await store.dump()
    t.equal(dump.sessions.length, sessions.length)
    for (let reading = 1; reading <= 2; reading += 1) {
      t.equal(new Set([...dump.sessions].map(({ id }) => id)).size, sessions.length, `reading ${reading}`)
    }
  }
)
