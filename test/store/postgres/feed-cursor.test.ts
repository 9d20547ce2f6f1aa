import t from 'tap'
import { Check } from 'typebox/value'
import { FeedQuestion } from '../../../src/http/schemas/arguments.js'
import { formatCursor, parseCursor } from '../../../src/store/postgres/feed-cursor.js'

const storeId = 'a'.repeat(32)

t.test('a cursor gives its position back', async (t) => {
  for (const position of [
    '3:3:@1900000000000001',
    '700:712:@1',
    '700:712:700,705,711@1900000000000001',
    '9007199254740:9007199254741:@1900000000000001'
  ]) {
    const told = { position, end: 1_900_000_000 }
    t.same(parseCursor(formatCursor(told, storeId), storeId), told)
  }
})

t.test(
  'a position with many transactions under way has a short cursor, which has seen no more',
  async (t) => {
    const from = 2 ** 50
    for (const distance of [1, 2 ** 41]) {
      const running = Array.from({ length: 5000 }, (_, index) => from + 1 + index * distance)
      const position = `${from}:${from + 5001 * distance}:${running.join(',')}@1900000000000001`
      const cursor = formatCursor({ position, end: 1_900_000_000 }, storeId)
      t.ok(Check(FeedQuestion, { cursor }), `${cursor.length} characters`)
      const earlier = `${from}:${running[700]}:${running.slice(0, 700).join(',')}@1900000000000001`
      t.same(parseCursor(cursor, storeId), { position: earlier, end: 1_900_000_000 })
    }
  }
)

t.test('a text that is no cursor, or that of another store, has no position', async (t) => {
  const cursor = formatCursor({ position: '700:712:700,705@8', end: 5 }, storeId)
  for (const wrong of [
    '',
    `${cursor}0`,
    cursor.replace('_5', '_c'),
    cursor.replace('_0_5', '_5_0'),
    cursor.replace('_5', ' 5'),
    cursor.toUpperCase(),
    formatCursor({ position: '0:1:@8', end: 5 }, storeId),
    cursor.replace(storeId, 'b'.repeat(32))
  ]) {
    t.equal(parseCursor(wrong, storeId), undefined, wrong)
  }
})
