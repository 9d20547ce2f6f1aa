import t from 'tap'
import { soak } from '../support/soak.js'

const minutes = 2

t.test('what was acknowledged holds through stops and kills, for two minutes', async (t) => {
  const { violations, calls, ...counts } = await soak(t, minutes * 60_000)
  t.comment(JSON.stringify({ calls, ...counts }))
  t.same(violations, [])
  t.equal(counts.unavailable, 0)
  t.ok(Object.values(calls).reduce((sum, count) => sum + count) > 1000)
  t.ok(counts.stops > 0)
  t.ok(counts.kills > 0)
  t.ok(counts.settled > 0)
})
