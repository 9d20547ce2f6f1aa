import t from 'tap'
import { createMemoryFailureCounts } from '../../../src/store/memory-failure-counts.js'
import type { Database } from '../../../src/store/postgres/database.js'
import { databaseUnavailable } from '../../../src/store/postgres/database-errors.js'
import { createDatabaseFailureCounts } from '../../../src/store/postgres/database-failure-counts.js'
import { TimeoutError } from '../../../src/store/postgres/deadline.js'
import { createClock } from '../../support/helper.js'

const host = { kind: 'host', key: 'a' } as const

/** Counts of a database that answers nothing within the time limit, until `find` finds nothing in it, and how often it was asked. */
function openLost() {
  const state = { asked: 0, isLost: true }
  const lost = async () => {
    state.asked += 1
    if (state.isLost) throw databaseUnavailable(new TimeoutError())
    return []
  }
  const database: Database = {
    query: lost,
    transaction: lost as unknown as Database['transaction'],
    table: (name) => name,
    close: async () => {}
  }
  return { state, counts: createDatabaseFailureCounts(database, createMemoryFailureCounts(createClock())) }
}

const unavailable = { name: 'StoreUnavailableError' }

t.test('a call waits once for a database that does not answer: its counts refuse it', async (t) => {
  const { state, counts } = openLost()
  await t.rejects(async () => await counts.find([host]), unavailable)
  await t.rejects(async () => await counts.findPauses(['a']), unavailable)
  await t.rejects(async () => await counts.add([host], 900), unavailable)
  await t.rejects(async () => await counts.pause([{ key: 'a', duration: 9 }]), unavailable)
  await t.rejects(async () => await counts.forget(host), unavailable)
  t.equal(state.asked, 5)
})

t.test('a failure and a pause that a lost database has not taken bind when it is back', async (t) => {
  const { state, counts } = openLost()
  await t.rejects(async () => await counts.add([host], 900), unavailable)
  await t.rejects(async () => await counts.pause([{ key: 'a', duration: 9 }]), unavailable)
  state.isLost = false
  t.match(await counts.find([host]), [{ failures: 1 }])
  t.same(await counts.findPauses(['a']), [9000])
})
