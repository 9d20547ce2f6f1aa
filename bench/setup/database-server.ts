import { randomBytes } from 'node:crypto'
import type { PostgresServer } from '../../test/support/postgres-server.js'
import { move } from './processors.js'
import type { Workplace } from './workplace.js'

/** A PostgreSQL server of a group, with one database, which syncs each commit. */
export interface DatabaseServer {
  readonly url: string
  /** The settings of an instance on the database. */
  readonly environment: Readonly<Record<string, string>>
  /** The path of one of PostgreSQL's programs. */
  program(name: string): string
  /** The statements that the database gets while this is done. */
  statementsDuring(work: () => Promise<unknown>): Promise<string[]>
}

const database = 'bench'
// Each line of the log begins with the database, the lines of a longer statement with a tab.
const logSettings = {
  logging_collector: 'on',
  log_filename: 'statements.log',
  log_rotation_size: '0',
  log_line_prefix: '%d '
}
const logged = new RegExp(`^${database} LOG:  (?:statement|execute [^:]*): (.*(?:\\n\\t.*)*)`, 'gm')

/** Starts a server for this group. Returns why not, where there is no PostgreSQL. */
export async function startDatabaseServer(workplace: Workplace): Promise<DatabaseServer | string> {
  // On demand: the support of the tests loads the whole service.
  const support = await import('../../test/support/postgres-server.js')
  if (support.skipWithoutPostgres) return support.skipWithoutPostgres
  // It runs where the process is that starts it.
  move('anywhere')
  const server = await support
    .startPostgres(workplace, { fsync: 'on', ...logSettings })
    .finally(() => move('load'))
  const url = await server.createDatabase(database)
  return {
    url,
    environment: {
      POSTERN_STORE: 'postgres',
      POSTERN_DATABASE_URL: url,
      POSTERN_STORAGE_KEY: randomBytes(32).toString('base64')
    },
    program: support.postgresProgram,

    async statementsDuring(work) {
      await setLogging(server, "SET log_statement = 'all'")
      const [before] = await server.query<{ size: number }>(
        'SELECT (pg_stat_file(pg_current_logfile())).size::integer'
      )
      await work()
      const [log] = await server.query<{ text: string }>(
        `SELECT pg_read_file(pg_current_logfile(), ${before?.size}, 1000000000) AS text`
      )
      await setLogging(server, 'RESET log_statement')
      return [...String(log?.text).matchAll(logged)].map(([, text]) => String(text))
    }
  }
}

async function setLogging(server: PostgresServer, change: string): Promise<void> {
  await server.query(`ALTER SYSTEM ${change}`)
  await server.query('SELECT pg_reload_conf(), pg_sleep(0.5)')
}
