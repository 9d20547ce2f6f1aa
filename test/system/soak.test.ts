import t from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { soak, spawnedService } from '../support/soak.js'

const minutes = 2

t.test('what was acknowledged holds through stops and kills, for two minutes', async (t) => {
  const result = await soak(spawnedService(temporaryFolder(t)), minutes * 60_000)
  t.comment(`${result.calls} calls, ${result.stops} stops, ${result.kills} kills`)
  t.same(result.violations, [])
  t.ok(result.calls > 1000)
  t.ok(result.stops > 0)
  t.ok(result.kills > 0)
})
