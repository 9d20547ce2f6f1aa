import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { ScheduledKey } from '../../../src/keys/key-ring.js'
import { rotateKeys } from '../../../src/keys/key-rotation.js'
import { openGeneratedKeys } from '../../../src/keys/key-source.js'
import { createSealing } from '../../../src/sealing.js'
import type { Database } from '../../../src/store/postgres/database.js'
import { createDatabaseKeys } from '../../../src/store/postgres/database-keys.js'
import { createTestDatabase, openTestDatabase } from '../../support/postgres-database.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

const now = 1_900_000_000
const [first, second] = [randomBytes(32), randomBytes(32)] as const

function keysOf(database: Database, keys = [first]) {
  let revision = 0
  const watch = () => ({ isCurrent: () => true, mustRead: () => false })
  return createDatabaseKeys(database, createSealing(keys), {
    news: { revision: () => revision, watch },
    async tell() {
      revision += 1
    }
  })
}

const kidsOf = (keys: readonly ScheduledKey[]) => keys.map(({ key }) => key.kid)

t.test('keys in the database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  t.test('five instances that start at once on an empty database make one key', async (t) => {
    const { url } = await createTestDatabase(t, server)
    const opened = await Promise.all(
      Array.from({ length: 5 }, () =>
        openGeneratedKeys(keysOf(openTestDatabase(t, url)), 'ES256', now).then(kidsOf)
      )
    )
    t.equal(new Set(opened.flat()).size, 1)
  })

  t.test('of two rotations at once one makes a key, and the other one is refused', async (t) => {
    const { url } = await createTestDatabase(t, server)
    const [one, other] = [keysOf(openTestDatabase(t, url)), keysOf(openTestDatabase(t, url))] as const
    await openGeneratedKeys(one, 'ES256', now)
    const rotate = (keys: readonly ScheduledKey[]) =>
      rotateKeys(keys, { algorithm: 'ES256', now, publishAhead: 300 })
    const results = await Promise.allSettled([one.change(rotate), other.change(rotate)])
    t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const keys = await other.change((keys) => keys)
    t.match(keys, [
      { signsFrom: 0, madeAt: now },
      { signsFrom: now + 300, madeAt: now }
    ])
  })

  t.test('who only reads does not wait for another one that changes the keys', async (t) => {
    const { database, url } = await createTestDatabase(t, server)
    const storage = keysOf(openTestDatabase(t, url))
    const made = kidsOf(await openGeneratedKeys(storage, 'ES256', now))
    let unlock = () => {}
    const unlocked = new Promise<void>((resolve) => {
      unlock = resolve
    })
    const locked = new Promise<void>((resolve, reject) => {
      database
        .transaction(async ({ query }) => {
          await query('LOCK TABLE postern.signing_keys IN SHARE ROW EXCLUSIVE MODE')
          resolve()
          await unlocked
        }, 60_000)
        .catch(reject)
    })
    await locked
    t.same(await storage.read().then(kidsOf), made)
    t.same(await storage.change((keys) => keys).then(kidsOf), made)
    unlock()
  })

  t.test('a change keeps each algorithm, and that of nothing tells nobody', async (t) => {
    const { database } = await createTestDatabase(t, server)
    const storage = keysOf(database)
    for (const algorithm of ['ES256', 'EdDSA', 'RS256', 'HS256'] as const) {
      await openGeneratedKeys(storage, algorithm, now)
    }
    const keys = await storage.change((keys) => keys)
    t.equal(keys.length, 4)
    const fingerprint = await storage.fingerprint()
    t.same(await storage.change((keys) => keys), keys)
    t.equal(await storage.fingerprint(), fingerprint)
    t.same(await storage.change((keys) => keys.slice(1)), keys.slice(1))
    t.same(
      await storage
        .change((keys) => keys.map((key) => ({ ...key, signsFrom: 7 })))
        .then((keys) => keys.map(({ signsFrom }) => signsFrom)),
      [7, 7, 7]
    )
    t.same(
      (await storage.change((keys) => keys)).map(({ signsFrom }) => signsFrom),
      [7, 7, 7]
    )
  })

  t.test('no private key is in the database in the clear', async (t) => {
    const { database, name } = await createTestDatabase(t, server)
    const [made] = await openGeneratedKeys(keysOf(database), 'HS256', now)
    const [row] = await server.query('SELECT * FROM postern.signing_keys', name)
    const text = Object.values(Object(row)).map(String).join()
    t.notMatch(text, made?.key.secret)
    t.notMatch(text, Buffer.from(String(made?.key.secret)).toString('base64url'))
  })

  t.test('another storage key stops the start, whether there are keys or not', async (t) => {
    const { database } = await createTestDatabase(t, server)
    const wrong = { name: 'StartupError', exitCode: 2, message: /POSTERN_STORAGE_KEY/ }
    await keysOf(database).open((keys) => keys)
    await t.rejects(
      keysOf(database, [second]).open((keys) => keys),
      wrong
    )
    await openGeneratedKeys(keysOf(database), 'ES256', now)
    await t.rejects(openGeneratedKeys(keysOf(database, [second]), 'ES256', now), wrong)
  })

  t.test('the first start with two storage keys seals everything with the first one', async (t) => {
    const { database } = await createTestDatabase(t, server)
    const made = await openGeneratedKeys(keysOf(database), 'ES256', now)
    t.same(await openGeneratedKeys(keysOf(database, [second, first]), 'ES256', now), made)
    t.same(await openGeneratedKeys(keysOf(database, [second]), 'ES256', now), made)
    await t.rejects(
      keysOf(database).open((keys) => keys),
      { name: 'StartupError', exitCode: 2 }
    )
  })

  t.test('the sealed key of another row is not taken', async (t) => {
    const { database, name } = await createTestDatabase(t, server)
    const storage = keysOf(database)
    await openGeneratedKeys(storage, 'ES256', now)
    await openGeneratedKeys(storage, 'EdDSA', now)
    await server.query(
      "UPDATE postern.signing_keys SET sealed = (SELECT sealed FROM postern.signing_keys WHERE algorithm = 'EdDSA')",
      name
    )
    await t.rejects(
      storage.change((keys) => keys),
      { name: 'StartupError', exitCode: 2 }
    )
  })
})
