import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSealing, storageKeyLength } from '../src/sealing.js'

const [first, second] = [randomBytes(storageKeyLength), randomBytes(storageKeyLength)] as const

t.test('a sealed text is opened in its row alone, and by no other key', async (t) => {
  const sealing = createSealing([first])
  const sealed = sealing.seal('row 1', 'a secret')
  t.same(sealing.unseal('row 1', sealed), { text: 'a secret', isCurrent: true })
  t.equal(sealing.unseal('row 2', sealed), undefined)
  t.equal(createSealing([second]).unseal('row 1', sealed), undefined)
  t.notMatch(sealed.toString('latin1'), 'a secret')
})

t.test('no text is sealed twice in the same way', async (t) => {
  const sealing = createSealing([first])
  t.notSame(sealing.seal('row', 'text'), sealing.seal('row', 'text'))
})

t.test('while the key is changed, the first one seals and both open', async (t) => {
  const old = createSealing([first]).seal('row', 'text')
  const both = createSealing([second, first])
  t.same(both.unseal('row', old), { text: 'text', isCurrent: false })
  t.same(createSealing([second]).unseal('row', both.seal('row', 'text')), { text: 'text', isCurrent: true })
})

t.test('a text of which any byte was changed or cut off is not opened', async (t) => {
  const sealing = createSealing([first])
  const sealed = sealing.seal('row', 'text')
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed)
    changed[index] = Number(changed[index]) ^ 1
    t.equal(sealing.unseal('row', changed), undefined, `byte ${index}`)
    t.equal(sealing.unseal('row', sealed.subarray(0, index)), undefined, `${index} bytes`)
  }
})
