import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/store/postgres/database.js'
import type { Migration } from '../../../src/store/postgres/migration.js'
import { migrate, migrations } from '../../../src/store/postgres/migrations.js'
import { createAsk } from '../../support/ask.js'
import { temporaryFolder } from '../../support/helper.js'
import { databaseSettings, startInstance } from '../../support/postgres-instances.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { call, serve } from '../../support/process.js'
import { load } from '../../support/service-model.js'

// In milliseconds.
const maxStale = 1000
const loadTime = 3000

/** Migrations of a newer release: one that this program can do without, and one that it cannot. */
const expansion: Migration = {
  number: migrations.length + 1,
  name: 'expand',
  oldest: 1,
  sql: (table) =>
    `ALTER TABLE ${table('users')} ADD COLUMN newer text; CREATE TABLE ${table('newer')} (id text)`
}
const contraction: Migration = {
  number: migrations.length + 2,
  name: 'contract',
  oldest: migrations.length + 1,
  sql: (table) => `CREATE TABLE ${table('newest')} (id text)`
}

t.test('the start of the program on a database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  t.test('five that start at once on an empty one make one schema and one key', async (t) => {
    const url = await server.createDatabase('empty')
    const instances = await Promise.all([1, 2, 3, 4, 5].map(() => startInstance(t, url)))
    const urls = instances.map((instance) => instance.url)
    const sets = await Promise.all(urls.map((each) => call(`${each}/.well-known/jwks.json`, 'GET', {})))
    t.equal(new Set(sets.map(({ body }) => body)).size, 1)
    t.equal(JSON.parse(sets[0]?.body ?? '{}').keys.length, 1)
    const account = { user: 'alice', pass: 'wonderland' }
    t.equal((await call(`${urls[0]}/user`, 'POST', account)).status, 201)
    for (const from of urls) {
      const { body: token } = await call(`${from}/token`, 'GET', account)
      const checks = await Promise.all(urls.map((to) => call(`${to}/check`, 'GET', { access_token: token })))
      t.same(
        checks.map(({ status }) => status),
        urls.map(() => 200)
      )
    }
    const rows = await server.query('SELECT number FROM postern.migrations ORDER BY 1', 'empty')
    t.equal(rows.length, migrations.length)
  })

  t.test(
    'the program goes on, and starts again, beside a newer one, until its schema is too new',
    async (t) => {
      const url = await server.createDatabase('rolling')
      const [old, other] = await Promise.all([startInstance(t, url), startInstance(t, url)])
      const database = openSchema(t, url)
      const instances = [old, other] as const
      const ask = createAsk(() => instances[Math.random() < 0.5 ? 0 : 1].url)
      let isOver = false
      const [result] = await Promise.all([
        load({ ask, maxStale, isOver: () => isOver }),
        (async () => {
          await after(loadTime / 3)
          t.match(await migrate(database, 'postern', [...migrations, expansion]), [{ name: 'expand' }])
          await after(loadTime / 3)
          await old.kill()
          await old.start()
          await after(loadTime / 3)
          isOver = true
        })()
      ])
      t.same(result.violations, [])
      t.equal(result.unavailable, 0, 'the migration made nobody wait')

      await migrate(database, 'postern', [...migrations, expansion, contraction])
      t.equal((await call(`${old.url}/user`, 'POST', { user: 'late', pass: 'wonderland' })).status, 201)
      const refused = serve(t, temporaryFolder(t), databaseSettings(url))
      t.equal(await refused.exit, 3)
      t.match(refused.stderr, /written by a newer Postern/)
    }
  )
})

function openSchema(t: Test, url: string) {
  const database = openDatabase({ url, source: 'the test', schema: 'postern', connections: 1 })
  t.teardown(() => database.close())
  return database
}
