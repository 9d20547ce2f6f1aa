import type { Test } from 'tap'
import { type Database, openDatabase } from '../../src/store/postgres/database.js'
import { migrate } from '../../src/store/postgres/migrations.js'
import type { PostgresServer } from './postgres-server.js'

/** The schema of the databases of tests. */
export const schema = 'postern'

let made = 0

/** Opens a database, and closes it after the test. */
export function openTestDatabase(t: Test, url: string): Database {
  const database = openDatabase({ url, source: 'the test', schema, connections: 10 })
  t.teardown(() => database.close())
  return database
}

/** An empty database with all tables, and its URL. */
export async function createTestDatabase(t: Test, server: PostgresServer) {
  made += 1
  const url = await server.createDatabase(`test_${made}`)
  const database = openTestDatabase(t, url)
  await migrate(database, schema)
  return { database, url, name: `test_${made}` }
}
