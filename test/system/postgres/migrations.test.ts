import t, { type Test } from 'tap'
import { type Database, openDatabase } from '../../../src/store/postgres/database.js'
import type { Migration } from '../../../src/store/postgres/migration.js'
import { migrate, migrations, pendingMigrations } from '../../../src/store/postgres/migrations.js'
import { openStoreFacts } from '../../../src/store/postgres/store-facts.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

const schema = 'a "schema"'
const damaged = { name: 'StartupError', exitCode: 3 }

function table(number: number, oldest: number): Migration {
  return {
    number,
    name: `table ${number}`,
    oldest,
    sql: (table) => `CREATE TABLE ${table(`t${number}`)} (id integer); SELECT pg_sleep(0.05)`
  }
}

t.test('migrations', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  function open(t: Test, url: string) {
    const database = openDatabase({ url, source: 'the test', schema, connections: 2 })
    t.teardown(() => database.close())
    return database
  }

  t.test('five processes that start at once on an empty database apply each migration once', async (t) => {
    const url = await server.createDatabase('once')
    const known = [...migrations, table(3, 1), table(4, 1)]
    const done = await Promise.all(Array.from({ length: 5 }, () => migrate(open(t, url), schema, known)))
    t.same(
      done
        .flat()
        .map(({ number }) => number)
        .sort(),
      [1, 2, 3, 4]
    )
    const database = open(t, url)
    t.same(await pendingMigrations(database, schema, known), [])
    t.match(await database.query(`SELECT value FROM ${database.table('meta')}`), [
      { value: /^[0-9a-f]{32}$/ }
    ])
  })

  t.test('a migration that fails leaves nothing, and the ones before it', async (t) => {
    const database = open(t, await server.createDatabase('failed'))
    const broken: Migration = {
      ...table(2, 1),
      sql: (table) => `CREATE TABLE ${table('half')} (id integer); SELECT nothing`
    }
    await t.rejects(migrate(database, schema, [table(1, 1), broken]), { code: '42703' })
    t.match(await pendingMigrations(database, schema, [table(1, 1), broken]), [{ number: 2 }])
    t.same(await database.query('SELECT to_regclass($1) AS half', [database.table('half')]), [{ half: null }])
  })

  t.test('a program goes on beside a newer one, until a migration names it as too old', async (t) => {
    const database = open(t, await server.createDatabase('newer'))
    const [first, second, third] = [table(1, 1), table(2, 1), table(3, 2)] as const
    await migrate(database, schema, [first, second])
    t.same(await migrate(database, schema, [first]), [], 'nothing to do')
    await migrate(database, schema, [first, second, third])
    t.same(await migrate(database, schema, [first, second]), [])
    const tooOld = { ...damaged, message: /written by a newer Postern/ }
    await t.rejects(migrate(database, schema, [first]), tooOld)
    await t.rejects(pendingMigrations(database, schema, [first]), tooOld)
  })

  t.test('a migration that was edited after it was applied stops the start', async (t) => {
    const database = open(t, await server.createDatabase('edited'))
    await migrate(database, schema, [table(1, 1)])
    const edited = { ...table(1, 1), sql: () => 'SELECT 1' }
    await t.rejects(migrate(database, schema, [edited]), { ...damaged, message: /another migration 1/ })
  })

  t.test('a role that may not make schemas uses the one that was made for it', async (t) => {
    await server.createDatabase('poor')
    await server.query('CREATE ROLE poor LOGIN; CREATE SCHEMA "a ""schema""" AUTHORIZATION poor', 'poor')
    const database = open(t, `postgres://poor@127.0.0.1:${server.port}/poor`)
    t.match(await migrate(database, schema), [{ number: 1 }])
  })

  t.test(
    'a database that held accounts before migration 2 is one of an earlier release, and stays one',
    async (t) => {
      const isFromEarlierRelease = async (database: Database) =>
        (await openStoreFacts(database, Date.now, 60)).isFromEarlierRelease
      for (const [name, accounts] of [
        ['with_accounts', ['alice']],
        ['without', []]
      ] as const) {
        const database = open(t, await server.createDatabase(name))
        await migrate(database, schema, migrations.slice(0, 1))
        const insert = (user: string) =>
          database.query(
            `INSERT INTO ${database.table('users')} (uid, name, state, gen, record) VALUES ($1, $1, 'active', 0, '{}')`,
            [user]
          )
        for (const user of accounts) await insert(user)
        t.match(await migrate(database, schema), [{ number: 2 }])
        await insert('bob')
        for (const _ of ['first start', 'second start'])
          t.equal(await isFromEarlierRelease(database), accounts.length > 0, name)
      }
      const made = open(t, await server.createDatabase('made'))
      await migrate(made, schema)
      t.equal(await isFromEarlierRelease(made), false)
    }
  )
})
