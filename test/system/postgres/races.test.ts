import t, { type Test } from 'tap'
import type { Session, Store, User } from '../../../src/store/store.js'
import { invitation } from '../../store/account-records-contract.js'
import { type PostgresServer, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { createSchema, openStoreOf } from '../../support/postgres-stores.js'
import { createSession, createUser, limits, now } from '../../support/records.js'

const rounds = 10

/** Three stores on one empty database, each with a pool of its own, as three instances have them. */
async function openThree(t: Test, server: PostgresServer): Promise<readonly [Store, Store, Store]> {
  const place = await createSchema(t, server.url())
  return [await openStoreOf(t, place), await openStoreOf(t, place), await openStoreOf(t, place)]
}

/** Makes so many calls at once, one store after the other. */
function atOnce<T>(
  stores: readonly Store[],
  count: number,
  call: (store: Store, index: number) => Promise<T>
): Promise<PromiseSettledResult<T>[]> {
  const calls = Array.from({ length: count }, (_, index) => call(stores[index % 3] as Store, index))
  return Promise.allSettled(calls)
}

function requireOneWinner(t: Test, results: readonly PromiseSettledResult<unknown>[], name: string): void {
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) if (result.status === 'rejected') t.match(result.reason, { name })
}

t.test('races over three instances have one winner', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  t.test('sign-ups of one name, one e-mail address or one external id', async (t) => {
    const stores = await openThree(t, server)
    for (let round = 0; round < rounds; round += 1) {
      const [email, externalId] = [`${round}@x.org`, `id ${round}`]
      const byName = await atOnce(stores, 15, (store) => store.createUser(createUser(`name ${round}`)))
      requireOneWinner(t, byName, 'UserAlreadyExistsError')
      const byEmail = await atOnce(stores, 15, (store, index) =>
        store.createUser({ ...createUser(`${round} mail ${index}`), email })
      )
      requireOneWinner(t, byEmail, 'EmailTakenError')
      const byId = await atOnce(stores, 15, (store, index) =>
        store.createUser({ ...createUser(`${round} id ${index}`), externalId })
      )
      requireOneWinner(t, byId, 'ExternalIdTakenError')
    }
    t.equal(await stores[0].countUsers(), 3 * rounds)
  })

  t.test('a name that its user gives up is reserved, or another user has it, and never both', async (t) => {
    const stores = await openThree(t, server)
    for (let round = 0; round < 3 * rounds; round += 1) {
      const name = `name ${round}`
      const user = createUser(name)
      await stores[0].createUser(user)
      const isPurged = round % 2 === 0
      await Promise.allSettled([
        isPurged
          ? stores[0].purgeUser(user, now + 9)
          : stores[0].replaceUser(user, { ...user, name: `new ${name}` }, { reserveUntil: now + 9 }),
        ...[1, 2, 1, 2].map((index) => (stores[index] as Store).createUser(createUser(name)))
      ])
      t.equal(await stores[1].findUserByName(name), undefined)
      t.equal((await stores[1].findReservedName(name))?.uid, user.uid)
    }
  })

  t.test('a reserved name that two users may take', async (t) => {
    const stores = await openThree(t, server)
    const alice = createUser('alice')
    await stores[0].createUser(alice)
    await stores[0].purgeUser(alice, now + 9)
    const takes = { name: 'alice', uid: alice.uid, until: now + 9 }
    const results = await atOnce(stores, 12, (store) => store.createUser(createUser('alice'), { takes }))
    requireOneWinner(t, results, 'UserAlreadyExistsError')
    t.equal(await stores[1].findReservedName('alice'), undefined)
  })

  t.test('a purge and an account that is made anew with its id', async (t) => {
    const stores = await openThree(t, server)
    for (let round = 0; round < rounds; round += 1) {
      const user = createUser(`name ${round}`)
      await stores[0].createUser(user)
      await Promise.allSettled([
        stores[0].purgeUser(user, undefined),
        ...[1, 2, 1, 2].map((index) =>
          (stores[index] as Store).createUser({ ...user, name: `again ${round}` })
        )
      ])
      t.equal(await stores[1].isUidPurged(user.uid), true)
      t.equal(await stores[1].findUserById(user.uid), undefined)
    }
  })

  t.test('one invitation', async (t) => {
    const stores = await openThree(t, server)
    for (let round = 0; round < rounds; round += 1) {
      await stores[0].createInvitation(invitation)
      const results = await atOnce(stores, 12, (store, index) =>
        store.createUser(createUser(`${round} ${index}`), { invitationId: invitation.id })
      )
      requireOneWinner(t, results, 'LinkGoneError')
    }
  })

  t.test('fifty uses of a rotating refresh token', async (t) => {
    const stores = await openThree(t, server)
    const session = createSession(createUser('alice'))
    await stores[0].createSession(session, limits)
    for (let round = 0; round < rounds; round += 1) {
      const before = (await stores[0].findSession(session.id)) as Session
      const results = await atOnce(stores, 50, (store, index) =>
        store.replaceSession(before, { ...before, exp: now + index })
      )
      const winners = results.flatMap((result, index) =>
        result.status === 'fulfilled' && result.value ? [index] : []
      )
      t.equal(winners.length, 1)
      t.equal((await stores[1].findSession(session.id))?.exp, now + Number(winners[0]))
    }
  })

  t.test('changes of one record', async (t) => {
    const stores = await openThree(t, server)
    const alice = createUser('alice')
    await stores[0].createUser(alice)
    for (let round = 1; round <= rounds; round += 1) {
      const before = (await stores[0].findUserById(alice.uid)) as User
      const results = await atOnce(stores, 24, (store, index) =>
        store.replaceUser(before, { ...before, name: `${round} ${index}`, gen: round })
      )
      t.equal(results.filter((result) => result.status === 'fulfilled' && result.value).length, 1)
      t.match(await stores[1].findUserById(alice.uid), { gen: round, version: round })
      t.equal((await stores[1].listUsers({ by: 'name', text: '', limit: 9 })).users.length, 1)
    }
  })

  t.test('M6: sessions that begin at once do not go over the limits', async (t) => {
    const stores = await openThree(t, server)
    const alice = createUser('alice')
    const few = { perUser: 4, total: 1000 }
    const ofOne = await atOnce(stores, 30, (store) => store.createSession(createSession(alice), few))
    t.equal(ofOne.filter(({ status }) => status === 'rejected').length, 0)
    t.equal((await stores[1].findSessions(alice.uid)).length, few.perUser)

    const total = { perUser: 4, total: 10 }
    const owners = Array.from({ length: 30 }, (_, index) => createUser(`user ${index}`))
    const ofAll = await atOnce(stores, 30, (store, index) =>
      store.createSession(createSession(owners[index] as User), total)
    )
    t.equal(ofAll.filter(({ status }) => status === 'rejected').length, 0)
    t.equal((await stores[1].dump()).sessions.length, total.total)
  })
})
