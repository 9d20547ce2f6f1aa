import type { Test } from 'tap'
import type { Store, User } from '../../src/store/store.js'
import { withArrays } from '../support/backups.js'
import { createClock } from '../support/helper.js'
import { createSession, createUser, hour, limits, now } from '../support/records.js'

/** Opens an empty store that is closed after the test. */
export type OpenStore = (t: Test, clock?: ReturnType<typeof createClock>) => Promise<Store>

/** Names that mean something to JavaScript. */
export const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  '0',
  'zoë',
  '👩‍🚀',
  "'; DROP TABLE users",
  '"},{"'
]

/** A revocation that lasts for an hour. */
export const shortRevocation = { jti: 'a'.repeat(32), exp: now + hour }

/** One that lasts for nine. */
export const longRevocation = { jti: 'b'.repeat(32), exp: now + 9 * hour }

async function sessionIds(store: Store, { uid }: User): Promise<string[]> {
  return (await store.findSessions(uid)).map(({ id }) => id)
}

/** Tries what every driver promises; see `Store`. */
export function testStore(t: Test, openStore: OpenStore): void {
  t.test('a user is found by name and by id, and by neither before it is made', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    t.equal(await store.findUserByName('alice'), undefined)
    t.equal(await store.findUserById(alice.uid), undefined)
    await store.createUser(alice)
    t.same(await store.findUserByName('alice'), alice)
    t.same(await store.findUserById(alice.uid), alice)
  })

  t.test('users are counted, deleted ones included', async (t) => {
    const store = await openStore(t)
    t.equal(await store.countUsers(), 0)
    const alice = createUser('alice')
    await store.createUser(alice)
    await store.createUser(createUser('bob'))
    await store.replaceUser(alice, { ...alice, state: 'deleted' })
    t.equal(await store.countUsers(), 2)
  })

  t.test('a name can be taken once, also at the same time', async (t) => {
    const store = await openStore(t)
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.createUser(createUser('alice')))
    )
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) {
      if (result.status === 'rejected') t.match(result.reason, { name: 'UserAlreadyExistsError' })
    }
  })

  t.test('a record is replaced only by the one who has read its newest version', async (t) => {
    const store = await openStore(t)
    await store.createUser(createUser('alice'))
    const before = (await store.findUserByName('alice')) as User
    const results = await Promise.all([1, 2, 3].map((gen) => store.replaceUser(before, { ...before, gen })))
    t.equal(results.filter(Boolean).length, 1)
    const winner = 1 + results.indexOf(true)
    t.equal((await store.findUserByName('alice'))?.gen, winner)
    t.equal(await store.replaceUser(before, { ...before, gen: 9 }), false)
    t.equal((await store.findUserByName('alice'))?.gen, winner)
  })

  t.test('names that mean something to JavaScript are names like any other', async (t) => {
    const store = await openStore(t)
    for (const name of oddNames) {
      t.equal(await store.findUserByName(name), undefined)
      await store.createUser(createUser(name))
      t.equal((await store.findUserByName(name))?.name, name)
    }
  })

  t.test('it says that changes can be stored, and keeps its promise', async (t) => {
    const store = await openStore(t)
    await store.requireWritable()
    await store.createUser(createUser('alice'))
    await store.requireWritable()
  })

  t.test('revoked tokens are known until they have expired, and then forgotten', async (t) => {
    const clock = createClock()
    const store = await openStore(t, clock)
    await store.revokeToken(shortRevocation)
    await store.revokeToken(shortRevocation)
    await store.revokeToken(longRevocation)
    t.equal(await store.isTokenRevoked(shortRevocation.jti), true)
    t.equal(await store.isTokenRevoked('c'.repeat(32)), false)
    t.equal(await store.isTokenRevoked('__proto__'), false)
    // Where there are other instances, their clocks count as well.
    clock.advance(hour + 60)
    for (const name of ['alice', 'bob', 'carol']) await store.createUser(createUser(name))
    t.equal(await store.isTokenRevoked(shortRevocation.jti), false)
    t.equal(await store.isTokenRevoked(longRevocation.jti), true)
  })

  t.test('the state of a token follows its account, its session and its revocation', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    const session = createSession(alice)
    const token = { uid: alice.uid, gen: alice.gen, jti: longRevocation.jti, sessionId: session.id }
    const stateOf = async (changes: Partial<typeof token> = {}) => {
      const { freshness, ...state } = await store.findTokenState({ ...token, ...changes })
      t.not(freshness?.isCurrent(), false)
      return state
    }
    t.same(await stateOf(), { user: undefined, isRevoked: false, isSessionLiving: false })
    await store.createUser(alice)
    await store.createSession(session, limits)
    const good = { user: alice, isRevoked: false, isSessionLiving: true }
    t.same(await stateOf(), good)
    t.same(await stateOf(), good, 'a second time')
    t.equal((await store.findTokenState({ ...token, sessionId: undefined })).isSessionLiving, true)
    t.equal((await stateOf({ sessionId: 'f'.repeat(32) })).isSessionLiving, false)
    t.equal((await stateOf({ jti: 'f'.repeat(32) })).isRevoked, false)
    await store.replaceUser(alice, { ...alice, groups: ['staff'] })
    t.match(await stateOf(), { user: { groups: ['staff'] }, isSessionLiving: true })
    await store.revokeToken(longRevocation)
    t.match(await stateOf(), { isRevoked: true, isSessionLiving: true })
    await store.endSession(session.id)
    t.match(await stateOf(), { isRevoked: true, isSessionLiving: false })
    const current = (await store.findUserById(alice.uid)) as User
    await store.purgeUser(current, undefined)
    t.equal((await stateOf()).user, undefined)
  })

  t.test('a raised generation and its sessions are seen by the state of a token at once', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    const session = createSession(alice)
    await store.createUser(alice)
    await store.createSession(session, limits)
    const token = { uid: alice.uid, gen: 0, jti: 'f'.repeat(32), sessionId: session.id }
    t.match(await store.findTokenState(token), { user: { gen: 0 }, isSessionLiving: true })
    await store.replaceUser(alice, { ...alice, gen: 1 })
    t.match(await store.findTokenState(token), { user: { gen: 1 }, isSessionLiving: false })
    t.match(await store.findTokenState({ ...token, gen: 1 }), { user: { gen: 1 }, isSessionLiving: false })
  })

  t.test('a session is found by id and by user until it ends', async (t) => {
    const store = await openStore(t)
    const [alice, bob] = [createUser('alice'), createUser('bob')]
    const sessions = [createSession(alice), createSession(bob), createSession(alice)] as const
    t.equal(await store.findSession(sessions[0].id), undefined)
    t.same(await store.findSessions(alice.uid), [])
    for (const session of sessions) await store.createSession(session, limits)
    t.same(await store.findSession(sessions[0].id), sessions[0])
    t.same(await store.findSessions(alice.uid), [sessions[0], sessions[2]])

    await store.endSession(sessions[0].id)
    await store.endSession(sessions[0].id)
    t.equal(await store.findSession(sessions[0].id), undefined)
    t.same(await sessionIds(store, alice), [sessions[2].id])
    t.same(await store.findSessions(bob.uid), [sessions[1]])
  })

  t.test('a session is replaced only by the one who has read its newest version', async (t) => {
    const store = await openStore(t)
    const before = createSession(createUser('alice'))
    await store.createSession(before, limits)
    const results = await Promise.all(
      [1, 2, 3].map((exp) => store.replaceSession(before, { ...before, exp: now + exp }))
    )
    t.equal(results.filter(Boolean).length, 1)
    t.equal((await store.findSession(before.id))?.exp, now + 1 + results.indexOf(true))
  })

  t.test('a session that ends at the same time as it is replaced has ended', async (t) => {
    const store = await openStore(t)
    const session = createSession(createUser('alice'))
    await store.createSession(session, limits)
    const ends = [
      store.createUser(createUser('held up')),
      store.endSession(session.id),
      store.replaceSession(session, { ...session, exp: now + 1 })
    ]
    await Promise.all(ends)
    t.equal(await store.findSession(session.id), undefined)
  })

  t.test('the sessions of a user end with its token generation, and not before', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    await store.createUser(alice)
    await store.createSession(createSession(alice), limits)
    await store.replaceUser(alice, { ...alice, state: 'deleted' })
    t.equal((await sessionIds(store, alice)).length, 1)
    const inactive = (await store.findUserById(alice.uid)) as User
    await store.replaceUser(inactive, { ...inactive, gen: 1 })
    t.same(await sessionIds(store, alice), [])
  })

  t.test('M6: of too many sessions of a user one makes room, those in use last', async (t) => {
    const store = await openStore(t)
    const [alice, bob] = [createUser('alice'), createUser('bob')]
    const few = { perUser: 3, total: 1000 }
    const begin = async (user = alice) => {
      const session = createSession(user)
      return { session, evicted: (await store.createSession(session, few))?.id }
    }
    await begin(bob)
    const [phone, second, third] = [await begin(), await begin(), await begin()]
    t.same([phone.evicted, second.evicted, third.evicted], [undefined, undefined, undefined])
    store.touchSession(phone.session.id, now + 5)
    const burst = [await begin(), await begin(), await begin()]
    t.same(
      burst.map(({ evicted }) => evicted),
      [second.session.id, third.session.id, burst[0]?.session.id]
    )
    t.same(
      await sessionIds(store, alice),
      [phone, burst[1], burst[2]].map((one) => one?.session.id)
    )
    t.equal((await sessionIds(store, bob)).length, 1)
    for (const one of burst.slice(1)) store.touchSession(String(one?.session.id), now + 9)
    t.equal((await begin()).evicted, phone.session.id, 'of those in use the one that rested longest')
  })

  t.test('M6: sessions that a lower limit finds stay, and each new one replaces one', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    const sessions = Array.from({ length: 5 }, () => createSession(alice))
    for (const session of sessions) await store.createSession(session, limits)
    t.equal((await store.createSession(createSession(alice), { perUser: 2, total: 9 }))?.id, sessions[0]?.id)
    t.equal((await sessionIds(store, alice)).length, 5)
  })

  t.test('M6: of too many sessions of all users the oldest that was never used makes room', async (t) => {
    const store = await openStore(t)
    const few = { perUser: 10, total: 3 }
    const owners = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => createUser(name))
    const [a, b, c, d, e, f, g] = owners.map((owner) => createSession(owner))
    const begin = async (session = a) => session && (await store.createSession(session, few))?.id
    for (const session of [a, b, c]) t.equal(await begin(session), undefined)
    store.touchSession(String(a?.id), now)
    t.equal(await begin(d), b?.id)
    store.touchSession(String(c?.id), now)
    const evicted = await Promise.all([begin(e), begin(f)])
    const [stayed, left] = evicted.includes(e?.id) ? [f, e] : [e, f]
    t.same(new Set(evicted), new Set([d?.id, left?.id]), 'also among those that begin at the same time')
    store.touchSession(String(stayed?.id), now)
    t.equal(await begin(g), a?.id, 'when all are in use, the oldest')
  })

  t.test('sessions are forgotten some time after they have expired', async (t) => {
    const clock = createClock()
    const store = await openStore(t, clock)
    const alice = createUser('alice')
    const [short, long] = [createSession(alice, { exp: now + hour }), createSession(alice)]
    await store.createSession(short, limits)
    await store.createSession(long, limits)
    clock.advance(hour)
    for (const name of ['bob', 'carol', 'dave']) await store.createUser(createUser(name))
    t.same(await sessionIds(store, alice), [long.id])
  })

  t.test('a use of a session is seen at once', async (t) => {
    const store = await openStore(t)
    const session = createSession(createUser('alice'))
    await store.createSession(session, limits)
    store.touchSession(session.id, now + 5)
    store.touchSession('unknown', now + 5)
    t.same(await store.findSession(session.id), { ...session, lastUsedAt: now + 5 })
  })

  t.test('a revocation is not forgotten because the clock was set forward', async (t) => {
    const clock = createClock()
    const store = await openStore(t, clock)
    await store.revokeToken(longRevocation)
    clock.set(90 * hour)
    clock.advance(2 * hour)
    for (const name of ['alice', 'bob', 'carol']) await store.createUser(createUser(name))
    t.equal(await store.isTokenRevoked(longRevocation.jti), true)
  })

  t.test('a record that was replaced has a version of its own, also with nothing else changed', async (t) => {
    const store = await openStore(t)
    await store.createUser(createUser('alice'))
    const before = (await store.findUserByName('alice')) as User
    t.equal(await store.replaceUser(before, before), true)
    t.equal(await store.replaceUser({ ...before }, before), false, 'whatever object it is')
    const after = (await store.findUserByName('alice')) as User
    t.equal(await store.replaceUser({ ...after }, after), true)
  })

  t.test('a use of a session is no new version of it', async (t) => {
    const store = await openStore(t)
    const session = createSession(createUser('alice'))
    await store.createSession(session, limits)
    store.touchSession(session.id, now + 5)
    t.equal(await store.replaceSession(session, { ...session, exp: now + 1 }), true)
  })

  t.test(
    'a dump has every change that was acknowledged before it, and of each later one all or nothing',
    async (t) => {
      const store = await openStore(t)
      const users = ['alice', 'bob', 'carol'].map(createUser)
      for (const user of users) await store.createUser(user)
      const acknowledged = users.map(() => 0)
      let isOver = false
      // A raised generation ends the session that was made just before.
      const writers = users.map(async ({ uid }, index) => {
        while (!isOver) {
          const before = (await store.findUserById(uid)) as User
          await store.createSession(createSession(before), limits)
          await store.replaceUser(before, { ...before, gen: before.gen + 1 })
          acknowledged[index] = before.gen + 1
        }
      })
      for (let round = 0; round < 20; round += 1) {
        const least = [...acknowledged]
        const { users: dumped, sessions } = withArrays(await store.dump())
        const gens = users.map(({ uid }) => dumped.find((user) => user.uid === uid)?.gen ?? -1)
        t.ok(
          gens.every((gen, index) => gen >= (least[index] as number)),
          'nothing is missing'
        )
        const isCurrent = ({ uid, gen }: { uid: string; gen: number }) =>
          gens[users.findIndex((user) => user.uid === uid)] === gen
        t.same(
          sessions.filter((session) => !isCurrent(session)),
          [],
          'no change is there by half'
        )
      }
      isOver = true
      await Promise.all(writers)
    }
  )

  t.test('a dump holds all kinds of records that have not expired, and stays as it is', async (t) => {
    const clock = createClock()
    const store = await openStore(t, clock)
    const [alice, bob] = [createUser('alice'), createUser('bob')]
    const [session, lasting] = [createSession(alice), createSession(alice)]
    await store.createUser(alice)
    await store.createUser(bob)
    for (const made of [session, lasting]) await store.createSession(made, limits)
    await store.revokeToken(longRevocation)
    await store.purgeUser(bob, now + hour)
    const dump = await store.dump()
    const carol = createUser('carol')
    await store.createUser(carol)
    await store.endSession(session.id)
    t.equal(dump.revokedTokens.length, 1)
    t.match(withArrays(dump), {
      users: [alice],
      sessions: [session, lasting],
      revokedTokens: [longRevocation],
      reservedNames: [{ name: 'bob', uid: bob.uid, until: now + hour }],
      purgedUids: [bob.uid],
      invitations: [],
      apiKeys: [],
      revocations: [
        { revocation: longRevocation, until: longRevocation.exp },
        { revocation: { uid: bob.uid, ended: true }, until: now + hour }
      ]
    })
    t.ok(dump.knownTime <= now)
    clock.advance(9 * hour + 60)
    const later = withArrays(await store.dump())
    t.same([later.users, later.sessions, later.revokedTokens], [[alice, carol], [], []])
  })

  t.test('a store that is closed gives no dump', async (t) => {
    const store = await openStore(t)
    await store.close()
    await t.rejects(store.dump(), { name: 'StoreUnavailableError' })
  })
}
