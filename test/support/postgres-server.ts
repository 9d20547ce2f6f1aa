import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Test } from 'tap'
import { freePort } from './free-port.js'
import { temporaryFolder } from './helper.js'
import type { Mounts } from './mounts.js'

const debianFolder = '/usr/lib/postgresql'

/** The folder of the newest PostgreSQL's programs; undefined where there are none. */
const programs = findPrograms()

/** For the tests that need a server: why they are skipped where there is none. */
export const skipWithoutPostgres =
  programs === undefined && `there is no PostgreSQL below ${debianFolder}: install postgresql`

/** A PostgreSQL cluster of one test, which may kill it. It refuses to run as root, so it runs as the user postgres. */
export class PostgresServer {
  readonly #data: string
  readonly #command: readonly string[]
  readonly port: number
  #process: ChildProcess | undefined

  /** @param command starts it, with its arguments. */
  constructor(data: string, port: number, command: readonly string[]) {
    this.#data = data
    this.port = port
    this.#command = command
  }

  /** Whether it runs. It ends by itself when it cannot write what it must. */
  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
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
    return await queryOnce<Row>(this.url(database), text)
  }

  /** Starts the cluster, again if it has stopped, and waits until it answers. */
  async start(): Promise<void> {
    for (;;) {
      const [file = '', ...args] = this.#command
      const server = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
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
    if (server === undefined || !this.isRunning) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
}

/**
 * A running cluster of its own, gone after the test, or after what else has a `teardown`.
 *
 * @param settings of postgresql.conf beside those of a test; `fsync: 'on'` for a test that kills it.
 * @param mounts the small disk that it lives on, if not on that of this machine.
 */
export async function startPostgres(
  t: Pick<Test, 'teardown'>,
  settings: Readonly<Record<string, string>> = {},
  mounts?: Mounts
): Promise<PostgresServer> {
  const segments = mounts === undefined ? [] : ['--wal-segsize=1']
  const options = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
  return await startCluster(t, 'initdb', [...options, ...segments], settings, mounts)
}

/** A running copy of a cluster, which follows it and takes no change until it is promoted (`pg_promote`). */
export async function startStandby(
  t: Pick<Test, 'teardown'>,
  { port }: PostgresServer
): Promise<PostgresServer> {
  const from = ['--host=127.0.0.1', `--port=${port}`, '--username=postgres']
  const options = ['--write-recovery-conf', '--checkpoint=fast', '--no-sync']
  return await startCluster(t, 'pg_basebackup', [...from, ...options], {})
}

/** Makes the data of a cluster with one of PostgreSQL's programs, and starts it. */
async function startCluster(
  t: Pick<Test, 'teardown'>,
  program: 'initdb' | 'pg_basebackup',
  options: readonly string[],
  settings: Readonly<Record<string, string>>,
  mounts?: Mounts
): Promise<PostgresServer> {
  const folder = temporaryFolder(t)
  const owner = postgresUser()
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const data = mounts?.data ?? join(folder, 'data')
  const asOwner = [...(mounts?.under ?? []), ...(owner === undefined ? [] : owner.command)]
  const [file = '', ...args] = [...asOwner, postgresProgram(program), '-D', data, ...options]
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${stderr}`)
  const port = await freePort()
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    shared_buffers: '16MB',
    ...settings
  }
  const given = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [...asOwner, postgresProgram('postgres'), '-D', data, ...given]
  const server = new PostgresServer(data, port, command)
  t.teardown(() => server.stop())
  await server.start()
  return server
}

/** The path of one of PostgreSQL's programs. */
export function postgresProgram(name: string): string {
  return join(String(programs), name)
}

function findPrograms(): string | undefined {
  if (!existsSync(debianFolder)) return undefined
  const versions = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a))
  return versions
    .map((version) => join(debianFolder, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

/** The user that owns a cluster, and the command that runs another one as him; undefined unless this is root, who may not. */
export function postgresUser(): { uid: number; gid: number; command: string[] } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  ) as [number, number]
  return { uid, gid, command: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] }
}

/** The rows of a statement on a connection of its own. */
export async function queryOnce<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}
