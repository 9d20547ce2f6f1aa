import t, { type Test } from 'tap'
import { createMemoryFailureCounts } from '../../src/store/memory-failure-counts.js'
import { openStore } from '../../src/store/open-store.js'
import { createClock, temporaryFolder } from '../support/helper.js'
import { testFailureCounts } from './failure-counts-contract.js'

async function open(t: Test, driver: 'file' | 'memory') {
  const clock = createClock()
  const warn = (error: unknown, message: string) => t.fail(message, { error })
  const { failureCounts, close } = await openStore({ driver, folder: temporaryFolder(t) }, { clock, warn })
  t.teardown(close)
  return { counts: failureCounts, clock }
}

for (const driver of ['file', 'memory'] as const) {
  t.test(`every driver keeps the promises of failure counts: ${driver}`, async (t) => {
    testFailureCounts(t, (t) => open(t, driver))
  })
}

t.test('counts in memory answer at once while nothing has failed', async (t) => {
  const counts = createMemoryFailureCounts(createClock())
  t.same(counts.find([{ kind: 'host', key: 'a' }]), [{ failures: 0, wait: 0 }])
  t.same(counts.findPauses(['a']), [0])
  t.equal(counts.forget({ kind: 'host', key: 'a' }) instanceof Promise, false)
  await counts.pause([])
  t.same(counts.findPauses(['a']), [0], 'to begin no pause loads nothing')
})

t.test('a flood of addresses evicts no name from the counts in memory', async (t) => {
  const counts = createMemoryFailureCounts(createClock())
  const name = { kind: 'name', key: 'alice' } as const
  const first = { kind: 'host', key: '0' } as const
  await counts.add([name, first], 900)
  for (let host = 1; host <= 100_000; host += 1) await counts.add([{ kind: 'host', key: `${host}` }], 900)
  t.match(await counts.find([name, first]), [{ failures: 1 }, { failures: 0 }])
})
