import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Test } from 'tap'
import { temporaryFolder } from './helper.js'

const debianFolder = '/usr/lib/postgresql'

/** The folder of the newest PostgreSQL's programs; undefined where there are none. */
const programs = findPrograms()

/** For the tests that need a server: why they are skipped where there is none. */
export const skipWithoutPostgres =
  programs === undefined && `there is no PostgreSQL below ${debianFolder}: install postgresql`

/** A PostgreSQL cluster of one test, which may kill it. It refuses to run as root, so it runs as the user postgres. */
export class PostgresServer {
  readonly #data: string
  readonly #options: readonly string[]
  readonly port: number
  #process: ChildProcess | undefined

  constructor(data: string, port: number, options: readonly string[]) {
    this.#data = data
    this.port = port
    this.#options = options
  }

  /** The URL of a database of this cluster. */
  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`
  }

  /** Makes an empty database, and gives its URL. */
  async createDatabase(name: string): Promise<string> {
    await this.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
    return this.url(name)
  }

  /** The rows of a statement of the superuser, by a connection of its own. */
  async query<Row extends pg.QueryResultRow>(text: string, database?: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url(database) })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
    }
  }

  /** Starts the cluster, again if it has stopped, and waits until it answers. */
  async start(): Promise<void> {
    for (;;) {
      const server = spawn(program('postgres'), ['-D', this.#data, ...this.#options], {
        ...asPostgres(),
        stdio: ['ignore', 'ignore', 'pipe']
      })
      this.#process = server
      let log = ''
      server.stderr?.setEncoding('utf8').on('data', (text: string) => {
        log = (log + text).slice(-4000)
      })
      const ended = once(server, 'exit')
      const isUp = await Promise.race([this.#untilItAnswers(server), ended.then(() => false)])
      if (isUp) return
      // After a kill the server processes are still there for a moment, and keep the memory that they share.
      if (!/shared memory|lock file/.test(log)) throw new Error(`PostgreSQL does not start: ${log}`)
      await delay(50)
    }
  }

  async #untilItAnswers(server: ChildProcess): Promise<boolean> {
    while (server.exitCode === null && server.signalCode === null) {
      try {
        await this.query('SELECT 1')
        return true
      } catch {
        await delay(20)
      }
    }
    return false
  }

  /** Makes it follow another server, as of its next start: it takes no change until it is promoted. */
  follow(): void {
    writeFileSync(join(this.#data, 'standby.signal'), '')
  }

  /** Ends it: cuts all connections (SIGINT), or kills the postmaster as the kernel does (SIGKILL). */
  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const server = this.#process
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
}

/**
 * A running cluster of its own, gone after the test.
 *
 * @param settings of postgresql.conf beside those of a test; `fsync: 'on'` for a test that kills it.
 */
export async function startPostgres(
  t: Test,
  settings: Readonly<Record<string, string>> = {}
): Promise<PostgresServer> {
  const folder = temporaryFolder(t)
  const owner = asPostgres()
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid)
  const data = join(folder, 'data')
  const { status, stderr } = spawnSync(
    program('initdb'),
    ['-D', data, '--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...owner, encoding: 'utf8' }
  )
  if (status !== 0) throw new Error(`initdb: ${stderr}`)
  const port = await freePort()
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    shared_buffers: '16MB',
    ...settings
  }
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = new PostgresServer(data, port, options)
  t.teardown(() => server.stop())
  await server.start()
  return server
}

function program(name: string): string {
  return join(String(programs), name)
}

function findPrograms(): string | undefined {
  if (!existsSync(debianFolder)) return undefined
  const versions = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a))
  return versions
    .map((version) => join(debianFolder, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

/** The user as whom PostgreSQL runs, which refuses to run as root. */
export function asPostgres(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  )
  return { uid: Number(uid), gid: Number(gid) }
}

/** A port on which nobody listens, just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a server on TCP has a port')
  return address.port
}
