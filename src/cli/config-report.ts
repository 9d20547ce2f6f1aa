import { X509Certificate } from 'node:crypto'
import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { readUsersFile } from '../accounts/users-file.js'
import { readLogo } from '../browser/brand.js'
import { openSitesFile } from '../browser/sites-file.js'
import { loadAdminKey } from '../config/admin-key.js'
import { type Config, findWrongSettings, loadConfig, warnOfUnknownSettings } from '../config/config.js'
import type { ReadEnvironment } from '../config/environment.js'
import { loadGivenKey } from '../config/given-key.js'
import { warnOfOpenSettings, weakHashWarning } from '../config/open-settings.js'
import { ConfigSchema, settingSchema } from '../config/schema.js'
import { socketPath } from '../config/socket-path.js'
import { loadStorageKeys } from '../config/storage-keys.js'
import { storeSettings, warnOfOpenDatabase } from '../config/store-settings.js'
import { StartupError } from '../errors/startup-error.js'
import { isBelowOwaspFloors } from '../passwords/passwords.js'
import { loadTls } from '../server/tls.js'
import { requireUsableAddress } from '../store/open-store.js'
import { version } from '../version.js'

/** A setting as the service would have it. */
export interface SettingReport {
  name: string
  /** The text of its variable, or its default; `set` for a secret, `wrong` for what it does not take, null if it is unset. */
  value: string | null
  source: 'default' | 'environment' | '.env'
}

/** All settings, and what an operator should know of them. */
export interface ConfigReport {
  version: string
  settings: SettingReport[]
  /** Odd settings, with which the service starts all the same. */
  warnings: string[]
  /** The reasons for which it would not start. */
  errors: string[]
}

// In seconds: most certificates are renewed earlier.
const certificateNotice = 14 * 86_400

/**
 * Describes the settings of an environment, and reads the files that they name. It changes nothing, opens no store, and never
 * holds a secret.
 *
 * @param now in seconds.
 */
export async function reportConfig(
  { environment, fromDotenv }: ReadEnvironment,
  now: number
): Promise<ConfigReport> {
  const wrong = findWrongSettings(environment)
  const settings = Object.keys(ConfigSchema.properties).map((name): SettingReport => {
    const { default: fallback, writeOnly } = settingSchema(name) ?? {}
    const text = environment[name] ?? ''
    if (text === '') {
      return { name, value: fallback === undefined ? null : String(fallback), source: 'default' }
    }
    const value = wrong.has(name) ? 'wrong' : writeOnly ? 'set' : text
    return { name, value, source: fromDotenv.includes(name) ? '.env' : 'environment' }
  })
  const report = {
    version,
    settings,
    warnings: warnOfUnknownSettings(environment),
    errors: [...wrong.values()]
  }
  if (wrong.size > 0) return report
  try {
    const config = loadConfig(environment)
    if (config.isStoreImplied) report.settings = withImpliedStore(settings, config)
    // A file of it that cannot be read is among the errors.
    const ofDatabase = await storeSettings(config).then(warnOfOpenDatabase, () => [])
    report.warnings.push(...warnOfSettings(config), ...ofDatabase, ...(await warnOfFiles(config, now)))
    report.errors.push(...(await findErrors(config)))
  } catch (error) {
    report.errors.push(messageOf(error))
  }
  return report
}

/** The settings with the store that the URL of a database implies, which comes from where that comes from. */
function withImpliedStore(settings: SettingReport[], { POSTERN_STORE: value }: Config): SettingReport[] {
  const urls = ['POSTERN_DATABASE_URL', 'POSTERN_DATABASE_URL_FILE']
  const source = settings.find(({ name, value }) => urls.includes(name) && value !== null)?.source
  return settings.map((setting) =>
    setting.name === 'POSTERN_STORE' && source !== undefined ? { ...setting, value, source } : setting
  )
}

function warnOfSettings(config: Config): string[] {
  const isWeak = isBelowOwaspFloors(config.POSTERN_HASH_MEMORY_KIB, config.POSTERN_HASH_ITERATIONS)
  return [
    ...warnOfOpenSettings(config),
    ...(isWeak ? [weakHashWarning] : []),
    ...(config.POSTERN_STORE === 'memory'
      ? ['POSTERN_STORE=memory keeps nothing: users and keys are gone when the service ends']
      : [])
  ]
}

