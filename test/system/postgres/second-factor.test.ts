import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Clock } from '../../../src/clock.js'
import { createServer } from '../../../src/server/server.js'
import { createDatabasePendingSignIns } from '../../../src/store/postgres/database-pending-sign-ins.js'
import { testPendingSignIns } from '../../store/pending-sign-ins-contract.js'
import { setUpFactor, signInWithCode } from '../../support/factors.js'
import { bearer, cheap, createClock, send, signUp, temporaryFolder } from '../../support/helper.js'
import { createTestDatabase } from '../../support/postgres-database.js'
import { queryOnce, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

/** The clock of this machine, which that of the database is compared with at a start, and from which it is moved later. */
function createLiveClock() {
  let passed = 0
  return Object.assign(() => Date.now() + passed, {
    advance(seconds: number) {
      passed += seconds * 1000
    }
  })
}

const createKey = () => randomBytes(32).toString('base64')

t.test('second factors in the database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  async function settingsOf(name: string) {
    return {
      POSTERN_STORE: '',
      POSTERN_DATA_DIR: temporaryFolder(t),
      POSTERN_DATABASE_URL: await server.createDatabase(name),
      POSTERN_STORAGE_KEY: createKey()
    }
  }

  async function startInstance(t: Test, settings: object, clock: Clock) {
    const app = createServer({ environment: { ...cheap, ...settings }, clock }, { write() {} })
    t.teardown(() => app.close())
    await app.ready()
    return app
  }

  t.test('every driver keeps the promises of sign-ins under way: postgres', async (t) => {
    testPendingSignIns(t, async (t) => {
      const clock = createClock()
      const { database } = await createTestDatabase(t, server)
      return { signIns: createDatabasePendingSignIns(database, clock), clock }
    })
  })

  t.test('a code is good once over all instances, and each takes the second step', async (t) => {
    const settings = await settingsOf('instances')
    const clock = createLiveClock()
    const instances = [
      await startInstance(t, settings, clock),
      await startInstance(t, settings, clock),
      await startInstance(t, settings, clock)
    ] as const
    const [one, two, three] = instances
    const { otp, secret, recoveryCodes } = await setUpFactor(one, clock, await signUp(one))
    for (const code of [otp(), String(recoveryCodes[0])]) {
      const attempts = Array.from({ length: 15 }, (_, index) =>
        send(instances[index % 3] ?? one, 'GET', '/token', { user: 'alice', pass: 'wonderland', otp: code })
      )
      const statuses = (await Promise.all(attempts)).map(({ statusCode }) => statusCode)
      t.equal(statuses.filter((status) => status === 200).length, 1)
      t.ok(statuses.every((status) => [200, 403, 429].includes(status)))
    }
    const state = await one.signIn.begin('alice', 'wonderland', { address: '203.0.113.9' })
    if (state.kind === 'complete') throw new Error('it asks for no code')
    const code = otp()
    const finish = (app: typeof one) => app.signIn.finish(state.secret, code, { address: '203.0.113.9' })
    const results = await Promise.allSettled([two, three, two, three].map(finish))
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)

    const token = await signInWithCode(three, otp())
    t.equal((await send(two, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 200)
    const rows = await queryOnce<{ record: object }>(
      settings.POSTERN_DATABASE_URL,
      'SELECT record FROM postern.users'
    )
    t.match(rows, [{ record: { secondFactor: { secret: /^v1:/ } } }])
    t.notOk(JSON.stringify(rows).includes(secret))
  })

  t.test('wrong codes count for the account over all instances', async (t) => {
    const settings = await settingsOf('guesses')
    const clock = createLiveClock()
    const instances = [await startInstance(t, settings, clock), await startInstance(t, settings, clock)]
    const [one, two] = instances as [(typeof instances)[0], (typeof instances)[0]]
    await setUpFactor(one, clock, await signUp(one))
    const statuses = []
    for (let guess = 0; guess < 12; guess += 1) {
      const values = { user: 'alice', pass: 'wonderland', otp: '000000' }
      statuses.push((await send(guess % 2 ? one : two, 'GET', '/token', values)).statusCode)
    }
    t.same(statuses, [...Array(10).fill(403), 429, 429])
  })

  t.test('the storage key is changed with factors in place', async (t) => {
    const settings = await settingsOf('keys')
    const before = await startInstance(t, settings, Date.now)
    // Moved by itself: each start compares the clock of the service with that of the database.
    const { recoveryCodes } = await setUpFactor(before, createLiveClock(), await signUp(before))
    await before.close()
    const next = createKey()
    const both = { ...settings, POSTERN_STORAGE_KEY: `${next},${settings.POSTERN_STORAGE_KEY}` }
    await (await startInstance(t, both, Date.now)).close()
    const after = await startInstance(t, { ...settings, POSTERN_STORAGE_KEY: next }, Date.now)
    t.ok(await signInWithCode(after, String(recoveryCodes[0])))
    await after.close()
    const old = createServer({ environment: { ...cheap, ...settings }, clock: Date.now }, { write() {} })
    await t.rejects(async () => await old.ready(), {
      message: /^POSTERN_STORAGE_KEY does not open/
    })
    await old.close()
  })
})
