import t, { type Test } from 'tap'
import { createMemoryPendingSignIns } from '../../src/store/memory-pending-sign-ins.js'
import { openStore } from '../../src/store/open-store.js'
import { createClock, temporaryFolder } from '../support/helper.js'
import { now } from '../support/records.js'
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
  const signIns = createMemoryPendingSignIns(createClock())
  const add = (number: number) =>
    signIns.add({ digest: `${number}`, uid: 'a', gen: 0, authTime: now, expiresAt: now + 300 })
  for (let number = 0; number <= 100_000; number += 1) await add(number)
  t.equal(signIns.find('0'), undefined)
  t.match(signIns.find('1'), { digest: '1' })
  t.match(signIns.find('100000'), { digest: '100000' })
})
