import { type Static, type TSchema, Type } from 'typebox'
import { Check } from 'typebox/value'
import { StartupError } from '../errors/startup-error.js'
import { nearest } from '../nearest.js'
import { visibleText } from '../visible-text.js'
import type { Environment } from './environment.js'
import {
  parseCorsOrigin,
  parseGroups,
  parseLoginBackends,
  parseOAuthClients,
  parseTrustProxy
} from './list-settings.js'
import { ConfigSchema, settingSchema } from './schema.js'

type CheckedSettings = Static<typeof ConfigSchema>
type ListSetting = keyof typeof listParsers

/** The settings after checking, under the names of their variables; those that are lists are parsed. */
export interface Config extends Omit<CheckedSettings, ListSetting> {
  /** Fastify's `trustProxy`: the peers whose `X-Forwarded-For` counts, the backends among them. */
  POSTERN_TRUST_PROXY: boolean | string
  /** Addresses and subnets. */
  POSTERN_LOGIN_BACKENDS: readonly string[]
  POSTERN_SECOND_FACTOR_GROUPS: readonly string[]
  /** Origins (RFC 6454 §6.2), `*` for any. */
  POSTERN_CORS_ORIGIN: readonly string[] | '*'
  /** Secrets by the ids of their clients. */
  POSTERN_OAUTH_CLIENTS: ReadonlyMap<string, string>
  /** Whether `POSTERN_STORE` is unset, and `postgres` follows from the URL of a database. */
  isStoreImplied: boolean
}

// Each gives undefined for what is no list of its kind.
const listParsers = {
  POSTERN_TRUST_PROXY: parseTrustProxy,
  POSTERN_LOGIN_BACKENDS: parseLoginBackends,
  POSTERN_SECOND_FACTOR_GROUPS: parseGroups,
  POSTERN_CORS_ORIGIN: parseCorsOrigin,
  POSTERN_OAUTH_CLIENTS: parseOAuthClients
}

/**
 * The settings in the environment, with defaults for what is missing. An empty variable counts as unset.
 *
 * @throws `StartupError` (wrong setting) that names each wrong variable and what it takes, and repeats its value unless that
 *   may hold a secret.
 */
export function loadConfig(environment: Environment): Config {
  const wrongSettings = findWrongSettings(environment)
  if (wrongSettings.size > 0) throw wrong([...wrongSettings.values()].join('; '))
  const settings = readSettings(environment)
  for (const name of filedSettings) {
    if (settings[name] === undefined || settings[`${name}_FILE`] === undefined) continue
    throw wrong(`${name} and ${name}_FILE are both set: set one of them`)
  }
  if ((settings.POSTERN_TLS_CERT_FILE === undefined) !== (settings.POSTERN_TLS_KEY_FILE === undefined)) {
    throw wrong('POSTERN_TLS_CERT_FILE and POSTERN_TLS_KEY_FILE take both, or none of them')
  }
  const parsed = <Name extends ListSetting>(name: Name, ...more: string[][]) =>
    // Found right above.
    listParsers[name](settings[name] as string, ...more) as Config[Name]
  const backends = parsed('POSTERN_LOGIN_BACKENDS') as string[]
  return {
    ...settings,
    ...chosenStore(settings, environment),
    POSTERN_LOGIN_BACKENDS: backends,
    POSTERN_TRUST_PROXY: parsed('POSTERN_TRUST_PROXY', backends),
    POSTERN_SECOND_FACTOR_GROUPS: parsed('POSTERN_SECOND_FACTOR_GROUPS'),
    POSTERN_CORS_ORIGIN: parsed('POSTERN_CORS_ORIGIN'),
    POSTERN_OAUTH_CLIENTS: parsed('POSTERN_OAUTH_CLIENTS')
  }
}

// The secrets that are set, or in a file that is set.
const filedSettings = [
  'POSTERN_SIGNING_KEY',
  'POSTERN_DATABASE_URL',
  'POSTERN_DATABASE_DIRECT_URL',
  'POSTERN_STORAGE_KEY'
] as const

