import t from 'tap'
import { createVerifiedTokens } from '../../src/tokens/verified-tokens.js'

t.test('a token is found in exactly the spelling in which it was added, with its own payload', (t) => {
  const tokens = createVerifiedTokens(10)
  tokens.add('a.b.c', { user: 'alice' })
  tokens.add('a.b.d', { user: 'bob' })
  t.same(tokens.find('a.b.c'), { user: 'alice' })
  t.same(tokens.find('a.b.d'), { user: 'bob' })
  for (const other of ['a.b.C', 'a.b.c=', ' a.b.c', 'a.b', '', '__proto__'])
    t.equal(tokens.find(other), undefined)
  t.end()
})

t.test('a token that only ends as an added one does is not found', (t) => {
  const tokens = createVerifiedTokens(10)
  const signature = 'x'.repeat(86)
  tokens.add(`header.alice.${signature}`, { user: 'alice' })
  for (const other of [`header.mallory.${signature}`, signature, `header.alice.y${signature.slice(1)}`])
    t.equal(tokens.find(other), undefined)
  t.end()
})

t.test('the payload that many requests share cannot be changed', (t) => {
  const tokens = createVerifiedTokens<{ user: string }>(10)
  tokens.add('a.b.c', { user: 'alice' })
  const payload = tokens.find('a.b.c') as { user: string }
  t.throws(() => {
    payload.user = 'mallory'
  })
  t.end()
})

t.test('no more tokens are remembered than told, the oldest goes first', (t) => {
  const tokens = createVerifiedTokens(2)
  for (const name of ['one', 'two', 'three']) tokens.add(name, { name })
  t.equal(tokens.find('one'), undefined)
  t.ok(tokens.find('two'))
  t.ok(tokens.find('three'))
  const none = createVerifiedTokens(0)
  none.add('one', {})
  t.equal(none.find('one'), undefined)
  t.end()
})
