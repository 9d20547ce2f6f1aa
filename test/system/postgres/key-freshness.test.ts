import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { toSeconds } from '../../../src/clock.js'
import { retireKey, rotateKeys } from '../../../src/keys/key-rotation.js'
import { checkUntil, createCheckedToken } from '../../support/checked-tokens.js'
import { type PostgresServer, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { startOnDatabase } from '../../support/postgres-service.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'

const storageKey = Buffer.alloc(32, 7).toString('base64')

/** Two services on one database, the second of which hears of nothing once `deafen` was called. */
async function startTwo(t: Test, server: PostgresServer, name: string, maxStale: number) {
  const url = await server.createDatabase(name)
  const proxy = await startTcpProxy(t, server.port)
  const direct = new URL(url)
  direct.port = String(proxy.port)
  const settings = { POSTERN_DATABASE_URL: url, POSTERN_STORAGE_KEY: storageKey }
  const { app: one } = await startOnDatabase(t, settings)
  const { app: other } = await startOnDatabase(t, {
    ...settings,
    POSTERN_DATABASE_DIRECT_URL: String(direct),
    POSTERN_DATABASE_MAX_STALE: String(maxStale)
  })
  const options = { host: '127.0.0.1', port: 0 }
  const urls = [await one.listen(options), await other.listen(options)] as const
  return { one, other, urls, deafen: proxy.blackHole }
}

/** Retires the key that signs at this instance; the other one hears of its successor alone. */
async function retireUnheard({ one, deafen }: Awaited<ReturnType<typeof startTwo>>): Promise<void> {
  const { kid } = one.keys.signing
  await one.keyStorage.change((keys) => rotateKeys(keys, { ...timesNow(), publishAhead: 0 }))
  deafen()
  await one.keyStorage.change((keys) => retireKey(keys, kid, timesNow()))
}

const timesNow = () => ({ algorithm: 'ES256', now: toSeconds(Date.now()) }) as const

t.test('keys that another instance has changed', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  t.test('a retired key is refused within the bound by an instance that hears of nothing', async (t) => {
    const maxStale = 1000
    const two = await startTwo(t, server, 'retired', maxStale)
    const { urls } = two
    const token = await createCheckedToken(urls[0])
    await checkUntil(urls[1], token, 200)
    await retireUnheard(two)
    const retired = performance.now()
    const checks = await checkUntil(urls[1], token, 400)
    const late = checks.filter(({ status, sent }) => status === 200 && sent - retired > maxStale)
    t.same(late, [])
  })

  t.test(
    'two instances have the same keys for assertions, and a rotation brings both the next one',
    async (t) => {
      const { one, other } = await startTwo(t, server, 'assertions', 1000)
      t.equal(JSON.parse(one.keys.assertionSet).keys.length, 1)
      t.equal(one.keys.assertionSet, other.keys.assertionSet)
      await one.keyStorage.change((keys) => rotateKeys(keys, { ...timesNow(), publishAhead: 0 }))
      for (const { keys } of [one, other]) while (keys.scheduled.length === 1) await after(20)
      t.equal(JSON.parse(one.keys.assertionSet).keys.length, 2)
      t.equal(one.keys.assertionSet, other.keys.assertionSet)
      t.equal(one.keys.assertionSigning?.kid, other.keys.assertionSigning?.kid)
    }
  )

  t.test('a token of a key that is not known yet is good at once', async (t) => {
    const { one, other, urls, deafen } = await startTwo(t, server, 'unknown', 60_000)
    deafen()
    const keys = await one.keyStorage.change((keys) => rotateKeys(keys, { ...timesNow(), publishAhead: 0 }))
    one.keys.replace(keys)
    const token = await createCheckedToken(urls[0])
    t.notOk(other.keys.knows(one.keys.signing.kid))
    t.match(await checkUntil(urls[1], token, 200), { length: 1 })
  })

  t.test('with no bound each token is judged by the keys of the database', async (t) => {
    const two = await startTwo(t, server, 'unbound', 0)
    const { urls } = two
    const token = await createCheckedToken(urls[0])
    await checkUntil(urls[1], token, 200)
    await retireUnheard(two)
    t.match(await checkUntil(urls[1], token, 400), { length: 1 })
  })
})
