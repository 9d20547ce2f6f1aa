import pg from 'pg'
import { parse } from 'pg-connection-string'
import { StartupError } from '../../errors/startup-error.js'

/** The time limit of a call of the database, in milliseconds: waiting for a connection, all statements and the commit included. */
export const callDeadline = 1500

/** A URL of a database. */
export interface DatabaseAddress {
  /** `postgres://user:password@host:port/database`, with the parameters that `connectionOptions` names. */
  readonly url: string
  /** The setting or option that it comes from, for messages. */
  readonly source: string
}

/** Where a database is, and how it is used. */
export interface DatabaseSettings extends DatabaseAddress {
  /** The schema of all tables. */
  readonly schema: string
  /** The most connections at once. */
  readonly connections: number
}

const parameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'target_session_attrs', 'host', 'port']
const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']
const int8 = 20

/** How values are read: an int8 as a number. It arrives as text, since it may be over 2^53; none that Postern writes is. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text')
}

/**
 * The options of a connection to this address. They hold no startup parameter, which PgBouncer would refuse. TLS is as libpq has it
 * by `sslmode`, `sslrootcert`, `sslcert` and `sslkey`, but that `prefer` never falls back to plain text. Reads the certificates.
 *
 * @throws `StartupError` (wrong setting) for another kind of URL, one without user or database, a parameter that is none of these,
 *   or a certificate that cannot be read. It never repeats the URL.
 */
export function connectionOptions({ url, source }: DatabaseAddress): pg.ClientConfig {
  requireKnownParameters(url, source)
  const { user, database, host, port, password, ssl } = read(url, source)
  if (user === '' || user === undefined) throw wrong(source, 'it names no user')
  if (database === null || database === undefined) throw wrong(source, 'it names no database')
  return {
    user,
    database,
    host: host || 'localhost',
    port: Number(port || 5432),
    // A function, since pg looks for an empty password in the environment and in ~/.pgpass.
    password: () => password ?? '',
    ssl: (ssl as pg.ClientConfig['ssl']) ?? false,
    connectionTimeoutMillis: callDeadline,
    keepAlive: true,
    types: typeParsers
  }
}

/**
 * A connection to the database of these options by itself, for one that listens. Its errors, such as its end, go to `failed`: without
 * a listener they would end the process.
 *
 * @throws the errors of pg if there is none within `callDeadline`.
 */
export async function connect(options: pg.ClientConfig, failed: (error: Error) => void): Promise<pg.Client> {
  const client = new pg.Client(options)
  client.on('error', failed)
  await client.connect()
  return client
}

/** Closes a connection at once, whatever it is doing. A polite end would wait for a server that is cut off. */
export function destroy(client: pg.Client): void {
  client.connection.stream.destroy()
}

function requireKnownParameters(url: string, source: string): void {
  if (!/^postgres(ql)?:\/\//.test(url)) throw wrong(source, 'it must begin with postgres://')
  if (!URL.canParse(url))
    throw wrong(source, 'it is no URL; a special character of the password is written as %XX')
  const { searchParams } = new URL(url)
  for (const name of searchParams.keys()) {
    if (!parameters.includes(name)) throw wrong(source, `it takes no parameter but ${parameters.join(', ')}`)
  }
  const mode = searchParams.get('sslmode')
  if (mode !== null && !tlsModes.includes(mode))
    throw wrong(source, `sslmode is one of ${tlsModes.join(', ')}`)
  const attributes = searchParams.get('target_session_attrs')
  if (attributes !== null && attributes !== 'read-write')
    throw wrong(source, 'target_session_attrs is read-write, always')
}

function read(url: string, source: string): ReturnType<typeof parse> {
  try {
    return parse(url, { useLibpqCompat: true })
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException
    if (path !== undefined) throw wrong(source, `${path} cannot be read (${code})`, error)
    throw wrong(
      source,
      message.startsWith('SECURITY') ? 'sslmode=verify-ca needs sslrootcert' : 'it is no URL'
    )
  }
}

function wrong(source: string, reason: string, cause?: unknown): StartupError {
  return new StartupError('wrongSetting', `${source}: ${reason}`, { cause })
}
