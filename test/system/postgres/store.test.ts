import t from 'tap'
import { testAccountRecords } from '../../store/account-records-contract.js'
import { testBrowserSessions } from '../../store/browser-sessions-contract.js'
import { testRevocations } from '../../store/revocations-contract.js'
import { type OpenStore, testStore } from '../../store/store-contract.js'
import { createClock } from '../../support/helper.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { createSchema, openStoreOf } from '../../support/postgres-stores.js'

t.test('every store keeps its promises: PostgreSQL', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)
  for (const [name, maxStale] of [
    ['with a cache', 1000],
    ['each call reads', 0]
  ] as const) {
    t.test(name, async (t) => {
      const open: OpenStore = async (t, clock = createClock()) => {
        const place = await createSchema(t, server.url())
        return await openStoreOf(t, place, { clock, uptime: clock.uptime, maxStale })
      }
      testStore(t, open)
      testAccountRecords(t, open)
      testBrowserSessions(t, open)
      testRevocations(t, open)
    })
  }
})
