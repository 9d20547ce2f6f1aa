import { readdirSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createId } from '../../../src/ids.js'
import { folderStorage } from '../../../src/store/file/folder-storage.js'
import type { Journal } from '../../../src/store/file/journal.js'
import { openJournaledStore } from '../../../src/store/file/journaled-store.js'
import type { Store } from '../../../src/store/store.js'
import { temporaryFolder } from '../../support/helper.js'

const hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'

function createUser(name: string) {
  return { uid: createId(), name, hash, state: 'active' as const, gen: 0, createdAt: 0 }
}

t.test(
  'R8: while a write hangs, others are refused and did not happen, and it is told as not ready',
  async (t) => {
    const storage = folderStorage(temporaryFolder(t))
    let answer = () => {}
    const disk = new Promise<void>((resolve) => {
      answer = resolve
    })
    const store = await openJournaledStore({
      snapshot: storage.snapshot,
      async openJournal(seq, replay) {
        const journal = await storage.openJournal?.(seq, replay)
        if (journal === undefined) throw new Error('there is a journal')
        // A real disk could be as slow as this one, on a busy machine.
        journal.append = () => disk
        return journal
      },
      clock: Date.now,
      warn: (error) => t.fail(String(error)),
      hangAfter: 1000
    })
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(createUser)
    if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three users')
    const hanging = store.createUser(alice)
    await store.requireWritable()
    const unavailable = { name: 'StoreUnavailableError' }
    await t.rejects(store.createUser(bob), unavailable, 'one that waits')
    await t.rejects(store.createUser(carol), unavailable, 'one that comes later')
    await t.rejects(store.requireWritable(), unavailable)
    answer()
    await hanging
    await store.requireWritable()
    await store.createUser(carol)
    t.same(
      ['alice', 'bob', 'carol'].map((name) => store.findUserByName(name)),
      [alice, undefined, carol]
    )
    await store.close()
  }
)

/** A store whose journal does this in the place of what takes time on a disk. */
async function openChangedStore(t: Test, changed: Partial<Journal>) {
  const storage = folderStorage(temporaryFolder(t))
  const store = await openJournaledStore({
    snapshot: storage.snapshot,
    async openJournal(seq, replay) {
      const journal = await storage.openJournal?.(seq, replay)
      if (journal === undefined) throw new Error('there is a journal')
      return Object.assign(journal, changed)
    },
    clock: Date.now,
    warn: (error) => t.fail(String(error)),
    hangAfter: 300,
    probeAfter: 0
  })
  t.teardown(() => store.close())
  return store
}

async function untilWritable(store: Store): Promise<void> {
  const isWritable = () =>
    store.requireWritable().then(
      () => true,
      () => false
    )
  while (!(await isWritable())) await after(5)
}

const noAnswer = { name: 'StoreUnavailableError', cause: { message: 'the disk does not answer' } }

t.test('R8: who waits for an attempt to write that hangs is told so', async (t) => {
  let fails = true
  let answer = () => {}
  const disk = new Promise<void>((resolve) => {
    answer = resolve
  })
  const store = await openChangedStore(t, {
    async append() {
      if (fails) throw new Error('no space left')
    },
    probeWrite: () => disk
  })
  await t.rejects(store.createUser(createUser('alice')), { name: 'StoreUnavailableError' })
  const waiting = [store.requireWritable(), after(20).then(() => store.requireWritable())]
  await Promise.all(waiting.map((one) => t.rejects(one, noAnswer)))
  await t.rejects(store.requireWritable(), noAnswer, 'and who comes later')
  fails = false
  answer()
  await untilWritable(store)
  await store.createUser(createUser('alice'))
})

t.test(
  'R8: who waits for a look at the files that hangs is told so, and one look at a time is made',
  async (t) => {
    let looks = 0
    let answer = () => {}
    const disk = new Promise<void>((resolve) => {
      answer = resolve
    })
    const store = await openChangedStore(t, {
      async append() {},
      async requireInPlace() {
        looks += 1
        await disk
      }
    })
    const waiting = [store.requireWritable(), after(20).then(() => store.requireWritable())]
    await Promise.all(waiting.map((one) => t.rejects(one, noAnswer)))
    t.equal(looks, 1)
    answer()
    await untilWritable(store)
    await store.createUser(createUser('alice'))
  }
)

t.test(
  'R9: a last compaction that takes too long is given up, leaves nothing behind, and loses nothing',
  async (t) => {
    const folder = temporaryFolder(t)
    const warnings: string[] = []
    const open = (compactAtCloseFor?: number) =>
      openJournaledStore({
        ...folderStorage(folder),
        clock: Date.now,
        warn: (error) => warnings.push(String(error)),
        ...(compactAtCloseFor !== undefined && { compactAtCloseFor })
      })
    const names = Array.from({ length: 5000 }, (_, number) => `user ${number}`)
    const store = await open(0)
    await Promise.all(names.map((name) => store.createUser(createUser(name))))
    const closing = store.close()
    await after(0)
    await closing
    t.match(warnings, [/the time for it was over: the next start does it/])
    t.same(readdirSync(folder), ['users.1.journal'])
    const again = await open()
    t.ok(names.every((name) => again.findUserByName(name) !== undefined))
    await again.close()
    t.same(readdirSync(folder), ['users.json'])
  }
)
