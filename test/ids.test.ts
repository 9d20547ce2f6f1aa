import t from 'tap'
import { createId, isId } from '../src/ids.js'

t.test('an id is one as they are made, and there are no two of it', async (t) => {
  const ids = Array.from({ length: 1000 }, createId)
  t.ok(ids.every(isId))
  t.equal(new Set(ids).size, 1000)
  const [id = ''] = ids
  for (const other of [
    '',
    id.slice(1),
    `${id}0`,
    `${id}\n`,
    id.replace(/^./, 'G'),
    id.toUpperCase(),
    7,
    [id],
    null
  ])
    t.equal(isId(other), other === id, String(other))
})
