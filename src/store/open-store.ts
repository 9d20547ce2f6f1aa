import { resolve } from 'node:path'
import { StartupError } from '../errors/startup-error.js'
import type { KeyStorage } from '../keys/key-storage.js'
import type { Acceptance, OpenedStore, Restoration, StoreEnvironment } from './driver.js'

/** Where everything is kept: in a data folder, or in memory for as long as the process lives. */
export interface StoreSettings {
  driver: 'file' | 'memory'
  /** The path of the data folder, which the driver `memory` does not touch. */
  folder: string
}

/**
 * Opens what these settings name. The drivers are told apart here, and nowhere else.
 *
 * @throws `StartupError` for a data folder that is another's (folder in use), that cannot be written or trusted (folder not
 *   writable), or that holds what cannot be read (damaged file).
 */
export async function openStore(
  { driver, folder }: StoreSettings,
  environment: StoreEnvironment
): Promise<OpenedStore> {
  if (driver === 'file') {
    const { openFolderStore } = await import('./file/folder-store.js')
    return await openFolderStore(resolve(folder), environment)
  }
  const { openMemoryStore } = await import('./memory-store.js')
  return await openMemoryStore(environment)
}

/**
 * The keys of these settings, also while a service has opened the store.
 *
 * @throws `StartupError` (wrong setting) where no keys are kept.
 */
export async function openKeyStorage({ driver, folder }: StoreSettings): Promise<KeyStorage> {
  if (driver === 'memory') throw keepsNo('keys')
  const { createKeyFile } = await import('./file/key-file.js')
  return createKeyFile(resolve(folder))
}

/**
 * Takes the documents of these settings as an operator has edited them: checks their shape, and writes the checksum of what
 * is in them. Gives what became of each.
 *
 * @throws `StartupError` (wrong setting) where nothing is kept; and as `acceptData`.
 */
export async function acceptEdits({ driver, folder }: StoreSettings): Promise<Record<string, Acceptance>> {
  if (driver === 'memory') throw keepsNo('data')
  const { acceptData } = await import('./file/accept-data.js')
  return await acceptData(resolve(folder))
}

/**
 * Takes the place of these settings, which must be empty, for the content of a backup.
 *
 * @throws `StartupError` (wrong setting) where nothing is kept; and as `openFolderRestoration`.
 */
export async function openRestoration({ driver, folder }: StoreSettings): Promise<Restoration> {
  if (driver === 'memory') throw keepsNo('data')
  const { openFolderRestoration } = await import('./file/restoration.js')
  return await openFolderRestoration(resolve(folder))
}

/** @throws `StartupError` (wrong setting) where no users are kept. */
export function requireKeptUsers({ driver }: Pick<StoreSettings, 'driver'>): void {
  if (driver === 'memory') throw keepsNo('users')
}

function keepsNo(things: string): StartupError {
  return new StartupError('wrongSetting', `POSTERN_STORE=memory keeps no ${things}`)
}
