import fc from 'fast-check'
import t from 'tap'
import { type Members, mergePatch, mergePatchBetween } from '../../src/admin/merge-patch.js'

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
const { members } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('members')),
  members: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), tie('value'), {
    maxKeys: 4,
    noNullPrototype: true
  })
}))

t.test('the patch between two objects makes the second of the first, but for members that are null', (t) => {
  const isWithoutNull = (value: unknown): boolean =>
    value !== null &&
    (typeof value !== 'object' || Array.isArray(value) || Object.values(value).every(isWithoutNull))
  fc.assert(
    fc.property(members as fc.Arbitrary<Members>, members as fc.Arbitrary<Members>, (before, after) => {
      fc.pre(isWithoutNull(after))
      t.strictSame(
        JSON.stringify(sorted(mergePatch(before, mergePatchBetween(before, after)))),
        JSON.stringify(sorted(after))
      )
    })
  )
  t.end()
})

t.test('the patch between two objects that are alike is empty, also where a member is null', (t) => {
  const claims = { a: null, b: { c: [null, 1] } }
  t.same(mergePatchBetween(claims, structuredClone(claims)), {})
  t.end()
})

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)])
}
