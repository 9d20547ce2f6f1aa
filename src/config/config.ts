import { type Static, type TSchema, Type } from 'typebox'
import { Check } from 'typebox/value'
import { StartupError } from '../errors/startup-error.js'
import { algorithms } from '../keys/algorithms.js'
import type { Environment } from './environment.js'
import {
  minSecretLength,
  parseCorsOrigin,
  parseLoginBackends,
  parseOAuthClients,
  parseTrustProxy
} from './list-settings.js'

const integer = (minimum: number, maximum: number, fallback: number, unit = '') =>
  Type.Integer({
    minimum,
    maximum,
    default: fallback,
    description: `a whole number${unit && ` of ${unit}`} from ${minimum} to ${maximum}`
  })

const oneOf = <const Values extends string[]>(values: Values, fallback: Values[number]) =>
  Type.Enum<Values>(values, { default: fallback, description: `one of ${values.join(', ')}` })

const maxTtl = 10 * 365 * 86_400

/**
 * The settings, and the only description of them; `description` completes the sentence "It takes …"; one that is a secret is
 * `writeOnly`.
 */
export const ConfigSchema = Type.Object({
  POSTERN_HOST: Type.String({ default: '127.0.0.1', description: 'an address or a host name to listen on' }),
  POSTERN_PORT: integer(0, 65_535, 3000),
  POSTERN_DATA_DIR: Type.String({ default: './data', description: 'the path of a folder' }),
  POSTERN_STORE: oneOf(['file', 'memory'], 'file'),
  POSTERN_ALGORITHM: oneOf(algorithms, 'ES256'),
  POSTERN_SIGNING_KEY: Type.Optional(
    Type.String({ writeOnly: true, description: 'a PEM private key, or a secret for an HS algorithm' })
  ),
  POSTERN_SIGNING_KEY_FILE: Type.Optional(
    Type.String({ description: 'the path of a file with a PEM private key, or a secret for an HS algorithm' })
  ),
  POSTERN_KEY_PUBLISH_AHEAD: integer(0, 604_800, 300, 'seconds'),
  POSTERN_KEY_ROTATION_DAYS: integer(0, 3650, 0, 'days'),
  POSTERN_ACCESS_TOKEN_TTL: integer(1, maxTtl, 3600, 'seconds'),
  POSTERN_REFRESH_TOKEN_TTL: integer(1, maxTtl, 2_592_000, 'seconds'),
  POSTERN_REFRESH_REUSE_GRACE: integer(0, 3600, 10, 'seconds'),
  POSTERN_MAX_SESSIONS: integer(1, 10_000, 100, 'sessions'),
  POSTERN_MAX_SESSIONS_TOTAL: integer(1, 100_000_000, 1_000_000, 'sessions'),
  POSTERN_SESSIONS_PER_MINUTE: integer(0, 1_000_000, 60, 'sessions'),
  POSTERN_ISSUER: Type.Optional(Type.String({ description: 'the iss claim of all tokens' })),
  POSTERN_AUDIENCE: Type.Optional(Type.String({ description: 'the aud claim of all tokens' })),
  POSTERN_OAUTH_CLIENTS: Type.Optional(
    Type.String({
      writeOnly: true,
      description: `comma-separated pairs id:secret, each id once, each secret of at least ${minSecretLength} characters`
    })
  ),
  POSTERN_TOKEN_CACHE_SIZE: integer(0, 1_000_000, 16_384, 'tokens'),
  POSTERN_USERS_FILE: Type.Optional(
    Type.String({ description: 'the path of a JSON file with users to begin with' })
  ),
  POSTERN_REGISTRATION: oneOf(['open', 'closed'], 'open'),
  POSTERN_PASSWORD_MIN_LENGTH: integer(1, 1024, 1, 'characters'),
  POSTERN_CONFIRM_PASSWORD: oneOf(['on', 'off'], 'off'),
  POSTERN_HASH_MEMORY_KIB: integer(8, 1_048_576, 19_456, 'KiB'),
  POSTERN_HASH_ITERATIONS: integer(1, 20, 2),
  POSTERN_LOGIN_MAX_FAILURES: integer(0, 1_000_000, 10, 'failures'),
  POSTERN_LOGIN_WINDOW: integer(1, 2_592_000, 900, 'seconds'),
  POSTERN_SIGN_UP_MAX: integer(0, 1_000_000, 20, 'sign-ups'),
  POSTERN_LOGIN_BACKENDS: Type.Optional(
    Type.String({ description: 'a comma-separated list of addresses and subnets' })
  ),
  POSTERN_MAX_EVENT_LOOP_DELAY: integer(0, 60_000, 500, 'milliseconds'),
  POSTERN_LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
  POSTERN_LOG_FORMAT: oneOf(['auto', 'pretty', 'json'], 'auto'),
  POSTERN_ORPHAN: oneOf(['keep', 'end'], 'keep'),
  POSTERN_TRUST_PROXY: Type.String({
    default: 'false',
    description:
      'true, false, or a comma-separated list of addresses, subnets, loopback, linklocal, uniquelocal'
  }),
  POSTERN_FIXTURE_SECRET: Type.Optional(
    Type.String({
      writeOnly: true,
      minLength: minSecretLength,
      description: `the secret for the control of a fixture, at least ${minSecretLength} characters`
    })
  ),
  POSTERN_DOCS: oneOf(['on', 'off'], 'on'),
  POSTERN_METRICS: oneOf(['true', 'false'], 'false'),
  POSTERN_CORS_ORIGIN: Type.Optional(
    Type.String({ description: 'a comma-separated list of origins such as https://app.example.org, or *' })
  ),
  POSTERN_TLS_CERT_FILE: Type.Optional(
    Type.String({ description: 'the path of a PEM certificate with its chain, to serve HTTPS' })
  ),
  POSTERN_TLS_KEY_FILE: Type.Optional(Type.String({ description: 'the path of its PEM private key' }))
})

