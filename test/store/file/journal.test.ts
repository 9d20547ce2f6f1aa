import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { toBatch } from '../../../src/store/file/batch.js'
import { folderStorage } from '../../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../../src/store/file/journaled-store.js'
import type { StoreOptions } from '../../../src/store/file/store-options.js'
import type { MemoryStore } from '../../../src/store/store.js'
import { createClock, temporaryFolder } from '../../support/helper.js'
import { createUser } from '../../support/records.js'

const firstJournal = 'users.1.journal'

interface Opened {
  store: MemoryStore
  warnings: string[]
}

/** A store that is closed after the test, unless it was before: until then it leaves what a killed process leaves. */
async function openStore(t: Test, folder: string, options: Partial<StoreOptions> = {}): Promise<Opened> {
  const clock = createClock()
  const warnings: string[] = []
  const store = await openJournaledStore({
    clock,
    uptime: clock.uptime,
    warn: (_error, message) => warnings.push(message),
    ...folderStorage(folder),
    ...options
  })
  t.teardown(() => store.close())
  return { store, warnings }
}

async function namesAfterStart(t: Test, folder: string): Promise<{ names: string; warnings: string[] }> {
  const { store, warnings } = await openStore(t, folder)
  const names = store.capture().users.map(({ name }) => name)
  await store.createUser(createUser('afterwards'))
  await store.close()
  return { names: names.join(), warnings }
}

/** The names of the users that a start finds after a kill at this moment. */
async function namesAfterKill(t: Test, folder: string): Promise<string[]> {
  const copy = temporaryFolder(t)
  cpSync(folder, copy, { recursive: true })
  const { store } = await openStore(t, copy)
  return store.capture().users.map(({ name }) => name)
}

async function refusal(t: Test, folder: string): Promise<string> {
  try {
    const { store } = await openStore(t, folder)
    await store.close()
    return ''
  } catch (error) {
    return `${(error as { exitCode?: number }).exitCode} ${(error as Error).message}`
  }
}

/** A folder with this journal alone. */
function folderOf(t: Test, journal: string | Buffer): string {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, firstJournal), journal)
  return folder
}

/** The journal of a store with a user, and one of the same with so many more, which share a batch. */
async function writeBatches(t: Test, count: number) {
  const folder = temporaryFolder(t)
  const path = join(folder, firstJournal)
  const { store } = await openStore(t, folder)
  await store.createUser(createUser('alice'))
  const acknowledged = readFileSync(path)
  await new Promise(setImmediate)
  // The first of them is written alone, since nothing else is being written.
  await Promise.all(
    Array.from({ length: count }, (_, index) => store.createUser(createUser(`user ${index}`)))
  )
  const whole = readFileSync(path)
  return { acknowledged, whole, before: whole.lastIndexOf(0x1e) }
}

t.test('R2: a last batch of which any sectors or blocks are missing is passed over', async (t) => {
  const { whole, before } = await writeBatches(t, 60)
  t.ok(whole.length - before > 3 * 4096)
  let states = 0
  for (const blockLength of [512, 4096]) {
    const first = Math.floor(before / blockLength)
    const last = Math.floor((whole.length - 1) / blockLength)
    for (let missing = first; missing <= last; missing += blockLength === 512 ? 5 : 1) {
      for (const isMissing of [
        (block: number) => block === missing,
        (block: number) => block !== missing && block >= first,
        (block: number) => block <= missing && block >= first
      ]) {
        const state = Buffer.from(whole)
        for (let block = first; block <= last; block += 1) {
          if (isMissing(block))
            state.fill(
              0,
              Math.max(block * blockLength, before),
              Math.min((block + 1) * blockLength, whole.length)
            )
        }
        const { names, warnings } = await namesAfterStart(t, folderOf(t, state))
        if (names !== 'alice,user 0') t.equal(names, 'alice,user 0', `${blockLength} ${missing}`)
        t.match(warnings, [/^users\.1\.journal ends with a batch that was never acknowledged/])
        states += 1
      }
    }
  }
  t.ok(states >= 30, `${states} states`)
})

