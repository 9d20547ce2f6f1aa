import type { Test } from 'tap'
import type { Session, User } from '../../src/store/store.js'
import { withArrays } from '../support/backups.js'
import { createClock } from '../support/helper.js'
import { createBrowserSession, createSession, createUser, hour, limits, now } from '../support/records.js'
import type { OpenStore } from './store-contract.js'

/** Tries what every driver promises of the sessions of browsers; see `Store`. */
export function testBrowserSessions(t: Test, openStore: OpenStore): void {
  t.test('a browser’s session is found, listed, used, replaced and ended as any other', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    await store.createUser(alice)
    const [early, late] = [createSession(alice), createSession(alice, { issuedAt: now + 2 })]
    const browser = createBrowserSession(alice, { issuedAt: now + 1, amr: ['pwd', 'otp', 'mfa'] })
    for (const session of [early, browser, late]) await store.createSession(session, limits)
    t.same(await store.findSession(browser.id), browser)
    t.same(await store.findSessions(alice.uid), [early, browser, late])
    store.touchSession(browser.id, now + 5)
    t.same(await store.findSession(browser.id), { ...browser, lastUsedAt: now + 5 })
    const used = (await store.findSession(browser.id)) as Session
    t.equal(await store.replaceSession(used, { ...used, exp: now + hour }), true)
    t.equal(await store.replaceSession(used, { ...used, exp: now + 2 * hour }), false)
    t.match(await store.findSession(browser.id), { kind: 'browser', digest: browser.digest, exp: now + hour })
    await store.endSession(browser.id)
    t.equal(await store.findSession(browser.id), undefined)
    t.same(await store.findSessions(alice.uid), [early, late])
  })

  t.test('the end of a browser’s session is seen by the state of a token, and is a revocation', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    await store.createUser(alice)
    const browser = createBrowserSession(alice)
    await store.createSession(browser, limits)
    const token = { uid: alice.uid, gen: 0, jti: 'f'.repeat(32), sessionId: browser.id }
    t.match(await store.findTokenState(token), { user: { name: 'alice' }, isSessionLiving: true })
    t.match(await store.findTokenState(token), { isSessionLiving: true })
    await store.endSession(browser.id)
    t.match(await store.findTokenState(token), { isSessionLiving: false })
    t.match((await store.findRevocations())?.revocations, [{ sid: browser.id }])
  })

  t.test('a user’s sessions of both kinds end with the token generation, and with the account', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    const begin = async () => {
      for (const session of [createSession(alice), createBrowserSession(alice)])
        await store.createSession(session, limits)
    }
    await store.createUser(alice)
    await begin()
    await store.replaceUser(alice, { ...alice, gen: 1 })
    t.same(await store.findSessions(alice.uid), [])
    await begin()
    await store.purgeUser((await store.findUserById(alice.uid)) as User, undefined)
    t.same(await store.findSessions(alice.uid), [])
  })

  t.test('the limits of a user count each kind apart, and evict none of the other', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    const few = { perUser: 2, total: 1000 }
    const [first, second, third] = [
      createBrowserSession(alice),
      createBrowserSession(alice),
      createBrowserSession(alice)
    ] as const
    const tokens = [createSession(alice), createSession(alice), createSession(alice)] as const
    for (const session of [tokens[0], first, tokens[1], second])
      t.equal(await store.createSession(session, few), undefined)
    store.touchSession(first.id, now)
    t.equal((await store.createSession(third, few))?.id, second.id)
    t.equal((await store.createSession(tokens[2], few))?.id, tokens[0].id)
    const ids = (await store.findSessions(alice.uid)).map(({ id }) => id)
    t.same(new Set(ids), new Set([first.id, third.id, tokens[1].id, tokens[2].id]))
  })

  t.test('the limits of all users count each kind apart, and evict none of the other', async (t) => {
    const store = await openStore(t)
    const few = { perUser: 10, total: 2 }
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const begin = async (session: Session) => (await store.createSession(session, few))?.id
    const token = createSession(createUser('token'))
    t.equal(await begin(token), undefined)
    const browsers = names.map((name) => createBrowserSession(createUser(name)))
    const [a, b, c, d, e, f] = browsers as [Session, Session, Session, Session, Session, Session]
    t.same([await begin(a), await begin(b)], [undefined, undefined])
    store.touchSession(a.id, now)
    t.equal(await begin(c), b.id, 'one that was never used')
    store.touchSession(c.id, now)
    t.equal(await begin(d), a.id, 'the oldest')
    const evicted = await Promise.all([begin(e), begin(f)])
    t.notOk(evicted.includes(token.id))
    t.ok(evicted.every((id) => id !== undefined))
    t.equal(await begin(createSession(createUser('second token'))), undefined)
    t.equal(await begin(createSession(createUser('third token'))), token.id)
    t.same(await store.findSession(token.id), undefined)
  })

  t.test('the places of browsers’ sessions that have ended are free', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    await store.createUser(alice)
    const few = { perUser: 10, total: 2 }
    for (const gen of [1, 2]) {
      const sessions = [createBrowserSession(alice), createBrowserSession(alice)]
      for (const session of sessions) t.equal(await store.createSession(session, few), undefined)
      const before = (await store.findUserById(alice.uid)) as User
      await store.replaceUser(before, { ...before, gen })
    }
    const session = createBrowserSession(alice)
    t.equal(await store.createSession(session, few), undefined)
    await store.endSession(session.id)
    for (const next of [createBrowserSession(alice), createBrowserSession(alice)])
      t.equal(await store.createSession(next, few), undefined)
  })

  t.test('browsers’ sessions are forgotten some time after they have expired', async (t) => {
    const clock = createClock()
    const store = await openStore(t, clock)
    const alice = createUser('alice')
    const [short, long] = [createBrowserSession(alice, { exp: now + hour }), createBrowserSession(alice)]
    for (const session of [short, long]) await store.createSession(session, limits)
    clock.advance(hour)
    for (const name of ['bob', 'carol', 'dave']) await store.createUser(createUser(name))
    t.same(await store.findSessions(alice.uid), [long])
  })

  t.test('a dump holds the sessions of both kinds', async (t) => {
    const store = await openStore(t)
    const alice = createUser('alice')
    const sessions = [createSession(alice), createBrowserSession(alice), createBrowserSession(alice)]
    for (const session of sessions) await store.createSession(session, limits)
    const { sessions: dumped } = withArrays(await store.dump())
    t.same(new Set(dumped.map(({ id }) => id)), new Set(sessions.map(({ id }) => id)))
    t.match(
      dumped.find(({ id }) => id === sessions[1]?.id),
      { kind: 'browser', digest: sessions[1]?.digest }
    )
  })
}
