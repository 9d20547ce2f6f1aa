import { join } from 'node:path'
import t from 'tap'
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
