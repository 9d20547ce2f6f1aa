import t from 'tap'
import { createId } from '../../../src/ids.js'
import { createTokenCache } from '../../../src/store/postgres/token-cache.js'
import type { User } from '../../../src/store/store.js'
import { createUser } from '../../support/records.js'

function tokenOf({ uid, gen }: User, sessionId?: string) {
  return { uid, gen, jti: createId(), sessionId }
}

t.test('a token is found once all that makes it good was found', async (t) => {
  const cache = createTokenCache(10)
  const alice = createUser('alice')
  const token = tokenOf(alice, 'a session')
  t.equal(cache.find(token), undefined)
  cache.add(token, alice, cache.mark)
  t.equal(cache.find(token), alice)
  t.equal(cache.find({ ...token, jti: createId() }), undefined, 'another token')
  t.equal(cache.find({ ...token, sessionId: 'another session' }), undefined)
  t.equal(cache.find({ ...token, uid: createId() }), undefined, 'another user')
  t.equal(cache.find({ ...token, gen: 1 }), undefined, 'another generation')
  cache.clear()
  t.equal(cache.find(token), undefined)
})

t.test('the token that outlives its generation is found', async (t) => {
  const cache = createTokenCache(10)
  const token = tokenOf(createUser('alice'))
  const user = { ...createUser('alice'), uid: token.uid, gen: 7, keptJti: token.jti }
  cache.add(token, user, cache.mark)
  t.equal(cache.find(token), user)
})

t.test('each event takes what it is about, and nothing else', async (t) => {
  const cache = createTokenCache(10)
  const [alice, bob] = [createUser('alice'), createUser('bob')]
  const [first, second, other] = [tokenOf(alice, 'one'), tokenOf(alice, 'two'), tokenOf(bob, 'three')]
  const found = () => [first, second, other].map((token) => cache.find(token) !== undefined)
  const fill = () => {
    cache.add(first, alice, cache.mark)
    cache.add(second, alice, cache.mark)
    cache.add(other, bob, cache.mark)
  }
  fill()
  cache.forget([{ kind: 'session', uid: alice.uid, sid: 'one' }])
  t.same(found(), [false, true, true])
  fill()
  cache.forget([{ kind: 'token', jti: second.jti, exp: 1 }])
  t.same(found(), [true, false, true])
  for (const kind of ['account', 'ended'] as const) {
    fill()
    cache.forget([{ kind, uid: alice.uid }])
    t.same(found(), [false, false, true])
  }
  fill()
  cache.forget([{ kind: 'generation', uid: alice.uid, gen: 1 }])
  t.same(found(), [false, false, true])
})

t.test('a session that was found before its account was read anew counts for nothing', async (t) => {
  const cache = createTokenCache(10)
  const alice = createUser('alice')
  const [old, young] = [tokenOf(alice, 'a session'), tokenOf(alice)]
  cache.add(old, alice, cache.mark)
  cache.forget([{ kind: 'generation', uid: alice.uid, gen: 1 }])
  cache.add(young, { ...alice, version: 1 }, cache.mark)
  t.equal(cache.find(old), undefined)
  t.ok(cache.find(young))
  t.equal(cache.find({ ...young, sessionId: 'a session' }), undefined)
})

t.test('what was read before an event is not remembered after it', async (t) => {
  const cache = createTokenCache(10)
  const alice = createUser('alice')
  const token = tokenOf(alice)
  for (const forget of [
    () => cache.forget([{ kind: 'token', jti: token.jti, exp: 1 }]),
    () => cache.clear()
  ]) {
    const { mark } = cache
    forget()
    cache.add(token, alice, mark)
    t.equal(cache.find(token), undefined)
  }
})

t.test('it is bounded, and gives up the oldest first', async (t) => {
  const cache = createTokenCache(2)
  const users = ['a', 'b', 'c'].map(createUser)
  const tokens = users.map((user) => tokenOf(user, createId()))
  for (const [index, user] of users.entries())
    cache.add(tokens[index] as (typeof tokens)[0], user, cache.mark)
  t.same(
    tokens.map((token) => cache.find(token)?.name),
    [undefined, 'b', 'c']
  )
  const none = createTokenCache(0)
  none.add(tokens[0] as (typeof tokens)[0], users[0] as User, none.mark)
  t.equal(none.find(tokens[0] as (typeof tokens)[0]), undefined)
})