t.test('R2: a last batch that is cut short is passed over wherever it is cut', async (t) => {
  const { acknowledged, whole } = await writeBatches(t, 1)
  for (let length = 0; length < whole.length; length += 17) {
    // A file system that has noted the length before the content was written shows zeros.
    for (const tail of [0, 100]) {
      const state = Buffer.concat([whole.subarray(0, length), Buffer.alloc(tail)])
      const { names } = await namesAfterStart(t, folderOf(t, state))
      const expected = length < acknowledged.length ? '' : 'alice'
      if (names !== expected) t.equal(names, expected, `cut at ${length}, ${tail} zeros`)
    }
  }
  t.pass(`${whole.length} places`)
})

t.test('R2: a batch with others after it is damage, and nothing is touched', async (t) => {
  const { acknowledged, whole, before } = await writeBatches(t, 3)
  const first = acknowledged.indexOf('\x1e')
  const batches = [
    acknowledged.subarray(first),
    whole.subarray(acknowledged.length, before),
    whole.subarray(before)
  ]
  const head = whole.subarray(0, first)
  const [alice = head, second = head, third = head] = batches
  const zeros = (bytes: Buffer) => Buffer.alloc(bytes.length)
  for (const [state, where] of [
    [[head, zeros(alice), second, third], 'batch 1 (at byte 22) is not as it was written'],
    [
      [head, alice, zeros(second), third],
      `batch 2 (at byte ${acknowledged.length}) is not as it was written`
    ],
    [
      [head, alice, second.subarray(9), third],
      `batch 2 (at byte ${acknowledged.length}) is not as it was written`
    ],
    [
      [head, alice, second.subarray(0, -9), third],
      `batch 2 (at byte ${acknowledged.length}) is not as it was written`
    ],
    [[head, alice, third], `batch 2 (at byte ${acknowledged.length}) is not the one that was written there`],
    [[head, second, third], 'batch 1 (at byte 22) is not the one that was written there'],
    [[alice, second, third], 'its first line is not as it was written'],
    [[zeros(head), alice, second, third], 'its first line is not as it was written'],
    [
      [head, alice, 'and more '.repeat(9)],
      `batch 2 (at byte ${acknowledged.length}) is not as it was written`
    ],
    [[head, toBatch(1, 1, '{"user":{"name":"alice"}}\n')], 'batch 1 (at byte 22) is not as it was written'],
    [[head, toBatch(1, 2, '{}\n')], 'batch 1 (at byte 22) is not as it was written']
  ] as const) {
    const content = Buffer.concat(state.map((part) => Buffer.from(part)))
    const folder = folderOf(t, content)
    t.equal(
      await refusal(t, folder).then((message) => message.includes(`${firstJournal} is damaged: ${where}`)),
      true,
      where
    )
    t.same(readdirSync(folder), [firstJournal])
    t.same(readFileSync(join(folder, firstJournal)), content)
  }
})

t.test(
  'R2: a torn batch in a file that others follow is passed over if nothing is missing, else it is damage',
  async (t) => {
    const folder = temporaryFolder(t)
    const { store } = await openStore(t, folder)
    for (const name of ['alice', 'bob']) await store.createUser(createUser(name))
    const whole = readFileSync(join(folder, firstJournal))
    const torn = whole.subarray(0, -9)
    const bob = createUser('bob')
    const next = (seq: number) =>
      `{"version":4,"seq":${seq}}\n${toBatch(seq, 1, `${JSON.stringify({ user: bob })}\n`)}`
    const follow = folderOf(t, torn)
    writeFileSync(join(follow, 'users.2.journal'), next(2))
    t.equal((await namesAfterStart(t, follow)).names, 'alice,bob')
    const gap = folderOf(t, torn)
    writeFileSync(join(gap, 'users.3.journal'), next(3))
    t.match(await refusal(t, gap), /^3 .*users\.3\.journal is damaged: changes are missing before batch 1/)
  }
)

