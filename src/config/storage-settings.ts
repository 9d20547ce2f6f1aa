import { Type } from 'typebox'
import { integer, oneOf } from './setting-kinds.js'
import { storageKeySettings } from './storage-keys.js'

const url = 'postgres://user:password@host/database, with a special character of the password written as %XX'

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
  ...storageKeySettings
}

/** Whether this looks like the URL of a PostgreSQL database; its driver knows more. */
export function isDatabaseUrl(text: unknown): boolean {
  if (!/^postgres(ql)?:\/\//.test(String(text)) || !URL.canParse(String(text))) return false
  return isDecodable(new URL(String(text)))
}

// A % that begins no character is kept by the URL, and stops whoever reads the name or the password.
function isDecodable({ username, password, hostname, pathname }: URL): boolean {
  try {
    for (const part of [username, password, hostname, pathname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}
