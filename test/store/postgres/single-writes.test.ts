import t from 'tap'
import { createMemoryFailureCounts } from '../../../src/store/memory-failure-counts.js'
import type { Database } from '../../../src/store/postgres/database.js'
import { createDatabaseFailureCounts } from '../../../src/store/postgres/database-failure-counts.js'
import { createDatabasePendingSignIns } from '../../../src/store/postgres/database-pending-sign-ins.js'
import { createClock, start } from '../../support/helper.js'

/** A database that tells the statements that may be run twice, and those that are run once. */
function createDatabase() {
  const [repeatable, single]: [string[], string[]] = [[], []]
  const queryInto =
    (texts: string[]) =>
    async <Row>(text: string) => {
      texts.push(text.trim())
      return [] as Row[]
    }
  const database: Database = {
    query: queryInto(repeatable),
    transaction: (work) => work({ query: queryInto(single), script: async () => {}, atCommit: () => {} }),
    table: (name) => name,
    close: async () => {}
  }
  return { database, repeatable, single }
}

t.test('a sign-in under way is added and taken once, whatever becomes of the connection', async (t) => {
  const { database, repeatable, single } = createDatabase()
  const signIns = createDatabasePendingSignIns(database, createClock())
  await signIns.add({ digest: 'a', expiresAt: start / 1000 + 60 } as Parameters<typeof signIns.add>[0])
  t.equal(await signIns.remove('a'), false)
  t.match(single, [/^INSERT/, /^DELETE/])
  t.same(repeatable, [])
})

t.test('a failure counts once, whatever becomes of the connection', async (t) => {
  const { database, repeatable, single } = createDatabase()
  const counts = createDatabaseFailureCounts(database, createMemoryFailureCounts(createClock()))
  await counts.add([{ kind: 'host', key: 'a' }], 900)
  t.match(single, [/^INSERT/])
  t.same(repeatable, [])
})