/** @throws `StartupError` (wrong setting) for a store and a database that exclude each other, and for a database without its key. */
function chosenStore(settings: CheckedSettings, environment: Environment) {
  const source = ['POSTERN_DATABASE_URL', 'POSTERN_DATABASE_URL_FILE'].find((name) => environment[name])
  const isImplied = source !== undefined && !environment.POSTERN_STORE
  const store = isImplied ? 'postgres' : settings.POSTERN_STORE
  if (store !== 'postgres') {
    if (source === undefined) return { isStoreImplied: false }
    throw wrong(`POSTERN_STORE=${store} and ${source} are both set: unset one of them`)
  }
  if (source === undefined) throw wrong('POSTERN_STORE=postgres takes POSTERN_DATABASE_URL, too')
  if (settings.POSTERN_STORAGE_KEY === undefined && settings.POSTERN_STORAGE_KEY_FILE === undefined) {
    throw wrong(
      'a database takes POSTERN_STORAGE_KEY, too, which encrypts the signing keys in it: `openssl rand -base64 32` makes one'
    )
  }
  return { POSTERN_STORE: store, isStoreImplied: isImplied } as const
}

/**
 * The settings that are wrong by themselves, each with a sentence that names the variable and what it takes, and repeats its
 * value unless that may hold a secret.
 */
export function findWrongSettings(environment: Environment): ReadonlyMap<string, string> {
  const settings: Record<string, unknown> = readSettings(environment)
  const names = Object.keys(settings).filter((name) => !isRight(name, settings[name]))
  return new Map(names.map((name) => [name, refuse(name, environment)]))
}

/** The longest lifetime of a token, in seconds. */
export function longestTtl({ POSTERN_ACCESS_TOKEN_TTL, POSTERN_REFRESH_TOKEN_TTL }: Config): number {
  return Math.max(POSTERN_ACCESS_TOKEN_TTL, POSTERN_REFRESH_TOKEN_TTL)
}

/** The limits on the number of sessions of one kind. */
export function sessionLimits({ POSTERN_MAX_SESSIONS, POSTERN_MAX_SESSIONS_TOTAL }: Config) {
  return { perUser: POSTERN_MAX_SESSIONS, total: POSTERN_MAX_SESSIONS_TOTAL }
}

/** The variable that tells the command of `serve --fixture -- COMMAND` where the fixture is. It is no setting. */
export const addressVariable = 'POSTERN_URL'

/** A warning of each unknown variable that looks like a setting: most likely it is misspelt. */
export function warnOfUnknownSettings(environment: Environment): string[] {
  const names = Object.keys(ConfigSchema.properties)
  return Object.keys(environment)
    .filter((name) => name.startsWith('POSTERN_') && name !== addressVariable && !names.includes(name))
    .map((name) => {
      const meant = nearest(name, names)
      const question = meant === undefined ? '' : `: did you mean ${meant}?`
      return `${visibleText(name)} is not a setting of this version of Postern, and does nothing${question}`
    })
}

/** The settings as their variables give them, which may be wrong. */
function readSettings(environment: Environment): CheckedSettings {
  const settings = Object.entries<TSchema & { default?: unknown }>(ConfigSchema.properties)
    .map(([name, schema]) => [name, parse(schema, environment[name]) ?? schema.default])
    .filter(([, value]) => value !== undefined)
  return Object.fromEntries(settings) as CheckedSettings
}

function isRight(name: string, value: unknown): boolean {
  if (!Check(ConfigSchema.properties[name as keyof CheckedSettings] as TSchema, value)) return false
  return !isListSetting(name) || listParsers[name](value as string) !== undefined
}

function isListSetting(name: string): name is ListSetting {
  return Object.hasOwn(listParsers, name)
}

function parse(schema: TSchema, text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined
  // `Number` takes 0x10, 1e3 and even Infinity for a number.
  return Type.IsInteger(schema) && /^\d+$/.test(text) ? Number(text) : text
}

// The text settings whose values are no secrets. An origin may hold a password before an @.
const repeated: ReadonlySet<string> = new Set<ListSetting>([
  'POSTERN_TRUST_PROXY',
  'POSTERN_LOGIN_BACKENDS',
  'POSTERN_SECOND_FACTOR_GROUPS',
  'POSTERN_CORS_ORIGIN'
])

// Longer texts are most likely secrets that were set by mistake.
const maxRepeatedLength = 40

function refuse(name: string, environment: Environment): string {
  const schema: TSchema | undefined = ConfigSchema.properties[name as keyof CheckedSettings]
  const value = environment[name] ?? ''
  const isText = Type.IsString(schema) && !repeated.has(name)
  const isShown = !isText && !/@|^eyJ/.test(value) && value.length <= maxRepeatedLength
  const refused = isShown ? `, not ${visibleText(JSON.stringify(value))}` : ''
  return `${name} takes ${settingSchema(name)?.description}${refused}`
}

function wrong(message: string) {
  return new StartupError('wrongSetting', message)
}