t.test(
  'R4: a journal that was deleted or replaced takes no more changes, which is told and not ready',
  async (t) => {
    for (const [deed, act] of [
      ['gone', (path: string) => rmSync(path)],
      ['replaced', (path: string) => renameSync(`${path}.copy`, path)]
    ] as const) {
      const folder = temporaryFolder(t)
      const path = join(folder, firstJournal)
      const { store, warnings } = await openStore(t, folder, { probeAfter: 0 })
      await store.createUser(createUser('alice'))
      writeFileSync(`${path}.copy`, readFileSync(path))
      act(path)
      const reason = {
        name: 'StoreUnavailableError',
        cause: { message: `${firstJournal} ${deed === 'gone' ? 'is gone' : 'was replaced'}` }
      }
      await t.rejects(store.requireWritable(), reason)
      for (const name of ['bob', 'carol']) await t.rejects(store.createUser(createUser(name)), reason)
      await t.rejects(store.requireWritable(), reason)
      t.equal(await store.findUserByName('bob'), undefined)
      const before = readdirSync(folder)
      await store.close()
      rmSync(`${path}.copy`, { force: true })
      if (deed === 'gone')
        t.same(readdirSync(folder), ['users.json'], 'what was acknowledged is written at the stop')
      else t.same([readdirSync(folder), warnings.length], [before, 1], 'what another has put there stays')
      t.equal((await namesAfterStart(t, folder)).names, 'alice')
    }
  }
)

for (const isJournalEmpty of [true, false]) {
  t.test(
    `R4: a snapshot that was deleted or replaced takes no more changes, ${isJournalEmpty ? 'without' : 'with'} a journal`,
    async (t) => {
      for (const [deed, act] of [
        ['gone', (path: string) => rmSync(path)],
        [
          'replaced',
          (path: string) => {
            const content = readFileSync(path)
            rmSync(path)
            writeFileSync(path, content)
          }
        ]
      ] as const) {
        const folder = temporaryFolder(t)
        const path = join(folder, 'users.json')
        const { store: former } = await openStore(t, folder)
        await former.createUser(createUser('alice'))
        await former.close()
        const { store, warnings } = await openStore(t, folder, { probeAfter: 0 })
        if (!isJournalEmpty) await store.createUser(createUser('bob'))
        act(path)
        const message = `users.json ${deed === 'gone' ? 'is gone' : 'was replaced'}`
        const reason = { name: 'StoreUnavailableError', cause: { message } }
        await t.rejects(store.requireWritable(), reason)
        await t.rejects(store.createUser(createUser('carol')), reason)
        await t.rejects(store.requireWritable(), reason)
        t.equal(await store.findUserByName('carol'), undefined)
        const before = readdirSync(folder)
        await store.close()
        if (deed === 'gone')
          t.same(readdirSync(folder), ['users.json'], 'what was acknowledged is written at the stop')
        else t.same([readdirSync(folder), warnings.length], [before, 1], 'what another has put there stays')
        t.equal((await namesAfterStart(t, folder)).names, isJournalEmpty ? 'alice' : 'alice,bob')
      }
    }
  )
}

t.test('R4: a change is refused at once when the snapshot is gone, and taken when it is back', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'users.json')
  const { store: former } = await openStore(t, folder)
  await former.createUser(createUser('alice'))
  await former.close()
  const { store } = await openStore(t, folder)
  await store.createUser(createUser('bob'))
  renameSync(path, `${path}.away`)
  await t.rejects(store.createUser(createUser('carol')), { cause: { message: 'users.json is gone' } })
  renameSync(`${path}.away`, path)
  await store.createUser(createUser('carol'))
  t.equal((await namesAfterKill(t, folder)).join(), 'alice,bob,carol')
})

t.test('R4: a snapshot that the store itself replaces is in its place at any moment', async (t) => {
  const { store } = await openStore(t, temporaryFolder(t), { compactAfter: () => 1, probeAfter: 0 })
  for (let number = 0; number < 100; number += 1)
    await Promise.all([
      store.createUser(createUser(`user ${number}`)),
      store.requireWritable(),
      store.requireWritable()
    ])
})

