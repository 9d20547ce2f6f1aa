import type { Test } from 'tap'
import { createId } from '../../src/ids.js'
import type { ApiKey, Invitation, Store, User, UserQuery } from '../../src/store/store.js'
import { createSession, createUser, limits, now } from '../support/records.js'
import type { OpenStore } from './store-contract.js'

/** An invitation that lasts for an hour. */
export const invitation: Invitation = {
  id: 'a'.repeat(32),
  digest: 'b'.repeat(64),
  createdAt: now,
  expiresAt: now + 3600,
  user: 'dora',
  groups: ['staff']
}

/** An API key that does not expire. */
export const apiKey: ApiKey = {
  id: 'c'.repeat(16),
  name: 'backups',
  digest: 'd'.repeat(64),
  scopes: ['backup'],
  createdAt: now
}

async function made(store: Store, name: string, others: Partial<User> = {}): Promise<User> {
  const user = { ...createUser(name), ...others }
  await store.createUser(user)
  return user
}

async function namesOf(store: Store, query: UserQuery): Promise<string[]> {
  return (await store.listUsers(query)).users.map(({ name }) => name)
}

const reads = (store: Store, { uid }: User) => store.findUserById(uid) as User

/** Tries what every driver promises of accounts, invitations and API keys; see `Store`. */
export function testAccountRecords(t: Test, openStore: OpenStore): void {
  t.test('a user is found by its e-mail address, ASCII letters in either case', async (t) => {
    const store = await openStore(t)
    const zoe = await made(store, 'zoe', { email: 'Zoë.K@Example.org' })
    t.same(await store.findUserByEmail('zoë.k@example.ORG'), zoe)
    t.equal(await store.findUserByEmail('ZOË.K@example.org'), undefined, 'other letters are as they are')
    await store.replaceUser(zoe, { ...zoe, email: 'zk@example.org' })
    t.equal(await store.findUserByEmail('zoë.k@example.org'), undefined)
    t.equal((await store.findUserByEmail('ZK@example.org'))?.uid, zoe.uid)
  })

  t.test('an e-mail address and an external id belong to one user, also at the same time', async (t) => {
    const store = await openStore(t)
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => made(store, name, { email: `${name.toUpperCase()}${name}@x.org` }))
    )
    t.ok(results.every(({ status }) => status === 'fulfilled'))
    const [one, two] = await Promise.allSettled([
      made(store, 'd', { email: 'd@x.org' }),
      made(store, 'e', { email: 'D@x.org' })
    ])
    const [winner, loser] = one.status === 'fulfilled' ? [one, two] : [two, one]
    t.equal(winner.status, 'fulfilled')
    t.match(loser, { status: 'rejected', reason: { name: 'EmailTakenError' } })
    await made(store, 'f', { externalId: '7' })
    await t.rejects(made(store, 'g', { externalId: '7' }), { name: 'ExternalIdTakenError' })
    const a = (await store.findUserByName('a')) as User
    await t.rejects(store.replaceUser(a, { ...a, email: 'd@X.org' }), { name: 'EmailTakenError' })
    await t.rejects(store.replaceUser(a, { ...a, externalId: '7' }), { name: 'ExternalIdTakenError' })
    t.same(await reads(store, a), a, 'nothing was changed')
    t.equal(await store.replaceUser(a, { ...a, email: 'AA@X.ORG' }), true, 'its own')
  })

  t.test('a user is found by its external id, and a purged id is known', async (t) => {
    const store = await openStore(t)
    const zoe = await made(store, 'zoe', { externalId: 'kc-7' })
    t.same(await store.findUserByExternalId('kc-7'), zoe)
    t.equal(await store.findUserByExternalId('kc-8'), undefined)
    t.equal(await store.isUidPurged(zoe.uid), false)
    await store.purgeUser(zoe, undefined)
    t.equal(await store.findUserByExternalId('kc-7'), undefined)
    t.equal(await store.isUidPurged(zoe.uid), true)
  })

  t.test('a renamed user is found by the new name, and the former one is reserved for it', async (t) => {
    const store = await openStore(t)
    const alice = await made(store, 'alice')
    t.equal(await store.replaceUser(alice, { ...alice, name: 'alicia' }, { reserveUntil: now + 9 }), true)
    t.equal(await store.findUserByName('alice'), undefined)
    t.equal((await store.findUserByName('alicia'))?.uid, alice.uid)
    const reserved = await store.findReservedName('alice')
    t.same(reserved, { name: 'alice', uid: alice.uid, until: now + 9 })
    const taken = ['alice', 'alicia', 'bob', 'a\0b'].map((name) => store.isNameTaken(name))
    t.same(await Promise.all(taken), [true, true, false, false])
    await t.rejects(made(store, 'alice'), { name: 'UserAlreadyExistsError' })
    const bob = await made(store, 'bob')
    await t.rejects(store.replaceUser(bob, { ...bob, name: 'alice' }), { name: 'UserAlreadyExistsError' })
    await t.rejects(store.replaceUser(bob, { ...bob, name: 'alicia' }), { name: 'UserAlreadyExistsError' })
    const alicia = await reads(store, alice)
    t.equal(await store.replaceUser(alicia, { ...alicia, name: 'alice' }, { reserveUntil: now + 9 }), true)
    t.equal(await store.findReservedName('alice'), undefined)
    t.equal((await store.findReservedName('alicia'))?.uid, alice.uid)
  })

  t.test('a reserved name is taken by who names its reservation, or once it is free', async (t) => {
    const store = await openStore(t)
    const alice = await made(store, 'alice')
    await store.replaceUser(alice, { ...alice, name: 'a2' }, { reserveUntil: now + 9 })
    const takes = { name: 'alice', uid: alice.uid, until: now + 9 }
    const other = createUser('alice')
    await t.rejects(store.createUser(other, { takes: { ...takes, until: now + 8 } }), {
      name: 'UserAlreadyExistsError'
    })
    await store.createUser(other, { takes })
    t.equal((await store.findUserByName('alice'))?.uid, other.uid)
    t.equal(await store.findReservedName('alice'), undefined)

    const a2 = await reads(store, alice)
    await store.replaceUser(a2, { ...a2, name: 'a3' }, { reserveUntil: now + 9 })
    await store.freeName('a2')
    await store.freeName('a2')
    await made(store, 'a2')
  })

  t.test('a dry run is judged as the change itself, and changes nothing', async (t) => {
    const store = await openStore(t)
    const alice = await made(store, 'alice', { email: 'a@x.org', externalId: '7' })
    await store.replaceUser(alice, { ...alice, name: 'a2' }, { reserveUntil: now + 9 })
    const bob = await made(store, 'bob')
    const dry = { isDryRun: true }
    for (const [others, name] of [
      [{ name: 'alice' }, 'UserAlreadyExistsError'],
      [{ name: 'a2' }, 'UserAlreadyExistsError'],
      [{ uid: alice.uid }, 'UserAlreadyExistsError'],
      [{ email: 'A@x.org' }, 'EmailTakenError'],
      [{ externalId: '7' }, 'ExternalIdTakenError']
    ] as const) {
      await t.rejects(store.createUser({ ...createUser('carol'), ...others }, dry), { name })
      if (!('uid' in others)) await t.rejects(store.replaceUser(bob, { ...bob, ...others }, dry), { name })
    }
    const takes = { name: 'alice', uid: alice.uid, until: now + 9 }
    await store.createUser(createUser('alice'), { ...dry, takes })
    t.equal(await store.replaceUser(bob, { ...bob, name: 'bert' }, { ...dry, reserveUntil: now + 9 }), true)
    t.equal(await store.replaceUser({ ...bob, version: 7 }, { ...bob, name: 'bert' }, dry), false)
    t.same(await reads(store, bob), bob)
    t.equal(await store.countUsers(), 2)
    t.equal(await store.findReservedName('bob'), undefined)
    t.same(await store.findReservedName('alice'), takes)
  })

  t.test('two users swap their names', async (t) => {
    const store = await openStore(t)
    const [a, b] = [await made(store, 'a'), await made(store, 'b')]
    t.equal(await store.replaceUser(a, { ...a, name: 'c' }), true)
    t.equal(await store.replaceUser(b, { ...b, name: 'a' }), true)
    const c = await reads(store, a)
    await store.replaceUser(c, { ...c, name: 'b' })
    t.equal((await store.findUserByName('a'))?.uid, b.uid)
    t.equal((await store.findUserByName('b'))?.uid, a.uid)
    t.equal(await store.findUserByName('c'), undefined)
  })

  t.test('a purged user is gone with its sessions and its link, and its id stays refused', async (t) => {
    const store = await openStore(t)
    const link = { digest: 'e'.repeat(64), expiresAt: now + 9 }
    const alice = await made(store, 'alice', { email: 'a@x.org', passwordLink: link })
    t.same(await store.findUserByLink(link.digest), alice)
    const session = createSession(alice)
    await store.createSession(session, limits)
    t.equal(await store.purgeUser({ ...alice, version: 7 }, undefined), false)
    t.equal(await store.purgeUser(alice, now + 9), true)
    t.equal(await store.findUserById(alice.uid), undefined)
    t.equal(await store.findUserByName('alice'), undefined)
    t.equal(await store.findUserByEmail('a@x.org'), undefined)
    t.equal(await store.findUserByLink(link.digest), undefined)
    t.equal(await store.findSession(session.id), undefined)
    t.equal(await store.countUsers(), 0)
    await t.rejects(store.createUser({ ...alice, name: 'other' }), { name: 'UserAlreadyExistsError' })
    await t.rejects(made(store, 'alice'), { name: 'UserAlreadyExistsError' })
    t.equal((await store.findReservedNameOf(alice.uid))?.name, 'alice')
    t.equal(await store.purgeUser(alice, undefined), false)
    await store.freeName('alice')
    t.equal(await store.findReservedNameOf(alice.uid), undefined)
    t.not((await made(store, 'alice', { email: 'a@x.org' })).uid, alice.uid)
  })

  t.test('the names that a purged user had are found, until each is free', async (t) => {
    const store = await openStore(t)
    const alice = await made(store, 'alice')
    await store.replaceUser(alice, { ...alice, name: 'a2' }, { reserveUntil: now + 9 })
    t.equal(await store.findReservedNameOf(alice.uid), undefined)
    await store.purgeUser(await reads(store, alice), now + 9)
    const names: (string | undefined)[] = []
    for (let round = 0; round < 2; round += 1) {
      const name = (await store.findReservedNameOf(alice.uid))?.name
      names.push(name)
      await store.freeName(String(name))
    }
    t.same(names.sort(), ['a2', 'alice'])
    t.equal(await store.findReservedNameOf(alice.uid), undefined)
  })

  t.test('a user that is purged without a reservation leaves its name free', async (t) => {
    const store = await openStore(t)
    const alice = await made(store, 'alice')
    t.equal(await store.purgeUser(alice, undefined), true)
    t.not((await made(store, 'alice')).uid, alice.uid)
  })

  t.test('a login is seen at once, is no new version, and is not lost in a change', async (t) => {
    const store = await openStore(t)
    const alice = await made(store, 'alice')
    store.touchUser(alice.uid, now + 5)
    store.touchUser('unknown', now + 5)
    t.same(await store.findUserByName('alice'), { ...alice, lastLoginAt: now + 5 })
    t.equal(await store.replaceUser(alice, { ...alice, displayName: 'Alice' }), true)
    t.match(await reads(store, alice), { displayName: 'Alice', lastLoginAt: now + 5 })
  })

  t.test('users are listed by the beginning of the name, page by page', async (t) => {
    const store = await openStore(t)
    const names = ['b', 'a10', 'a1', 'A', 'a2', 'á', 'aé', 'a']
    for (const name of names) await made(store, name)
    const all = names.filter((name) => name.startsWith('a')).sort()
    t.same(await namesOf(store, { by: 'name', text: 'a', limit: 9 }), all)
    t.same(await namesOf(store, { by: 'name', text: '', limit: 9 }), [...names].sort())
    t.same(await namesOf(store, { by: 'name', text: 'x', limit: 9 }), [])
    const met: string[] = []
    let after: string | undefined
    do {
      const query: UserQuery = { by: 'name', text: 'a', limit: 2, ...(after !== undefined && { after }) }
      const { users, next } = await store.listUsers(query)
      t.ok(users.length <= 2)
      met.push(...users.map(({ name }) => name))
      after = next
    } while (after !== undefined)
    t.same(met, all)
    t.equal((await store.listUsers({ by: 'name', text: 'a', limit: all.length })).next, undefined)
    t.same(await namesOf(store, { by: 'name', text: 'a1', after: '\u0000', limit: 9 }), ['a1', 'a10'])
    t.same(await namesOf(store, { by: 'name', text: 'a1', after: 'zzz', limit: 9 }), [])
  })

  t.test('a list follows renames, new users and purges, and no user is met twice or missed', async (t) => {
    const store = await openStore(t)
    for (const name of ['a', 'c', 'e', 'g']) await made(store, name)
    const first = await store.listUsers({ by: 'name', text: '', limit: 2 })
    const [a, e] = [await store.findUserByName('a'), await store.findUserByName('e')] as [User, User]
    await made(store, 'd')
    await store.replaceUser(e, { ...e, name: 'f' })
    await store.purgeUser(a, undefined)
    const next = await store.listUsers({ by: 'name', text: '', after: String(first.next), limit: 9 })
    t.same(
      next.users.map(({ name }) => name),
      ['d', 'f', 'g']
    )
    t.same(await namesOf(store, { by: 'name', text: '', limit: 9 }), ['c', 'd', 'f', 'g'])
  })

  t.test('users are listed by display name and by group', async (t) => {
    const store = await openStore(t)
    await made(store, 'u1', { displayName: 'Bea', groups: ['staff'] })
    await made(store, 'u2', { displayName: 'Ada', groups: ['ops', 'staff'] })
    const u3 = await made(store, 'u3', { displayName: 'Ada', groups: ['staffing'] })
    await made(store, 'u4')
    t.same((await namesOf(store, { by: 'displayName', text: 'Ada', limit: 9 })).sort(), ['u2', 'u3'])
    t.equal((await namesOf(store, { by: 'displayName', text: '', limit: 9 })).at(-1), 'u1')
    t.same(await namesOf(store, { by: 'group', text: 'staff', limit: 9 }), ['u1', 'u2'])
    t.same(await namesOf(store, { by: 'group', text: '', limit: 9 }), [])
    const { groups: _, ...without } = u3
    await store.replaceUser(u3, { ...without, displayName: 'Cyd' })
    t.same(await namesOf(store, { by: 'group', text: 'staffing', limit: 9 }), [])
    t.equal((await namesOf(store, { by: 'displayName', text: '', limit: 9 })).at(-1), 'u3')
    const page = await store.listUsers({ by: 'displayName', text: '', limit: 1 })
    const rest = { by: 'displayName', text: '', after: String(page.next), limit: 9 } as const
    t.equal((await namesOf(store, rest)).length, 2)
  })

  t.test('a second factor is kept with its user, and whoever has one or sets one up is found', async (t) => {
    const store = await openStore(t)
    const pendingFactor = { secret: 'GEZDGNBV', createdAt: now }
    const secondFactor = { ...pendingFactor, lastStep: 5, recoveryCodes: ['a'.repeat(64), 'b'.repeat(64)] }
    await made(store, 'a')
    const b = await made(store, 'b', { secondFactor })
    const c = await made(store, 'c', { pendingFactor })
    t.same(await reads(store, b), b)
    t.same((await store.findUsersWithFactor()).map(({ name }) => name).sort(), ['b', 'c'])
    await store.replaceUser(c, { ...c, secondFactor: { ...secondFactor, recoveryCodes: [] } })
    t.match(await reads(store, c), { secondFactor: { recoveryCodes: [] }, pendingFactor })
    const { secondFactor: _, ...without } = b
    await store.replaceUser(b, without)
    t.equal((await reads(store, b)).secondFactor, undefined)
    t.same(
      (await store.findUsersWithFactor()).map(({ name }) => name),
      ['c']
    )
  })

  t.test('of uses of one code at the same time one is kept', async (t) => {
    const store = await openStore(t)
    const secondFactor = { secret: 'GEZDGNBV', createdAt: now, lastStep: 5, recoveryCodes: [] }
    const user = await made(store, 'a', { secondFactor })
    const use = () => store.replaceUser(user, { ...user, secondFactor: { ...secondFactor, lastStep: 6 } })
    const uses = await Promise.all(Array.from({ length: 10 }, use))
    t.equal(uses.filter(Boolean).length, 1)
    t.equal((await reads(store, user)).secondFactor?.lastStep, 6)
  })
  t.test(
    'an order of users that is asked for late, or while users change, holds what is there by then',
    async (t) => {
      const store = await openStore(t)
      const staff = { by: 'group', text: 'staff', limit: 9 } as const
      const u1 = await made(store, 'u1', { displayName: 'Bea', groups: ['staff'] })
      const u2 = await made(store, 'u2', { displayName: 'Ada', groups: ['staff'] })
      t.same(await namesOf(store, { by: 'name', text: '', limit: 9 }), ['u1', 'u2'])
      await store.replaceUser(u1, { ...u1, name: 'u9', displayName: 'Aba' })
      t.same(await namesOf(store, { by: 'displayName', text: '', limit: 9 }), ['u9', 'u2'])
      const [listed] = await Promise.all([namesOf(store, staff), store.purgeUser(u2, undefined)])
      t.equal(listed.at(-1), 'u9')
      await made(store, 'u3', { displayName: 'Abe', groups: ['staff'] })
      for (const query of [{ by: 'name', text: 'u', limit: 9 } as const, staff]) {
        t.same(await namesOf(store, query), ['u3', 'u9'], query.by)
      }
      t.same(await namesOf(store, { by: 'displayName', text: 'A', limit: 9 }), ['u9', 'u3'])
    }
  )

  t.test('users with certain claims of their own are found', async (t) => {
    const store = await openStore(t)
    await made(store, 'a', { claims: { role: 'x' } })
    await made(store, 'b', { claims: { groups: [] } })
    await made(store, 'c', { claims: { email: 1, role: 'x' } })
    const find = (limit: number) => store.findUsersWithClaims(new Set(['groups', 'email']), limit)
    t.equal((await find(9)).length, 2)
    t.equal((await find(1)).length, 1)
  })

  t.test('the users whom the users file manages are found, whatever their state', async (t) => {
    const store = await openStore(t)
    t.same(await store.findManagedUsers(), [])
    const managed = { managedBy: 'file', appliedPassword: 'sha256:x' } as const
    const a = await made(store, 'a', managed)
    await made(store, 'b')
    const c = await made(store, 'c', { managedBy: 'file', state: 'disabled' })
    const found = async () => [...(await store.findManagedUsers())].map(({ name }) => name).sort()
    t.same(await found(), ['a', 'c'])
    t.match(
      (await store.findManagedUsers()).find(({ uid }) => uid === a.uid),
      managed
    )
    const { managedBy: _, appliedPassword: __, ...released } = a
    await store.replaceUser(a, released)
    t.same(await found(), ['c'])
    await store.purgeUser(c, undefined)
    t.same(await found(), [])
  })

  t.test('an invitation is found by its digest until it is removed or spent', async (t) => {
    const store = await openStore(t)
    await store.createInvitation(invitation)
    const other = { ...invitation, id: createId(), digest: '1'.repeat(64), createdAt: now + 1 }
    await store.createInvitation(other)
    t.same(await store.findInvitation(invitation.digest), invitation)
    t.same(await store.listInvitations(), [invitation, other])
    t.equal(await store.removeInvitation(other.id), true)
    t.equal(await store.removeInvitation(other.id), false)
    t.equal(await store.findInvitation(other.digest), undefined)
  })

  t.test('an invitation makes one account, also when it is spent twice at the same time', async (t) => {
    const store = await openStore(t)
    await store.createInvitation(invitation)
    const change = { invitationId: invitation.id }
    await made(store, 'taken')
    await t.rejects(store.createUser(createUser('taken'), change), { name: 'UserAlreadyExistsError' })
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => store.createUser(createUser(name), change))
    )
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) {
      if (result.status === 'rejected') t.match(result.reason, { name: 'LinkGoneError' })
    }
    t.equal(await store.countUsers(), 2)
    t.same(await store.listInvitations(), [])
  })

  t.test('an API key is found by its id until it is removed, and has a name of its own', async (t) => {
    const store = await openStore(t)
    await store.createApiKey(apiKey)
    t.same(await store.findApiKey(apiKey.id), apiKey)
    const twin = { ...apiKey, id: '1'.repeat(16) }
    await t.rejects(store.createApiKey(twin), { name: 'InvalidArgumentError', message: /^name: / })
    store.touchApiKey(apiKey.id, now + 5)
    store.touchApiKey('unknown', now + 5)
    t.same(await store.listApiKeys(), [{ ...apiKey, lastUsedAt: now + 5 }])
    t.equal(await store.removeApiKey(apiKey.id), true)
    t.equal(await store.removeApiKey(apiKey.id), false)
    t.equal(await store.findApiKey(apiKey.id), undefined)
    await store.createApiKey(twin)
  })
}
