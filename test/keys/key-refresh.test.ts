import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { startKeyRefresh } from '../../src/keys/key-refresh.js'

const never = 2 ** 31 - 1

t.test('a look that is asked for during another one follows it, once', async (t) => {
  const ends: (() => void)[] = []
  const refresh = startKeyRefresh(() => new Promise((resolve) => ends.push(resolve)), never)
  refresh.soon()
  t.equal(ends.length, 1)
  refresh.soon()
  refresh.soon()
  t.equal(ends.length, 1, 'one at a time')
  ends[0]?.()
  await turn()
  t.equal(ends.length, 2)
  ends[1]?.()
  await turn()
  t.equal(ends.length, 2)
  refresh.soon()
  t.equal(ends.length, 3)
  ends[2]?.()
  await refresh.close()
})

t.test('the end waits for the look under way, and no other one begins', async (t) => {
  const ends: (() => void)[] = []
  const refresh = startKeyRefresh(() => new Promise((resolve) => ends.push(resolve)), never)
  refresh.soon()
  refresh.soon()
  let isClosed = false
  const closing = refresh.close().then(() => {
    isClosed = true
  })
  await turn()
  t.notOk(isClosed)
  ends[0]?.()
  await closing
  refresh.soon()
  await turn()
  t.equal(ends.length, 1)
})
