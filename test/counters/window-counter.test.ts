import t from 'tap'
import { WindowCounter } from '../../src/counters/window-counter.js'
import { createClock } from '../support/helper.js'

t.test('of too many keys the one that was counted first is forgotten first', async (t) => {
  const counter = new WindowCounter({ points: 3, duration: 900, clock: createClock() })
  const bound = 100_000
  for (let number = 0; number < bound; number += 1) await counter.penalty(`key ${number}`)
  t.equal((await counter.get('key 0'))?.consumedPoints, 1)
  await counter.penalty('one more')
  t.equal(await counter.get('key 0'), null)
  for (const kept of ['key 1', `key ${bound - 1}`, 'one more'])
    t.equal((await counter.get(kept))?.consumedPoints, 1, kept)
})