t.test(
  'R4: a folder that was moved takes no more changes until it is back, nor does the one in its place',
  async (t) => {
    const parent = temporaryFolder(t)
    const folder = join(parent, 'data')
    mkdirSync(folder)
    const { store, warnings } = await openStore(t, folder, { probeAfter: 0, compactAfter: () => 1 })
    await store.requireWritable()
    renameSync(folder, join(parent, 'moved'))
    const gone = { name: 'StoreUnavailableError', cause: { message: 'data is gone' } }
    await t.rejects(store.requireWritable(), gone)
    await t.rejects(store.createUser(createUser('alice')), gone)
    mkdirSync(folder)
    const replaced = { name: 'StoreUnavailableError', cause: { message: 'data was replaced' } }
    await t.rejects(store.createUser(createUser('alice')), replaced)
    t.same(readdirSync(folder), [])
    rmSync(folder, { recursive: true })
    renameSync(join(parent, 'moved'), folder)
    await store.requireWritable()
    await store.createUser(createUser('alice'))
    renameSync(folder, join(parent, 'moved'))
    mkdirSync(folder)
    await store.close()
    t.same(readdirSync(folder), [])
    t.ok(warnings.some((message) => message.includes('could not be compacted')))
  }
)

t.test(
  'R6: a change under way when a store is closed does not reach the journal of the next one',
  async (t) => {
    const folder = temporaryFolder(t)
    const { store } = await openStore(t, folder)
    const letIn = store.createUser(createUser('alice'))
    const closing = store.close()
    const late = t.rejects(store.createUser(createUser('late')), { name: 'StoreUnavailableError' })
    await letIn
    await Promise.all([closing, late, store.close()])
    const { store: next } = await openStore(t, folder)
    await next.createUser(createUser('bob'))
    for (const change of [
      store.createUser(createUser('late')),
      store.endSession('x'),
      store.requireWritable()
    ])
      await t.rejects(change, { name: 'StoreUnavailableError' })
    await store.close()
    t.equal((await namesAfterKill(t, folder)).join(), 'alice,bob')
  }
)

t.test(
  'R6: a file that another process has put in the place of the next journal is not overwritten',
  async (t) => {
    const folder = temporaryFolder(t)
    const { store } = await openStore(t, folder)
    writeFileSync(join(folder, firstJournal), 'acknowledged')
    await t.rejects(store.createUser(createUser('alice')), {
      name: 'StoreUnavailableError',
      cause: { code: 'EEXIST' }
    })
    t.equal(readFileSync(join(folder, firstJournal), 'utf8'), 'acknowledged')
  }
)

t.test('R14: what a backup has listed can be copied a while after it was compacted', async (t) => {
  const folder = temporaryFolder(t)
  const { store } = await openStore(t, folder, { compactAfter: () => 1 })
  await store.createUser(createUser('alice'))
  const listed = readdirSync(folder)
  for (let number = 0; number < 50; number += 1) await store.createUser(createUser(`user ${number}`))
  t.same(listed, [firstJournal])
  t.ok(
    readdirSync(folder).every((name) => /^users\.(json|\d+\.journal)$|^\.users\.json\.tmp$/.test(name)),
    'no name that users.* stands for is gone in a moment'
  )
  t.ok(readdirSync(folder).includes('users.json'))
  const copy = temporaryFolder(t)
  for (const name of listed) cpSync(join(folder, name), join(copy, name))
  cpSync(join(folder, 'users.json'), join(copy, 'users.json'))
  const { names } = await namesAfterStart(t, copy)
  t.match(names, /^alice/)
  await store.close()
  t.same(readdirSync(folder), ['users.json'], 'nothing is left of the journal after a stop')
})

t.test('a journal that is compacted is removed after a while', async (t) => {
  const folder = temporaryFolder(t)
  const { store } = await openStore(t, folder, { compactAfter: () => 1, removeAfter: 0 })
  await store.createUser(createUser('alice'))
  while (readdirSync(folder).join() !== 'users.json') await new Promise((resolve) => setTimeout(resolve, 5))
  await store.createUser(createUser('bob'))
  t.equal((await namesAfterKill(t, folder)).join(), 'alice,bob')
})