type CheckedSettings = Static<typeof ConfigSchema>
type ListSetting =
  | 'POSTERN_TRUST_PROXY'
  | 'POSTERN_LOGIN_BACKENDS'
  | 'POSTERN_CORS_ORIGIN'
  | 'POSTERN_OAUTH_CLIENTS'

/** The settings after checking, under the names of their variables; those that are lists are parsed. */
export interface Config extends Omit<CheckedSettings, ListSetting> {
  /** Fastify's `trustProxy`: the peers whose `X-Forwarded-For` counts, the backends among them. */
  POSTERN_TRUST_PROXY: boolean | string
  /** Addresses and subnets. */
  POSTERN_LOGIN_BACKENDS: readonly string[]
  /** Origins (RFC 6454 §6.2), `*` for any. */
  POSTERN_CORS_ORIGIN: readonly string[] | '*'
  /** Secrets by the ids of their clients. */
  POSTERN_OAUTH_CLIENTS: ReadonlyMap<string, string>
}

/**
 * The settings in the environment, with defaults for what is missing. An empty variable counts as unset.
 *
 * @throws `StartupError` (wrong setting) that names each wrong variable and what it takes, never its value.
 */
export function loadConfig(environment: Environment): Config {
  const settings = readSettings(environment)
  if (settings.POSTERN_SIGNING_KEY !== undefined && settings.POSTERN_SIGNING_KEY_FILE !== undefined) {
    throw wrong('POSTERN_SIGNING_KEY and POSTERN_SIGNING_KEY_FILE are both set: set one of them')
  }
  if ((settings.POSTERN_TLS_CERT_FILE === undefined) !== (settings.POSTERN_TLS_KEY_FILE === undefined)) {
    throw wrong('POSTERN_TLS_CERT_FILE and POSTERN_TLS_KEY_FILE take both, or none of them')
  }
  const backends = parsed('POSTERN_LOGIN_BACKENDS', parseLoginBackends(settings.POSTERN_LOGIN_BACKENDS))
  return {
    ...settings,
    POSTERN_LOGIN_BACKENDS: backends,
    POSTERN_TRUST_PROXY: parsed(
      'POSTERN_TRUST_PROXY',
      parseTrustProxy(settings.POSTERN_TRUST_PROXY, backends)
    ),
    POSTERN_CORS_ORIGIN: parsed('POSTERN_CORS_ORIGIN', parseCorsOrigin(settings.POSTERN_CORS_ORIGIN)),
    POSTERN_OAUTH_CLIENTS: parsed('POSTERN_OAUTH_CLIENTS', parseOAuthClients(settings.POSTERN_OAUTH_CLIENTS))
  }
}

function parsed<T>(name: keyof Config, value: T | undefined): T {
  if (value === undefined) throw wrong(describe(name))
  return value
}

/** The data folder of these settings. */
export function storeSettings({ POSTERN_STORE, POSTERN_DATA_DIR }: Config) {
  return { driver: POSTERN_STORE, folder: POSTERN_DATA_DIR }
}

/** The longest lifetime of a token, in seconds. */
export function longestTtl({ POSTERN_ACCESS_TOKEN_TTL, POSTERN_REFRESH_TOKEN_TTL }: Config): number {
  return Math.max(POSTERN_ACCESS_TOKEN_TTL, POSTERN_REFRESH_TOKEN_TTL)
}

/** The accepted values of a setting, as the end of a sentence, and its default. */
export function describeSetting(name: string): { takes: string; fallback: unknown } {
  const schema = ConfigSchema.properties[name as keyof Config] as { description?: string; default?: unknown }
  return { takes: schema.description ?? '', fallback: schema.default }
}

/** The variable that tells the command of `serve --fixture -- COMMAND` where the fixture is. It is no setting. */
export const addressVariable = 'POSTERN_URL'

/** Unknown variables that look like settings: most likely misspelt, so that they have no effect. */
export function unknownSettings(environment: Environment): string[] {
  return Object.keys(environment).filter(
    (name) => name.startsWith('POSTERN_') && name !== addressVariable && !(name in ConfigSchema.properties)
  )
}

function readSettings(environment: Environment): CheckedSettings {
  const settings = Object.entries<TSchema & { default?: unknown }>(ConfigSchema.properties)
    .map(([name, schema]) => ({ name, schema, value: parse(schema, environment[name]) ?? schema.default }))
    .filter(({ value }) => value !== undefined)
  const wrongNames = settings.filter(({ schema, value }) => !Check(schema, value)).map(({ name }) => name)
  if (wrongNames.length > 0) throw wrong(wrongNames.map(describe).join('; '))
  return Object.fromEntries(settings.map(({ name, value }) => [name, value])) as CheckedSettings
}

function parse(schema: TSchema, text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined
  // `Number` takes 0x10, 1e3 and even Infinity for a number.
  return Type.IsInteger(schema) && /^\d+$/.test(text) ? Number(text) : text
}

function describe(name: string): string {
  return `${name} takes ${describeSetting(name).takes}`
}

function wrong(message: string) {
  return new StartupError('wrongSetting', message)
}
