import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createId } from '../../src/ids.js'
import { folderStorage } from '../../src/store/file/folder-storage.js'
import { createJournaledPendingSignIns } from '../../src/store/file/journaled-pending-sign-ins.js'
import { openJournaledRecords } from '../../src/store/file/journaled-records.js'
import { createJournaledStore } from '../../src/store/file/journaled-store.js'
import { openStore } from '../../src/store/open-store.js'
import type { PendingSignIn } from '../../src/store/pending-sign-ins.js'
import type { Store } from '../../src/store/store.js'
import { withArrays } from '../support/backups.js'
import { createClock, temporaryFolder } from '../support/helper.js'
import { createUser, now } from '../support/records.js'
import { testPendingSignIns } from './pending-sign-ins-contract.js'

async function open(t: Test, driver: 'file' | 'memory') {
  const clock = createClock()
  const warn = (error: unknown, message: string) => t.fail(message, { error })
  const opened = await openStore({ driver, folder: temporaryFolder(t) }, { clock, warn })
  t.teardown(opened.close)
  return { signIns: opened.pendingSignIns, clock }
}

for (const driver of ['file', 'memory'] as const) {
  t.test(`every driver keeps the promises of sign-ins under way: ${driver}`, async (t) => {
    testPendingSignIns(t, (t) => open(t, driver))
  })
}

t.test('a flood of sign-ins takes a bounded part of the memory, and the newest ones stay', async (t) => {
  const { signIns } = await open(t, 'memory')
  const add = (number: number) =>
    signIns.add({ digest: `${number}`, uid: 'a', gen: 0, authTime: now, expiresAt: now + 300 })
  await Promise.all(Array.from({ length: 100_000 }, (_, number) => add(number)))
  t.match(signIns.find('0'), { digest: '0' })
  await Promise.all([add(100_000), add(100_001)])
  for (const gone of ['0', '1']) t.equal(signIns.find(gone), undefined)
  for (const kept of ['2', '100000', '100001']) t.match(signIns.find(kept), { digest: kept })
})

const ends = { 'a clean stop': (store: Store) => store.close(), 'a kill': async () => {} }
for (const [end, stop] of Object.entries(ends)) {
  t.test(`sign-ins under way are there again after ${end}, until they expire, and in no dump`, async (t) => {
    const folder = temporaryFolder(t)
    const clock = createClock()
    let warn = (error: unknown): unknown => t.fail(String(error))
    const start = async () => {
      const options = { ...folderStorage(folder), clock, uptime: clock.uptime }
      const journaled = await openJournaledRecords({ ...options, warn: (error) => warn(error) })
      const store = createJournaledStore(journaled, clock)
      t.teardown(() => {
        warn = () => {}
        return store.close()
      })
      return { store, signIns: createJournaledPendingSignIns(journaled, clock) }
    }
    const { store, signIns } = await start()
    const [one, other, ended] = ['1', '2', '3'].map((digit) => ({
      digest: digit.repeat(64),
      uid: createId(),
      gen: 0,
      authTime: now,
      expiresAt: now + (digit === '2' ? 600 : 300),
      returnTo: 'https://wiki.example.org/?a=b'
    })) as [PendingSignIn, PendingSignIn, PendingSignIn]
    for (const signIn of [one, other, ended]) await signIns.add(signIn)
    t.equal(await signIns.remove(ended.digest), true)
    await stop(store)
    for (const restart of ['first', 'second']) {
      const again = await start()
      t.same(again.signIns.find(one.digest), one, restart)
      t.equal(again.signIns.find(ended.digest), undefined)
      t.notMatch(JSON.stringify(withArrays(await again.store.dump())), one.digest)
      await again.store.close()
    }
    const later = await start()
    clock.advance(300)
    t.equal(later.signIns.find(one.digest), undefined)
    t.equal(await later.signIns.remove(one.digest), false)
    t.same(later.signIns.find(other.digest), other)
    for (const name of ['a', 'b', 'c']) await later.store.createUser(createUser(name))
    await later.store.close()
    const text = readFileSync(join(folder, 'users.json'), 'utf8')
    t.match(text, other.digest)
    for (const { digest } of [one, ended]) t.notMatch(text, digest)
  })
}
