import fc from 'fast-check'
import t from 'tap'
import { Check } from 'typebox/value'
import { givenGroups } from '../../src/accounts/account-members.js'
import { AccountPatch, changeAccount, NewAccount } from '../../src/admin/account-changes.js'
import { describeAccount, versionTag } from '../../src/admin/account-view.js'
import { isWithinDepth, type Members, mergePatch } from '../../src/admin/merge-patch.js'
import type { User } from '../../src/store/store.js'

const now = 1_900_000_000

const alice: User = {
  uid: '7d0a963e1edc29320f941a1c7d6dfce6',
  name: 'alice',
  hash: 'a hash',
  state: 'active',
  gen: 3,
  keptJti: 'kept',
  createdAt: 1,
  email: 'alice@example.org',
  emailVerified: true,
  groups: ['family', 'ops'],
  passwordLink: { digest: 'a digest', expiresAt: now + 60 }
}

/** The account after a merge patch, without a new password. */
const changed = (patch: AccountPatch, before = alice) => changeAccount(before, patch, undefined, now)

// Claims, and patches of them: `__proto__` among the names, and null among the values.
const name = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString', 'ü')
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.integer(),
    fc.string(),
    fc.array(tie('value'), { maxLength: 2 }),
    tie('object')
  ),
  object: fc
    .array(fc.tuple(name, tie('value')), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries))
}))
const object = json.object as fc.Arbitrary<Members>
const withoutNulls = object.map((value) => mergePatch({}, value))

t.test('a merge patch has the results of the examples of RFC 7396', (t) => {
  const cases: [string, string, string][] = [
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}']
  ]
  for (const [target, patch, result] of cases) {
    t.equal(JSON.stringify(mergePatch(JSON.parse(target), JSON.parse(patch))), result)
  }
  t.end()
})

t.test('a merge patch a second time changes nothing, and an empty one changes nothing at all', (t) => {
  fc.assert(
    fc.property(withoutNulls, object, (target, patch) => {
      const once = JSON.stringify(mergePatch(target, patch))
      return once === JSON.stringify(mergePatch(JSON.parse(once), patch))
    })
  )
  fc.assert(
    fc.property(object, (target) => JSON.stringify(mergePatch(target, {})) === JSON.stringify(target))
  )
  t.end()
})

t.test('__proto__ in a merge patch is only a key: nothing gets a prototype by it', (t) => {
  fc.assert(
    fc.property(object, object, (target, patch) => {
      const merged = mergePatch(target, patch)
      return Object.getPrototypeOf(merged) === Object.prototype
    })
  )
  const patch = JSON.parse('{"claims":{"__proto__":{"groups":["postern-admins"]}}}') as AccountPatch
  const after = changed(patch)
  t.same(after.groups, alice.groups)
  t.equal(JSON.stringify(after.claims), '{"__proto__":{"groups":["postern-admins"]}}')
  t.notOk(
    Check(AccountPatch, JSON.parse('{"__proto__":{"groups":["postern-admins"]}}')),
    'it is no member of an account'
  )
  t.equal(({} as { groups?: unknown }).groups, undefined)
  t.end()
})

t.test('claims take no more levels than an account may have, however many a body holds', (t) => {
  const levels = (count: number) => JSON.parse(`${'{"a":'.repeat(count)}1${'}'.repeat(count)}`)
  t.ok(Check(AccountPatch, { claims: levels(8) }))
  t.notOk(Check(AccountPatch, { claims: levels(9) }))
  t.notOk(Check(AccountPatch, { claims: levels(12_000) }))
  t.ok(isWithinDepth([[1]], 2))
  t.notOk(isWithinDepth([[[]]], 2))
  t.end()
})

t.test('only the members that the operator sets are taken', (t) => {
  for (const member of ['uid', 'gen', 'created_at', 'hash', 'has_password', 'managed_by', 'groupS']) {
    t.notOk(Check(AccountPatch, { [member]: 'x' }), member)
  }
  for (const member of ['uid', 'gen', 'created_at', 'managed_by', 'last_login_at']) {
    t.notOk(Check(NewAccount, { user: 'bob', [member]: 'x' }), member)
  }
  t.notOk(Check(AccountPatch, { state: null }), 'an account has a state')
  t.notOk(Check(AccountPatch, { user: null }), 'and a name')
  t.notOk(Check(AccountPatch, { groups: ['no such form'] }))
  t.notOk(Check(AccountPatch, { expires_at: 1.5 }))
  t.end()
})

t.test('null removes a member', (t) => {
  const full = changed({ display_name: 'Alice', claims: { a: 1 }, expires_at: now + 1, external_id: 'x' })
  const emptied = changed(
    { email: null, display_name: null, groups: null, claims: null, expires_at: null, external_id: null },
    full
  )
  const { email, emailVerified, displayName, groups, claims, expiresAt, externalId } = emptied
  t.same([email, emailVerified, displayName, groups, claims, expiresAt, externalId], Array(7).fill(undefined))
  t.notOk(Object.values(emptied).includes(undefined), 'nothing is left of it')
  t.end()
})

