import { Type } from 'typebox'
import { integer, oneOf } from './setting-kinds.js'

const url = 'postgres://user:password@host/database, with a special character of the password written as %XX'
const storageKey =
  '32 bytes in base64, as `openssl rand -base64 32` prints them; or two such keys, comma-separated'

/** The settings of where everything is kept; see `ConfigSchema`. */
export const storageSettings = {
  POSTERN_DATA_DIR: Type.String({
    title: 'the folder that keeps users and keys; it is made if it is missing',
    default: './data',
    description: 'the path of a folder'
  }),
  POSTERN_STORE: oneOf(
    'where users and keys are kept; memory: nowhere beyond the process; postgres: where POSTERN_DATABASE_URL says, which implies it',
    ['file', 'memory', 'postgres'],
    'file'
  ),
  POSTERN_DATABASE_URL: Type.Optional(
    Type.Refine(
      Type.String({
        title: 'the PostgreSQL database that keeps everything, for any number of instances',
        writeOnly: true,
        description: url
      }),
      isDatabaseUrl
    )
  ),
  POSTERN_DATABASE_URL_FILE: Type.Optional(
    Type.String({ title: 'a file with that URL', description: 'the path of a file with such a URL' })
  ),
  POSTERN_DATABASE_DIRECT_URL: Type.Optional(
    Type.Refine(
      Type.String({
        title: 'the same database without the pooler that is before it, to listen for changes',
        writeOnly: true,
        description: url
      }),
      isDatabaseUrl
    )
  ),
  POSTERN_DATABASE_DIRECT_URL_FILE: Type.Optional(
    Type.String({ title: 'a file with the direct URL', description: 'the path of a file with such a URL' })
  ),
  POSTERN_DATABASE_POOL: integer('the most connections to the database', 1, 1000, 10, 'connections'),
  POSTERN_DATABASE_SCHEMA: Type.String({
    title: 'the schema of the database that holds all tables',
    default: 'postern',
    pattern: '^[a-z_][a-z0-9_]{0,62}$',
    description: 'a name of at most 63 lower-case letters, digits and underscores'
  }),
  POSTERN_DATABASE_MAX_STALE: integer(
    'how late an instance may learn of a change that another one has made; 0: each request reads the database',
    0,
    60_000,
    1000,
    'milliseconds'
  ),
  POSTERN_STORAGE_KEY: Type.Optional(
    Type.Refine(
      Type.String({
        title:
          'the key that encrypts the signing keys in the database; while it is changed two, the new one first',
        writeOnly: true,
        description: storageKey
      }),
      (text) => parseStorageKeys(String(text)) !== undefined
    )
  ),
  POSTERN_STORAGE_KEY_FILE: Type.Optional(
    Type.String({
      title: 'a file with the storage key, whose last line break is left out',
      description: `the path of a file with ${storageKey}`
    })
  )
}

/** Whether this looks like the URL of a PostgreSQL database; its driver knows more. */
export function isDatabaseUrl(text: unknown): boolean {
  return /^postgres(ql)?:\/\//.test(String(text)) && URL.canParse(String(text))
}

/** The storage keys of this setting, one or two; undefined if it holds anything else. */
export function parseStorageKeys(setting: string): Buffer[] | undefined {
  const keys = setting.split(',').map((key) => key.trim())
  const isRight = keys.length <= 2 && keys.every((key) => /^[\w+/-]{43}=?$/.test(key))
  return isRight ? keys.map((key) => Buffer.from(key, 'base64')) : undefined
}