/** The errors of what the start reads beside the environment. */
async function findErrors(config: Config): Promise<string[]> {
  const {
    POSTERN_USERS_FILE: usersFile,
    POSTERN_SITES_FILE: sitesFile,
    POSTERN_BRAND_LOGO_FILE: logo
  } = config
  const checks: (() => unknown)[] = [
    () => requireUsableFolder(config),
    () => requireSocketFolder(config),
    () => loadAdminKey(config),
    () => loadGivenKey(config),
    () => loadStorageKeys(config),
    async () => requireUsableAddress(await storeSettings(config)),
    () => loadTls(config),
    () => usersFile !== undefined && readUsersFile(usersFile),
    () => sitesFile !== undefined && openSitesFile(sitesFile),
    () => logo !== undefined && readLogo(logo)
  ]
  const errors: string[] = []
  for (const check of checks) {
    try {
      await check()
    } catch (error) {
      errors.push(messageOf(error))
    }
  }
  return errors
}

async function requireUsableFolder({ POSTERN_STORE, POSTERN_DATA_DIR }: Config): Promise<void> {
  if (POSTERN_STORE !== 'file') return
  const folder = resolve(POSTERN_DATA_DIR)
  const reason = await stat(folder)
    .then(async (stats) => {
      if (!stats.isDirectory()) return 'ENOTDIR'
      return await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    })
    // The start makes the folder.
    .catch(({ code }: NodeJS.ErrnoException) => (code === 'ENOENT' ? undefined : code))
  if (reason === undefined) return
  throw new StartupError(
    'wrongSetting',
    `POSTERN_DATA_DIR takes ${settingSchema('POSTERN_DATA_DIR')?.description}; ${folder} cannot be used (${reason})`
  )
}

async function requireSocketFolder(config: Config): Promise<void> {
  const path = socketPath(config)
  // The start makes the data folder.
  if (path === undefined || config.POSTERN_SOCKET === undefined) return
  const folder = resolve(dirname(path))
  if (folder === resolve(config.POSTERN_DATA_DIR)) return
  await access(folder, constants.W_OK | constants.X_OK).catch(({ code }: NodeJS.ErrnoException) => {
    throw new StartupError(
      'wrongSetting',
      `POSTERN_SOCKET takes ${settingSchema('POSTERN_SOCKET')?.description}; no socket can be made in ${folder} (${code})`
    )
  })
}

/** Warnings of files that the start can read, but that are odd. */
async function warnOfFiles(config: Config, now: number): Promise<string[]> {
  const secrets = [
    'POSTERN_ADMIN_KEY_FILE',
    'POSTERN_DATABASE_URL_FILE',
    'POSTERN_DATABASE_DIRECT_URL_FILE',
    'POSTERN_SIGNING_KEY_FILE',
    'POSTERN_STORAGE_KEY_FILE',
    'POSTERN_TLS_KEY_FILE',
    'POSTERN_USERS_FILE'
  ] as const
  const warnings = await Promise.all(secrets.map((name) => warnOfReaders(name, config[name])))
  return [...warnings.flat(), ...warnOfCertificate(config, now)]
}

async function warnOfReaders(name: string, path: string | undefined): Promise<string[]> {
  if (path === undefined || process.platform === 'win32') return []
  const stats = await stat(path).catch(() => undefined)
  // A pipe is nobody else's.
  if (!stats?.isFile() || (stats.mode & 0o004) === 0) return []
  return [`${name} may be read by everybody on this machine: chmod o-r it`]
}

function warnOfCertificate(config: Config, now: number): string[] {
  try {
    const tls = loadTls(config)
    if (tls === undefined) return []
    const left = Date.parse(new X509Certificate(tls.cert).validTo) / 1000 - now
    if (left < 0) return ['the certificate of POSTERN_TLS_CERT_FILE has expired']
    if (left > certificateNotice) return []
    return [`the certificate of POSTERN_TLS_CERT_FILE expires in ${Math.floor(left / 86_400)} days`]
  } catch {
    // It is among the errors.
    return []
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof StartupError)) throw error
  return error.message
}
