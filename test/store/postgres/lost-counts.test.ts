import t from 'tap'
import { createMemoryFailureCounts } from '../../../src/store/memory-failure-counts.js'
import type { Database } from '../../../src/store/postgres/database.js'
import { databaseUnavailable } from '../../../src/store/postgres/database-errors.js'
import { createDatabaseFailureCounts } from '../../../src/store/postgres/database-failure-counts.js'
import { TimeoutError } from '../../../src/store/postgres/deadline.js'
import { createClock } from '../../support/helper.js'

const host = { kind: 'host', key: 'a' } as const

/** Counts of a database that answers nothing within the time limit, and how often it was asked. */
function openLost() {
  const asked = { times: 0 }
  const lost = async () => {
    asked.times += 1
    throw databaseUnavailable(new TimeoutError())
  }
  const database: Database = {
    query: lost,
    transaction: lost,
    table: (name) => name,
    close: async () => {}
  }
  return { asked, counts: createDatabaseFailureCounts(database, createMemoryFailureCounts(createClock())) }
}

t.test('a call waits once for a database that does not answer: its counts refuse it', async (t) => {
  const { counts } = openLost()
  const unavailable = { name: 'StoreUnavailableError' }
  await t.rejects(async () => await counts.find([host]), unavailable)
  await t.rejects(async () => await counts.findPauses(['a']), unavailable)
})

t.test(
  'a failure that the database does not take is counted here, and the database is not asked again',
  async (t) => {
    const { asked, counts } = openLost()
    t.match(await counts.add([host], 900), [{ failures: 1 }])
    t.match(await counts.add([host], 900), [{ failures: 2 }])
    t.equal(asked.times, 2)
  }
)
