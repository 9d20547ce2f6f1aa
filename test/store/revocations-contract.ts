import type { Test } from 'tap'
import type { Revocation, Store, User } from '../../src/store/store.js'
import { createClock } from '../support/helper.js'
import { createSession, createUser, hour, limits, now } from '../support/records.js'
import { longRevocation, type OpenStore, shortRevocation } from './store-contract.js'

interface Told {
  cursor: string
  revocations: readonly Revocation[]
}

async function tell(store: Store, cursor?: string): Promise<Told> {
  const page = await store.findRevocations(cursor)
  if (page === undefined) throw new Error('the cursor is no good')
  return page
}

/** Replaces the record of a user who is there by one with these members. */
async function change(store: Store, uid: string, members: Partial<User>): Promise<void> {
  const before = (await store.findUserById(uid)) as User
  if (!(await store.replaceUser(before, { ...before, ...members }))) throw new Error('the race was lost')
}

/** Opens a store with the user `alice`. */
async function openWithAlice(t: Test, openStore: OpenStore) {
  const clock = createClock()
  const store = await openStore(t, clock)
  const alice = createUser('alice')
  await store.createUser(alice)
  return { clock, store, alice, uid: alice.uid }
}

/** Tries what every driver promises of the revocations; see `Store.findRevocations`. Access tokens live for an hour. */
export function testRevocations(t: Test, openStore: OpenStore): void {
  t.test('a store without revocations tells none, and gives a cursor', async (t) => {
    const { store } = await openWithAlice(t, openStore)
    const { cursor, revocations } = await tell(store)
    t.same(revocations, [])
    t.same(await tell(store, cursor), { cursor, revocations: [] })
  })

  t.test('each change that ends tokens is told, in order, and only after the cursor before it', async (t) => {
    const { store, uid, alice } = await openWithAlice(t, openStore)
    const session = createSession(alice)
    await store.createSession(session, limits)
    const told: Revocation[] = []
    let { cursor } = await tell(store)
    const follow = async (changing: Promise<unknown>, expected: Revocation) => {
      await changing
      const page = await tell(store, cursor)
      t.same(page.revocations, [expected])
      cursor = page.cursor
      told.push(expected)
    }
    await follow(store.revokeToken(longRevocation), longRevocation)
    await follow(store.endSession(session.id), { sid: session.id })
    await follow(store.revokeKey('a key'), { kid: 'a key' })
    const keptJti = 'd'.repeat(32)
    await follow(change(store, uid, { gen: 7, keptJti }), { uid, genBelow: 7, except: keptJti })
    t.same((await tell(store)).revocations, told, 'without a cursor all')
    t.same((await tell(store, cursor)).revocations, [])
  })

  t.test('a change that ends no token is not told', async (t) => {
    const { store, uid, alice } = await openWithAlice(t, openStore)
    const session = createSession(alice)
    const { cursor } = await tell(store)
    await store.createUser(createUser('bob'))
    await change(store, uid, { name: 'alison', groups: ['a'], passwordChangedAt: now })
    await store.createSession(session, limits)
    await store.replaceSession(session, { ...session, exp: now + 1 })
    await store.endSession('f'.repeat(32))
    t.same((await tell(store, cursor)).revocations, [])
    t.same((await tell(store)).revocations, [])
  })

  t.test('the newest revocation of a user takes the place of the earlier ones', async (t) => {
    const { store, uid } = await openWithAlice(t, openStore)
    const { cursor } = await tell(store)
    await change(store, uid, { gen: 1 })
    await change(store, uid, { gen: 2 })
    t.same((await tell(store, cursor)).revocations, [{ uid, genBelow: 2 }])
    await change(store, uid, { state: 'disabled', gen: 3 })
    t.same((await tell(store, cursor)).revocations, [{ uid, ended: true }])
    await change(store, uid, { gen: 4 })
    t.same((await tell(store, cursor)).revocations, [{ uid, ended: true }])
    await change(store, uid, { state: 'active' })
    t.same((await tell(store, cursor)).revocations, [{ uid, genBelow: 4 }])
    t.same((await tell(store)).revocations, [{ uid, genBelow: 4 }])
  })

  t.test('a user who is deleted or purged has ended', async (t) => {
    const { store, uid } = await openWithAlice(t, openStore)
    const bob = createUser('bob')
    await store.createUser(bob)
    await change(store, uid, { state: 'deleted' })
    await store.purgeUser(bob, undefined)
    t.same((await tell(store)).revocations, [
      { uid, ended: true },
      { uid: bob.uid, ended: true }
    ])
  })

  t.test('a session that makes room for another has ended', async (t) => {
    const { store, alice } = await openWithAlice(t, openStore)
    const [first, second] = [createSession(alice), createSession(alice)]
    const few = { perUser: 1, total: 9 }
    await store.createSession(first, few)
    await store.createSession(second, few)
    t.same((await tell(store)).revocations, [{ sid: first.id }])
  })

  t.test('an account has ended once its time is over, and goes on if it is given more', async (t) => {
    const { store, uid, clock } = await openWithAlice(t, openStore)
    await change(store, uid, { expiresAt: now + 60 })
    const { cursor, revocations } = await tell(store)
    t.same(revocations, [])
    clock.advance(60)
    const ended = await tell(store, cursor)
    t.same(ended.revocations, [{ uid, ended: true }])
    t.same((await tell(store)).revocations, [{ uid, ended: true }])
    t.same((await tell(store, ended.cursor)).revocations, [])
    await change(store, uid, { gen: 1 })
    t.same((await tell(store, ended.cursor)).revocations, [{ uid, ended: true }], 'also after a change')
    await change(store, uid, { expiresAt: now + hour })
    t.same((await tell(store, ended.cursor)).revocations, [{ uid, genBelow: 1 }])
    t.same((await tell(store)).revocations, [{ uid, genBelow: 1 }])
    await change(store, uid, { expiresAt: now + 1 })
    t.same((await tell(store)).revocations.at(-1), { uid, ended: true }, 'an end in the past')
  })

  t.test('a revocation is told until the last token that it ends has expired', async (t) => {
    const { store, uid, clock } = await openWithAlice(t, openStore)
    const { cursor } = await tell(store)
    await change(store, uid, { gen: 1 })
    await store.revokeKey('a key')
    await store.revokeToken(shortRevocation)
    await store.revokeToken(longRevocation)
    clock.advance(hour - 1)
    t.equal((await tell(store)).revocations.length, 4)
    // Where there are other instances, their clocks count as well.
    clock.advance(61)
    t.same((await tell(store)).revocations, [longRevocation])
    t.same((await tell(store, cursor)).revocations, [longRevocation])
  })

  t.test('a subscriber is called once there is more to tell, and for nothing that was refused', async (t) => {
    const { store, uid, alice } = await openWithAlice(t, openStore)
    let calls = 0
    store.subscribeRevocations(() => {
      calls += 1
    })
    await t.rejects(store.createUser(createUser('alice')))
    t.equal(await store.replaceUser({ ...alice, version: 9 }, { ...alice, gen: 5 }), false)
    t.equal(calls, 0)
    await change(store, uid, { gen: 1 })
    t.ok(calls > 0)
  })

  t.test(
    'a subscriber is called when the time of an account is over, though another reader has met that',
    async (t) => {
      const { store, uid, clock } = await openWithAlice(t, openStore)
      await change(store, uid, { expiresAt: now + 60 })
      // The store by itself keeps no process alive.
      const alive = setInterval(() => {}, 1000)
      t.teardown(() => clearInterval(alive))
      const called = new Promise<void>((resolve) => store.subscribeRevocations(resolve))
      clock.advance(60)
      await tell(store)
      await called
      t.same((await tell(store)).revocations, [{ uid, ended: true }])
    }
  )

  t.test('a cursor of another store is no good, nor is a text that is none', async (t) => {
    const { store } = await openWithAlice(t, openStore)
    const { store: other } = await openWithAlice(t, openStore)
    const { cursor } = await tell(other)
    for (const wrong of [cursor, '', 'x', '0', `${cursor}0`, '__proto__', 'ä'.repeat(100)]) {
      t.equal(await store.findRevocations(wrong), undefined, wrong)
    }
  })

  t.test('many revocations are told in order, with no gap at any cursor', async (t) => {
    const { store } = await openWithAlice(t, openStore)
    const jtis = Array.from({ length: 3000 }, (_, index) => index.toString(16).padStart(32, '0'))
    const cursors = [(await tell(store)).cursor]
    for (let from = 0; from < jtis.length; from += 500) {
      for (let at = from; at < from + 500; at += 20) {
        const some = jtis.slice(at, at + 20)
        await Promise.all(some.map((jti) => store.revokeToken({ jti, exp: now + hour })))
      }
      cursors.push((await tell(store)).cursor)
    }
    for (const [index, cursor] of cursors.entries()) {
      const { revocations } = await tell(store, cursor)
      // Of changes at the same time any one may be the first.
      t.same(revocations.map((one) => 'jti' in one && one.jti).sort(), jtis.slice(index * 500))
    }
  })
}
