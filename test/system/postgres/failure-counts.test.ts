import t, { type Test } from 'tap'
import type { FailureCount } from '../../../src/store/failure-counts.js'
import { createMemoryFailureCounts } from '../../../src/store/memory-failure-counts.js'
import { createDatabaseFailureCounts } from '../../../src/store/postgres/database-failure-counts.js'
import { testFailureCounts } from '../../store/failure-counts-contract.js'
import { createClock } from '../../support/helper.js'
import { createTestDatabase, openTestDatabase } from '../../support/postgres-database.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

const window = 900
const host: FailureCount = { kind: 'host', key: 'a' }

t.test('failure counts in the database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  /** Counts by a clock of the database that stands still. */
  async function open(t: Test) {
    const { database } = await createTestDatabase(t, server)
    await database.query("CREATE TABLE public.clock AS SELECT timestamptz '2030-01-01 00:00Z' AS time")
    const own = createMemoryFailureCounts(createClock())
    const counts = createDatabaseFailureCounts(database, own, '(SELECT time FROM public.clock)')
    let advancing: Promise<unknown> = Promise.resolve()
    const advance = (seconds: number) => {
      advancing = database.query('UPDATE public.clock SET time = time + make_interval(secs => $1)', [seconds])
    }
    return { counts: after(counts, () => advancing), clock: { advance } }
  }

  t.test('every driver keeps the promises of failure counts: postgres', async (t) => {
    testFailureCounts(t, open)
  })

  t.test('failures of one instance count for all, by the clock of the database', async (t) => {
    const { database, url } = await createTestDatabase(t, server)
    const clock = createClock()
    const [one, other] = [database, openTestDatabase(t, url)].map((database) =>
      createDatabaseFailureCounts(database, createMemoryFailureCounts(clock))
    )
    await one?.add([host], window)
    clock.advance(2 * window)
    const [tally] = (await other?.add([host], window)) ?? []
    t.equal(tally?.failures, 2)
    t.ok(Number(tally?.wait) > 890_000 && Number(tally?.wait) <= 900_000)
    await one?.forget(host)
    t.same(await other?.find([host]), [{ failures: 0, wait: 0 }])
  })

  t.test('failures that cannot be written count in this process, beside those of the database', async (t) => {
    const { database, name } = await createTestDatabase(t, server)
    const counts = createDatabaseFailureCounts(database, createMemoryFailureCounts(createClock()))
    await counts.add([host], window)
    await server.query(
      `ALTER TABLE postern.failure_counts RENAME TO hidden; CREATE VIEW postern.failure_counts AS SELECT * FROM postern.hidden ORDER BY 1 LIMIT 100`,
      name
    )
    t.match(await counts.add([host], window), [{ failures: 2 }], 'the view can be read, and not written')
    t.match(await counts.add([host], window), [{ failures: 3 }])
    await server.query('DROP VIEW postern.failure_counts', name)
    t.match(await counts.add([host], window), [{ failures: 3 }], 'nor read')
    t.match(await counts.find([host]), [{ failures: 3 }])
    await server.query('ALTER TABLE postern.hidden RENAME TO failure_counts', name)
    t.match(await counts.add([host], window), [{ failures: 5 }], 'none was forgotten')
    await counts.forget(host)
    t.same(await counts.find([host]), [{ failures: 0, wait: 0 }])
  })

  t.test('pauses that cannot be written are kept by this process', async (t) => {
    const { database, name } = await createTestDatabase(t, server)
    const counts = createDatabaseFailureCounts(database, createMemoryFailureCounts(createClock()))
    await server.query('ALTER TABLE postern.pauses RENAME TO hidden', name)
    await counts.pause([{ key: 'a', duration: 2 }])
    t.same(await counts.findPauses(['b', 'a']), [0, 2000])
    await server.query('ALTER TABLE postern.hidden RENAME TO pauses', name)
    t.same(await counts.findPauses(['b', 'a']), [0, 2000])
  })
})

/** The same methods, each of which first waits for this. */
function after<T extends object>(methods: T, awaited: () => Promise<unknown>): T {
  return new Proxy(methods, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown
      return async (...args: unknown[]) => {
        await awaited()
        return await method(...args)
      }
    }
  })
}