t.test(
  'a taken group, a rename, a new state and a new password end all tokens, and nothing else does',
  (t) => {
    const ending: AccountPatch[] = [
      { groups: ['family'] },
      { groups: null },
      { user: 'alicia' },
      { state: 'disabled' },
      { state: 'deleted' },
      { expires_at: now }
    ]
    for (const patch of ending) {
      const after = changed(patch)
      t.equal(after.gen, now, JSON.stringify(patch))
      t.notOk('keptJti' in after, 'the token that outlived a password change ends, too')
    }
    for (const hash of ['another hash', null]) t.equal(changeAccount(alice, {}, hash, now).gen, now)
    const harmless: AccountPatch[] = [
      { groups: ['family', 'ops', 'more'] },
      { email: 'a@example.org' },
      { claims: { a: 1 } },
      { display_name: 'Alice' },
      { expires_at: now + 1 },
      { user: 'alice' },
      { state: 'active' },
      {}
    ]
    for (const patch of harmless) t.equal(changed(patch).gen, alice.gen, JSON.stringify(patch))
    t.equal(changed({ state: 'disabled' }, { ...alice, gen: now + 5 }).gen, now + 6, 'it never repeats')
    t.end()
  }
)

t.test('an account that is no longer barred does not get its earlier tokens back', (t) => {
  const expired = { ...alice, expiresAt: now }
  t.equal(changed({ expires_at: null }, expired).gen, now)
  t.equal(changed({ state: 'active' }, { ...alice, state: 'deleted' }).gen, now)
  t.end()
})

t.test(
  'a new password, state or e-mail address, and membership of postern-admins, end the password link',
  (t) => {
    const isKept = (after: User) => after.passwordLink !== undefined
    t.notOk(isKept(changeAccount(alice, {}, 'another hash', now)))
    t.notOk(isKept(changed({ state: 'disabled' })))
    t.notOk(isKept(changed({ email: 'a@example.org' })))
    t.notOk(isKept(changed({ email: null })))
    t.notOk(isKept(changed({ groups: ['postern-admins'] })))
    t.ok(isKept(changed({ groups: ['postern-editors'], display_name: 'Alice', user: 'alicia' })))
    t.end()
  }
)

t.test('a changed e-mail address is not verified, unless the same patch says so', (t) => {
  t.notOk(changed({ email: 'a@example.org' }).emailVerified)
  t.ok(changed({ email: 'a@example.org', email_verified: true }).emailVerified)
  t.ok(changed({ email: 'alice@example.org' }).emailVerified, 'it is the same address')
  t.notOk(changed({ email_verified: false }).emailVerified)
  t.throws(() => changed({ email: null, email_verified: true }), { name: 'InvalidArgumentError' })
  t.end()
})

t.test('claims are merged, and judged as a whole', (t) => {
  const before = { ...alice, claims: { a: { b: 1, c: 2 }, d: 3 } }
  t.same(changed({ claims: { a: { b: null } } }, before).claims, { a: { c: 2 }, d: 3 })
  t.throws(() => changed({ claims: { sub: 'x' } }), {
    message: /^claims: must not hold a claim that Postern makes/
  })
  t.throws(() => changed({ claims: { a: 'x'.repeat(3000), b: 'x'.repeat(1100) } }), { message: /KiB/ })
  t.throws(() => changed({ claims: { a: '\0' } }), { message: /U\+0000/ })
  t.throws(() => changed({ claims: { a: { b: 'x\ud800' } } }), { name: 'InvalidArgumentError' })
  const half = { ...alice, claims: { a: 'x'.repeat(2500) } }
  t.throws(
    () => changed({ claims: { b: 'x'.repeat(2500) } }, half),
    { message: /KiB/ },
    'two halves make too much'
  )
  t.end()
})

t.test('a claim that Postern makes by now may stay as it is, and go, but be set no more', (t) => {
  const before = { ...alice, claims: { jti: 'mine', a: 1 } }
  t.same(changed({ claims: { a: 2 } }, before).claims, { jti: 'mine', a: 2 })
  t.same(changed({ claims: { jti: 'mine' } }, before).claims, { jti: 'mine', a: 1 })
  t.same(changed({ claims: { jti: null } }, before).claims, { a: 1 })
  t.throws(() => changed({ claims: { jti: 'another' } }, before), { name: 'InvalidArgumentError' })
  t.end()
})

t.test('the given groups are those that are new', (t) => {
  t.same(givenGroups(alice, changed({ groups: ['ops', 'postern-admins', 'ops'] })), ['postern-admins'])
  t.same(changed({ groups: ['ops', 'a', 'ops'] }).groups, ['a', 'ops'], 'they are a sorted set')
  t.end()
})

t.test('the view of an account holds neither its hash nor its link', (t) => {
  const text = JSON.stringify(describeAccount(alice))
  t.notMatch(text, /a hash|a digest|kept/)
  t.match(describeAccount(alice), {
    user: 'alice',
    has_password: true,
    email_verified: true,
    groups: ['family', 'ops']
  })
  t.same(describeAccount({ uid: 'x', name: 'bob', state: 'active', gen: 0, createdAt: 1 }), {
    uid: 'x',
    user: 'bob',
    state: 'active',
    has_password: false,
    groups: [],
    claims: {},
    created_at: 1
  })
  t.not(versionTag({}), versionTag({ version: 1 }))
  t.end()
})
