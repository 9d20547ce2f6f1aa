import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createRecord } from '../../src/accounts/account-record.js'
import { requireUsableSeal } from '../../src/second-factor/kept-secrets.js'
import { createSecretSeal } from '../../src/second-factor/secret-seal.js'

const [one, other] = [randomBytes(32), randomBytes(32)]
const secret = 'JBSWY3DPEHPK3PXP'

t.test('a sealed secret is opened with its key, for its owner alone', async (t) => {
  const seal = createSecretSeal([one])
  const kept = seal.seal(secret, 'alice')
  t.notOk(kept.includes(secret))
  t.not(kept, seal.seal(secret, 'alice'), 'no two are the same')
  t.equal(seal.open(kept, 'alice'), secret)
  t.throws(() => seal.open(kept, 'bob'), 'one that was put into another account')
  t.throws(() => createSecretSeal([other]).open(kept, 'alice'))
  t.throws(() => createSecretSeal([]).open(kept, 'alice'))
})

t.test('a changed or cut text is refused, without its content in the error', async (t) => {
  const seal = createSecretSeal([one])
  const kept = seal.seal(secret, 'alice')
  const bytes = Buffer.from(kept.slice(3), 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 1
    t.throws(() => seal.open(`v1:${changed.toString('base64url')}`, 'alice'), {
      message: 'a second factor is encrypted under a key that is not set'
    })
  }
  for (const end of [3, 10, 30, kept.length - 1]) t.throws(() => seal.open(kept.slice(0, end), 'alice'))
})

t.test('while the key is changed both open, and the first one seals', async (t) => {
  const kept = createSecretSeal([one]).seal(secret, 'alice')
  const both = createSecretSeal([other, one])
  t.equal(both.open(kept, 'alice'), secret)
  t.equal(both.isStale(kept, 'alice'), true)
  const renewed = both.seal(secret, 'alice')
  t.equal(both.isStale(renewed, 'alice'), false)
  t.equal(createSecretSeal([other]).open(renewed, 'alice'), secret)
})

t.test('without a key a secret is kept in the clear, and is sealed once there is one', async (t) => {
  const none = createSecretSeal([])
  t.equal(none.seal(secret, 'alice'), secret)
  t.equal(none.isStale(secret, 'alice'), false)
  const seal = createSecretSeal([one])
  t.equal(seal.open(secret, 'alice'), secret)
  t.equal(seal.isStale(secret, 'alice'), true)
})

t.test(
  'the keys of a start must open every factor, also after a change of the key that was cut short',
  async (t) => {
    const users = [other, one].map((key, index) => {
      const user = createRecord({ name: `user-${index}` }, 0)
      const sealed = createSecretSeal([key]).seal(secret, user.uid)
      return { ...user, secondFactor: { secret: sealed, createdAt: 0, lastStep: 0, recoveryCodes: [] } }
    })
    requireUsableSeal(users, createSecretSeal([other, one]))
    for (const key of [one, other]) {
      t.throws(() => requireUsableSeal(users, createSecretSeal([key])), {
        message: /^POSTERN_STORAGE_KEY does not open/
      })
    }
  }
)
