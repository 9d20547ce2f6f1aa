import { type Clock, toSeconds } from '../../clock.js'
import type { ScheduledKey } from '../../keys/key-ring.js'
import type { KeyChange, KeyStorage } from '../../keys/key-storage.js'
import { createSealing } from '../../sealing.js'
import type { OpenedStore, StoreEnvironment } from '../driver.js'
import { createMemoryFailureCounts } from '../memory-failure-counts.js'
import { connect, connectionOptions } from './connection.js'
import { type Database, openDatabase } from './database.js'
import { createDatabaseFailureCounts } from './database-failure-counts.js'
import { createDatabaseKeys } from './database-keys.js'
import { createDatabasePendingSignIns } from './database-pending-sign-ins.js'
import { createEventTable } from './events.js'
import type { KeyNews } from './key-news.js'
import { migrate, pendingMigrations } from './migrations.js'
import type { PostgresSettings } from './postgres-settings.js'
import { createPostgresStore } from './postgres-store.js'
import { openReadyDatabase, toStartupError } from './ready-database.js'
import { openStoreParts } from './store-parts.js'

/**
 * A store, keys and counts of failures in a database, which any number of processes may have opened.
 *
 * @throws as `openReadyDatabase`; `StartupError` (wrong setting) for the direct address, as `connectionOptions`.
 */
export async function openPostgres(
  settings: PostgresSettings,
  environment: StoreEnvironment
): Promise<OpenedStore> {
  const direct = connectionOptions(settings.direct)
  const { database, applied, warnings } = await openReadyDatabase(settings, environment.clock)
  for (const warning of warnings) environment.warn(undefined, warning)
  try {
    const parts = await openStoreParts({
      ...environment,
      database,
      maxStale: settings.maxStale,
      cacheSize: settings.cacheSize,
      connect: (failed) => connect(direct, failed)
    })
    const store = createPostgresStore(parts)
    return {
      store,
      keyStorage: keysOf(database, settings, environment.clock, parts.keyNews),
      failureCounts: createDatabaseFailureCounts(database, createMemoryFailureCounts(environment.clock)),
      pendingSignIns: createDatabasePendingSignIns(database, environment.clock),
      isNew: applied.some(({ number }) => number === 1),
      isFromEarlierRelease: parts.facts.isFromEarlierRelease,
      close: () => store.close().finally(() => database.close())
    }
  } catch (error) {
    await database.close()
    throw toStartupError(error, settings.source)
  }
}

/** Changes the keys of a database, for a command. @throws as `openReadyDatabase` and `KeyStorage.change`. */
export async function changePostgresKeys(
  settings: PostgresSettings,
  clock: Clock,
  change: KeyChange
): Promise<readonly ScheduledKey[]> {
  const { database } = await openReadyDatabase(settings, clock)
  try {
    return await keysOf(database, settings, clock).change(change)
  } catch (error) {
    throw toStartupError(error, settings.source)
  } finally {
    await database.close()
  }
}

/** See `migrateStore`. @throws as `openDatabase`, `migrate` and `pendingMigrations`. */
export async function migratePostgres(settings: PostgresSettings, apply: boolean): Promise<string[]> {
  const database = openDatabase(settings)
  try {
    const run = apply ? migrate : pendingMigrations
    const migrations = await run(database, settings.schema)
    return migrations.map(({ number, name }) => `${number} ${name}`)
  } catch (error) {
    throw toStartupError(error, settings.source)
  } finally {
    await database.close()
  }
}

// In seconds: as long as an instance catches up with events, and longer.
const eventLifetime = 3600

function keysOf(
  database: Database,
  { storageKeys }: PostgresSettings,
  clock: Clock,
  news?: KeyNews
): KeyStorage {
  const events = createEventTable(database)
  return createDatabaseKeys(database, createSealing(storageKeys), {
    ...(news !== undefined && { news }),
    tell(transaction) {
      const now = toSeconds(clock())
      return events.record(transaction, [{ kind: 'keys', until: now + eventLifetime }], now)
    }
  })
}
