import { resolve } from 'node:path'
import { StartupError } from '../errors/startup-error.js'
import { isLoopbackHost } from '../networks.js'
import type { Config } from './config.js'
import { readSecretFile } from './setting-file.js'
import { loadStorageKeys } from './storage-keys.js'
import { isDatabaseUrl } from './storage-settings.js'

/**
 * Where everything is kept, as the store takes it, and its place for people. Reads the files of the secrets.
 *
 * @throws `StartupError` (wrong setting) for a file that cannot be read, or that holds something else.
 */
export async function storeSettings(config: Config) {
  const { POSTERN_STORE: driver, POSTERN_DATA_DIR: folder } = config
  if (driver !== 'postgres') return { driver, folder, place: resolve(folder) }
  const address = await loadAddress(config, 'POSTERN_DATABASE_URL')
  const storageKeys = await loadStorageKeys(config)
  if (address === undefined || storageKeys.length === 0) throw new Error('loadConfig requires both')
  return {
    driver,
    folder,
    place: describe(address.url),
    isImplied: config.isStoreImplied,
    database: {
      ...address,
      direct: (await loadAddress(config, 'POSTERN_DATABASE_DIRECT_URL')) ?? address,
      connections: config.POSTERN_DATABASE_POOL,
      schema: config.POSTERN_DATABASE_SCHEMA,
      maxStale: config.POSTERN_DATABASE_MAX_STALE,
      cacheSize: config.POSTERN_TOKEN_CACHE_SIZE,
      storageKeys
    }
  }
}

/** The settings of a store; see `storeSettings`. */
export type LoadedStoreSettings = Awaited<ReturnType<typeof storeSettings>>

/** A warning of each URL that leads to another machine, and does not say whether it is encrypted. */
export function warnOfOpenDatabase(settings: LoadedStoreSettings): string[] {
  if (settings.driver !== 'postgres') return []
  const { database } = settings
  const sources = [database, database.direct].filter(({ url }) => isOpen(url)).map(({ source }) => source)
  return [...new Set(sources)].map(
    (source) =>
      `${source} has accounts and sessions travel in the clear: add sslmode=verify-full, or sslmode=disable for a network that nobody else can read`
  )
}

function isOpen(url: string): boolean {
  const { hostname, searchParams } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  // With sslrootcert alone it is as with verify-full; the parameter host is the folder of a socket.
  return !isLoopbackHost(host) && !['sslmode', 'sslrootcert', 'host'].some((name) => searchParams.has(name))
}

type FiledSetting = 'POSTERN_DATABASE_URL' | 'POSTERN_DATABASE_DIRECT_URL'

async function loadAddress(config: Config, name: 'POSTERN_DATABASE_URL' | 'POSTERN_DATABASE_DIRECT_URL') {
  const loaded = await load(config, name)
  if (loaded === undefined || isDatabaseUrl(loaded.text)) {
    return loaded && { url: loaded.text, source: loaded.source }
  }
  throw wrong(`${loaded.source} takes a file with postgres://user:password@host/database`)
}

/** The text of a setting, or that of its file, and the name of the one of the two that is set. */
async function load(
  config: Config,
  name: FiledSetting
): Promise<{ text: string; source: string } | undefined> {
  const text = config[name]
  if (text !== undefined) return { text, source: name }
  const file = config[`${name}_FILE`]
  if (file === undefined) return undefined
  return { text: await readSecretFile(`${name}_FILE`, file), source: `${name}_FILE` }
}

function describe(url: string): string {
  const { host, pathname } = new URL(url)
  return `the database ${decodeURI(pathname.slice(1))} on ${host || 'localhost'}`
}

function wrong(message: string): StartupError {
  return new StartupError('wrongSetting', message)
}
