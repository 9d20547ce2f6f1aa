import { join } from 'node:path'
import t from 'tap'
import { startPostern } from '../../src/fixture/testing.js'
import { temporaryFolder } from '../support/helper.js'
import { run } from '../support/process.js'

// A service that anything holds on to is some 500 KiB. V8's own lists of the code that each start compiles grow by 2 KiB.
const maxBytesPerRound = 16 * 1024

t.test('two hundred Posterns for tests, one after the other, leave no memory behind', async (t) => {
  const program = join(import.meta.dirname, '../support/start-stop-rounds.js')
  const { stdout, stderr } = run([process.execPath, '--expose-gc', program], temporaryFolder(t))
  t.equal(stderr, '')
  const [early = 0, late = Number.POSITIVE_INFINITY] = JSON.parse(stdout)
  const perRound = Math.round((late - early) / 150)
  t.ok(perRound <= maxBytesPerRound, `${perRound} bytes a round`)
})

t.test(
  'two hundred Posterns for tests, one after the other, leave no handle and no listener behind',
  async (t) => {
    const count = () => ({
      resources: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
    })
    await (await startPostern()).stop()
    const before = count()
    for (let round = 0; round < 200; round += 1) {
      const postern = await startPostern({ users: { alice: 'x' } })
      await postern.app.inject('/version')
      await postern.stop()
    }
    const after = count()
    t.equal(after.listeners, before.listeners)
    t.ok(after.resources <= before.resources + 2, `${after.resources} resources, ${before.resources} before`)
  }
)
