import { resolve } from 'node:path'
import type { Clock } from '../clock.js'
import { StartupError } from '../errors/startup-error.js'
import type { ScheduledKey } from '../keys/key-ring.js'
import type { KeyChange } from '../keys/key-storage.js'
import type { Acceptance, OpenedStore, Restoration, StoreEnvironment } from './driver.js'
import type { PostgresSettings } from './postgres/postgres-settings.js'

/** Where everything is kept: in a data folder, or in memory for as long as the process lives. */
export interface FolderSettings {
  driver: 'file' | 'memory'
  /** The path of the data folder, which the driver `memory` does not touch. */
  folder: string
}

/** The same of a database. */
export interface DatabaseStoreSettings {
  driver: 'postgres'
  database: PostgresSettings
  /** The database for people, without a secret. */
  place: string
  /** The data folder that the service would have without the database. */
  folder: string
  /** Whether nobody has said that the data folder is given up for the database. */
  isImplied: boolean
}

/** Where everything is kept. */
export type StoreSettings = FolderSettings | DatabaseStoreSettings

/** The migrations of a database by their names: those that a start has yet to apply, or that were applied just now. */
export type MigrationNames = readonly string[]

/**
 * Opens what these settings name. The drivers are told apart here, and nowhere else.
 *
 * @throws `StartupError` for a data folder that is another's (folder in use), that cannot be written or trusted (folder not
 *   writable), or that holds what cannot be read (damaged file); as `openReadyDatabase`, and for an empty database whose settings
 *   have left the accounts of a data folder behind (wrong setting).
 */
export async function openStore(
  settings: StoreSettings,
  environment: StoreEnvironment
): Promise<OpenedStore> {
  switch (settings.driver) {
    case 'file': {
      const { openFolderStore } = await import('./file/folder-store.js')
      return await openFolderStore(resolve(settings.folder), environment)
    }
    case 'memory': {
      const { openMemoryStore } = await import('./memory-store.js')
      return await openMemoryStore(environment)
    }
    case 'postgres':
      return await openDatabaseStore(settings, environment)
  }
}

async function openDatabaseStore(
  { database, folder, isImplied }: DatabaseStoreSettings,
  environment: StoreEnvironment
): Promise<OpenedStore> {
  const { openPostgres } = await import('./postgres/opened-postgres.js')
  const opened = await openPostgres(database, environment)
  try {
    if (isImplied) await requireNothingLeftBehind(opened, resolve(folder))
    return opened
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function requireNothingLeftBehind({ store }: OpenedStore, folder: string): Promise<void> {
  const { users } = await store.listUsers({ by: 'name', text: '', limit: 1 })
  if (users.length > 0) return
  const { holdsAccounts } = await import('./file/former-accounts.js')
  if (!(await holdsAccounts(folder))) return
  throw new StartupError(
    'wrongSetting',
    `the database is empty, and ${folder} holds accounts: bring them there with postern store copy --from file:${folder} --to postgres:, or set POSTERN_STORE=postgres to begin without them`
  )
}

/**
 * Requires that there is something to read in the place of these settings. Makes nothing there.
 *
 * @throws `StartupError` (wrong setting) for a folder that is missing, or in which no service has kept anything.
 */
export async function requireStore(settings: StoreSettings): Promise<void> {
  if (settings.driver !== 'file') return
  const { holdsStore } = await import('./file/former-accounts.js')
  const folder = resolve(settings.folder)
  if (await holdsStore(folder)) return
  throw new StartupError('wrongSetting', `${folder} is no data folder of a service: nothing is kept in it`)
}

/**
 * Changes the keys of these settings, also while a service has opened the store. Gives the keys after it.
 *
 * @throws `StartupError` (wrong setting) where no keys are kept; as `KeyStorage.change`.
 */
export async function changeKeys(
  settings: StoreSettings,
  clock: Clock,
  change: KeyChange
): Promise<readonly ScheduledKey[]> {
  switch (settings.driver) {
    case 'file': {
      const { createKeyFile } = await import('./file/key-file.js')
      return await createKeyFile(resolve(settings.folder)).change(change)
    }
    case 'memory':
      throw keepsNo('keys')
    case 'postgres': {
      const { changePostgresKeys } = await import('./postgres/opened-postgres.js')
      return await changePostgresKeys(settings.database, clock, change)
    }
  }
}

/**
 * Takes the documents of these settings as an operator has edited them: checks their shape, and writes the checksum of what
 * is in them. Gives what became of each.
 *
 * @throws `StartupError` (wrong setting) where no documents are kept; and as `acceptData`.
 */
export async function acceptEdits(settings: StoreSettings): Promise<Record<string, Acceptance>> {
  if (settings.driver !== 'file') throw keepsNo('files', settings.driver)
  const { acceptData } = await import('./file/accept-data.js')
  return await acceptData(resolve(settings.folder))
}

/**
 * Takes the place of these settings, which must be empty, for the content of a backup.
 *
 * @throws `StartupError` (wrong setting) where nothing is kept; as `openFolderRestoration`, and as `openPostgresRestoration`.
 */
export async function openRestoration(settings: StoreSettings, clock: Clock): Promise<Restoration> {
  switch (settings.driver) {
    case 'file': {
      const { openFolderRestoration } = await import('./file/restoration.js')
      return await openFolderRestoration(resolve(settings.folder))
    }
    case 'memory':
      throw keepsNo('data')
    case 'postgres': {
      const [{ openPostgresRestoration }, { requireRecords }] = await Promise.all([
        import('./postgres/postgres-restoration.js'),
        import('./file/restoration.js')
      ])
      return await openPostgresRestoration(settings.database, settings.place, clock, requireRecords)
    }
  }
}

/**
 * The migrations that the database of these settings lacks; with `apply` they are applied. Without it nothing is changed.
 *
 * @throws `StartupError` (wrong setting) where there is no database; as `openDatabase`, `migrate` and `pendingMigrations`.
 */
export async function migrateStore(settings: StoreSettings, apply: boolean): Promise<MigrationNames> {
  if (settings.driver !== 'postgres') {
    throw new StartupError('wrongSetting', 'there is no database to migrate: POSTERN_DATABASE_URL is unset')
  }
  const { migratePostgres } = await import('./postgres/opened-postgres.js')
  return await migratePostgres(settings.database, apply)
}

/**
 * Requires that the URL of the database, if there is one, can be used. Connects to nothing.
 *
 * @throws `StartupError` (wrong setting).
 */
export async function requireUsableAddress(settings: StoreSettings): Promise<void> {
  if (settings.driver !== 'postgres') return
  const { connectionOptions } = await import('./postgres/connection.js')
  connectionOptions(settings.database)
  connectionOptions(settings.database.direct)
}

/** @throws `StartupError` (wrong setting) if this driver keeps no users. */
export function requireKeptUsers(driver: StoreSettings['driver']): void {
  if (driver === 'memory') throw keepsNo('users')
}

function keepsNo(things: string, driver: StoreSettings['driver'] = 'memory'): StartupError {
  return new StartupError('wrongSetting', `POSTERN_STORE=${driver} keeps no ${things}`)
}
