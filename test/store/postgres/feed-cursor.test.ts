import t from 'tap'
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
