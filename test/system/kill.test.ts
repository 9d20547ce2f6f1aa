import t from 'tap'
import { temporaryFolder } from '../helper.js'
import { killRounds } from '../kill-rounds.js'

t.test('25 rounds of kill -9 under eight writers lose nothing that was acknowledged', async (t) => {
  const acknowledged = await killRounds(t, temporaryFolder(t), 25)
  t.comment(`${acknowledged} acknowledged changes`)
})
