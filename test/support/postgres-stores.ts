import type { Test } from 'tap'
import { connect, connectionOptions } from '../../src/store/postgres/connection.js'
import { type Database, openDatabase } from '../../src/store/postgres/database.js'
import { migrate } from '../../src/store/postgres/migrations.js'
import { createPostgresStore } from '../../src/store/postgres/postgres-store.js'
import { openStoreParts, type PostgresStoreOptions } from '../../src/store/postgres/store-parts.js'
import type { Store } from '../../src/store/store.js'

const source = 'the test'
let schemas = 0

/** An empty schema of a database, in which any number of stores may be opened. */
export interface StoreSchema {
  readonly url: string
  readonly schema: string
}

/** Makes an empty schema, with all tables, in the database of this URL. */
export async function createSchema(t: Test, url: string): Promise<StoreSchema> {
  schemas += 1
  const schema = `test_${schemas}`
  const database = openSchema(t, { url, schema })
  await migrate(database, schema)
  return { url, schema }
}

/** The database of a schema, closed after the test. */
export function openSchema(t: Test, { url, schema }: StoreSchema, connections = 4): Database {
  const database = openDatabase({ url, source, schema, connections })
  t.teardown(() => database.close())
  return database
}

/** A store that is closed after the test. @param options of the store; `listenTo` is the URL for its listener, if it is another one. */
export async function openStoreOf(
  t: Test,
  place: StoreSchema,
  options: Partial<PostgresStoreOptions> & { listenTo?: string } = {}
): Promise<Store> {
  const { listenTo = place.url, ...others } = options
  const database = openDatabase({ ...place, source, connections: 10 })
  const listening = connectionOptions({ url: listenTo, source })
  const parts = await openStoreParts({
    database,
    connect: (failed) => connect(listening, failed),
    maxStale: 1000,
    cacheSize: 10_000,
    clock: Date.now,
    warn: () => {},
    ...others
  })
  const store = createPostgresStore(parts)
  t.teardown(async () => {
    await store.close()
    await database.close()
  })
  return store
}
