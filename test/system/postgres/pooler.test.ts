import t, { type Test } from 'tap'
import { createAsk } from '../../support/ask.js'
import { check, checkUntil, createCheckedToken } from '../../support/checked-tokens.js'
import { skipWithoutPgBouncer, startPgBouncer } from '../../support/pgbouncer.js'
import { type Instance, startInstance } from '../../support/postgres-instances.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { load } from '../../support/service-model.js'

// In milliseconds.
const maxStale = 1000
const loadTime = 4000

const skip = skipWithoutPostgres || skipWithoutPgBouncer
t.test('the program behind PgBouncer in transaction mode', { skip }, async (t) => {
  const server = await startPostgres(t)
  const poolerOf = await startPgBouncer(t, server)
  const pooled = (url: string) => poolerOf(new URL(url).pathname.slice(1))

  /** A load without a contradiction, and revocations that the other instance hears of. */
  async function requirePromises(t: Test, [one, other]: readonly [Instance, Instance]) {
    for (let round = 0; round < 5; round += 1) {
      const token = await createCheckedToken(one.url)
      t.equal((await check(other.url, token)).status, 200)
      const acknowledged = await token.end()
      const checks = await checkUntil(other.url, token, 400)
      const accepted = checks.filter(({ status }) => status === 200)
      for (const { sent } of accepted) t.ok(sent - acknowledged <= maxStale)
    }
    const deadline = performance.now() + loadTime
    const ask = createAsk(() => (Math.random() < 0.5 ? one : other).url)
    const { violations, unavailable } = await load({
      ask,
      maxStale,
      isOver: () => performance.now() > deadline
    })
    t.same(violations, [])
    t.equal(unavailable, 0)
  }

  t.test('it works with a way of its own for the notifications', async (t) => {
    const url = await server.createDatabase('direct')
    const settings = { POSTERN_DATABASE_DIRECT_URL: url }
    const both = await Promise.all([
      startInstance(t, pooled(url), settings),
      startInstance(t, pooled(url), settings)
    ])
    await requirePromises(t, both)
    for (const { program } of both) t.notMatch(program.stderr, /POSTERN_DATABASE_DIRECT_URL/)
  })

  t.test('it works without one, and says so', async (t) => {
    const url = pooled(await server.createDatabase('indirect'))
    const both = await Promise.all([startInstance(t, url), startInstance(t, url)])
    await requirePromises(t, both)
    for (const { program } of both) await program.logged(/POSTERN_DATABASE_DIRECT_URL/)
  })
})
