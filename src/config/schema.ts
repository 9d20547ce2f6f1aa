import { Type } from 'typebox'
import { algorithms } from '../keys/algorithms.js'
import { authenticationSettings } from './authentication-settings.js'
import { isBaseUrl } from './base-url.js'
import { browserSettings } from './browser-settings.js'
import { minSecretLength } from './list-settings.js'
import { operatorSettings } from './operator-settings.js'
import { integer, oneOf } from './setting-kinds.js'
import { storageSettings } from './storage-settings.js'

const maxTtl = 10 * 365 * 86_400

/**
 * The settings, and the only description of them: `title` is the meaning, and `description` completes the sentence "It
 * takes …". A secret is `writeOnly`.
 */
export const ConfigSchema = Type.Object({
  POSTERN_HOST: Type.String({
    title: 'the address to listen on; 0.0.0.0 and :: stand for all addresses of the machine',
    default: '127.0.0.1',
    description: 'an address or a host name to listen on'
  }),
  POSTERN_PORT: integer('the port to listen on; 0: any free one', 0, 65_535, 3000),
  ...operatorSettings,
  ...storageSettings,
  POSTERN_ALGORITHM: oneOf('the algorithm that signs tokens', algorithms, 'ES256'),
  POSTERN_SIGNING_KEY: Type.Optional(
    Type.String({
      title: 'the key that signs tokens; without it Postern makes one in the data folder',
      writeOnly: true,
      description: 'a PEM private key, or a secret for an HS algorithm'
    })
  ),
  POSTERN_SIGNING_KEY_FILE: Type.Optional(
    Type.String({
      title: 'a file with that key, whose last line break is left out',
      description: 'the path of a file with a PEM private key, or a secret for an HS algorithm'
    })
  ),
  POSTERN_KEY_PUBLISH_AHEAD: integer(
    'how long a new key is published before it signs',
    0,
    604_800,
    300,
    'seconds'
  ),
  POSTERN_KEY_ROTATION_DAYS: integer(
    'the age of a key at which Postern makes the next one; 0: never',
    0,
    3650,
    0,
    'days'
  ),
  POSTERN_ACCESS_TOKEN_TTL: integer('the lifetime of an access token', 1, maxTtl, 3600, 'seconds'),
  POSTERN_REFRESH_TOKEN_TTL: integer(
    'the lifetime of a refresh token; of one that rotates since its last use',
    1,
    maxTtl,
    2_592_000,
    'seconds'
  ),
  POSTERN_REFRESH_REUSE_GRACE: integer(
    'how long a rotated refresh token may be used once more; 0: not at all',
    0,
    3600,
    10,
    'seconds'
  ),
  POSTERN_MAX_SESSIONS: integer(
    'how many living refresh tokens a user may have, and how many browsers signed in; with one more another one ends',
    1,
    10_000,
    100,
    'sessions'
  ),
  POSTERN_MAX_SESSIONS_TOTAL: integer(
    'how many living refresh tokens all users together may have, and how many browsers signed in',
    1,
    100_000_000,
    1_000_000,
    'sessions'
  ),
  POSTERN_SESSIONS_PER_MINUTE: integer(
    'how many refresh tokens and sign-ins by a browser a user may get in a minute; 0: any number',
    0,
    1_000_000,
    60,
    'sessions'
  ),
  POSTERN_ISSUER: Type.Optional(
    Type.String({
      title:
        'who issues the tokens, best the URL under which clients reach Postern; other tokens are refused',
      description: 'the iss claim of all tokens'
    })
  ),
  POSTERN_PUBLIC_URL: Type.Optional(
    Type.Refine(
      Type.String({
        title: 'the URL under which people reach Postern, for the links that they get',
        description: 'an http or https URL without a query'
      }),
      isBaseUrl
    )
  ),
  ...browserSettings,
  POSTERN_AUDIENCE: Type.Optional(
    Type.String({
      title: 'for whom the tokens are; other tokens are refused',
      description: 'the aud claim of all tokens'
    })
  ),
  POSTERN_OAUTH_CLIENTS: Type.Optional(
    Type.String({
      title: 'the OAuth clients that may ask about tokens',
      writeOnly: true,
      description: `comma-separated pairs id:secret, each id once, each secret of at least ${minSecretLength} characters`
    })
  ),
  POSTERN_TOKEN_CACHE_SIZE: integer(
    'how many verified access tokens are remembered; 0: none',
    0,
    1_000_000,
    16_384,
    'tokens'
  ),
  POSTERN_USERS_FILE: Type.Optional(
    Type.String({
      title: 'a file of users that are made at the start, or kept as it says',
      description: 'the path of a JSON or YAML file with users'
    })
  ),
  POSTERN_REGISTRATION: oneOf(
    'who may sign up; closed: only the operator makes users',
    ['open', 'closed'],
    'open'
  ),
  ...authenticationSettings,
  POSTERN_LOGIN_MAX_FAILURES: integer(
    'how many logins for a name may fail from an address within the window; 0: any number',
    0,
    1_000_000,
    10,
    'failures'
  ),
  POSTERN_LOGIN_WINDOW: integer(
    'the window in which failed logins and sign-ups are counted',
    1,
    2_592_000,
    900,
    'seconds'
  ),
  POSTERN_SIGN_UP_MAX: integer(
    'how many users a network may make within the window; 0: any number',
    0,
    1_000_000,
    20,
    'sign-ups'
  ),
  POSTERN_LOGIN_BACKENDS: Type.Optional(
    Type.String({
      title: 'the services that log in many users each, and may hand on the addresses of these',
      description: 'a comma-separated list of addresses and subnets'
    })
  ),
  POSTERN_MAX_EVENT_LOOP_DELAY: integer(
    'the delay of the event loop beyond which requests get 503; 0: never',
    0,
    60_000,
    500,
    'milliseconds'
  ),
  POSTERN_LOG_LEVEL: oneOf(
    'the least level of what is logged',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info'
  ),
  POSTERN_LOG_FORMAT: oneOf(
    'the form of the log; auto: readable lines on a terminal, JSON elsewhere',
    ['auto', 'pretty', 'json'],
    'auto'
  ),
  POSTERN_ORPHAN: oneOf('whether the process ends when its parent process ends', ['keep', 'end'], 'keep'),
  POSTERN_TRUST_PROXY: Type.String({
    title: 'the proxies whose X-Forwarded-For is believed; true: every client',
    default: 'false',
    description:
      'true, false, or a comma-separated list of addresses, subnets, loopback, linklocal, uniquelocal'
  }),
  POSTERN_FIXTURE_SECRET: Type.Optional(
    Type.String({
      title: 'what controls a fixture, which without it listens on this machine alone',
      writeOnly: true,
      minLength: minSecretLength,
      description: `the secret for the control of a fixture, at least ${minSecretLength} characters`
    })
  ),
  POSTERN_DOCS: oneOf('whether /docs and /openapi.json are there', ['on', 'off'], 'on'),
  POSTERN_METRICS: oneOf('whether /metrics is there', ['true', 'false'], 'false'),
  POSTERN_CORS_ORIGIN: Type.Optional(
    Type.String({
      title: 'the pages that may call Postern from a browser',
      description: 'a comma-separated list of origins such as https://app.example.org, or *'
    })
  ),
  POSTERN_TLS_CERT_FILE: Type.Optional(
    Type.String({
      title: 'the certificate with which Postern serves HTTPS',
      description: 'the path of a PEM certificate with its chain, to serve HTTPS'
    })
  ),
  POSTERN_TLS_KEY_FILE: Type.Optional(
    Type.String({
      title: 'the private key of that certificate',
      description: 'the path of its PEM private key'
    })
  )
})

/** A setting's schema, as JSON Schema names its parts. */
export interface SettingSchema {
  title: string
  description: string
  default?: unknown
  writeOnly?: boolean
}

/** The schema of a setting; undefined if there is none of this name. */
export function settingSchema(name: string): SettingSchema | undefined {
  return (ConfigSchema.properties as unknown as Record<string, SettingSchema>)[name]
}
