import { createHash } from 'node:crypto'
import pg from 'pg'
import { StartupError } from '../../errors/startup-error.js'
import { version } from '../../version.js'
import type { Database } from './database.js'
import type { Migration } from './migration.js'
import { initial } from './migrations/0001-initial.js'
import { browserSessions } from './migrations/0002-browser-sessions.js'
import type { Queryable } from './queryable.js'

/** All migrations of this program, in order. */
export const migrations: readonly Migration[] = [initial, browserSessions]

/** In milliseconds: waiting for another process that migrates, and the migration itself. */
const migrationDeadline = 600_000

interface AppliedMigration {
  readonly number: number
  readonly checksum: string
  readonly oldest: number
  readonly program: string
}

/**
 * The migrations that the database lacks, in order. Changes nothing.
 *
 * @throws `StartupError` (damaged file) for a database that only a newer program may use, or whose migrations are not those of this one.
 */
export async function pendingMigrations(
  database: Database,
  schema: string,
  known = migrations
): Promise<readonly Migration[]> {
  const applied = await appliedMigrations(database, database, schema)
  requireUsable(applied, known)
  return known.slice(applied.length)
}

/**
 * Brings the schema up to date, one migration a transaction; any number of processes may do so at once. Gives those that it has applied.
 *
 * @throws as `pendingMigrations`; `pg.DatabaseError` of a migration that fails, which leaves no trace.
 */
export async function migrate(database: Database, schema: string, known = migrations): Promise<Migration[]> {
  const done: Migration[] = []
  // Read without the lock first: most starts have nothing to do, and need no right to change the schema.
  if ((await pendingMigrations(database, schema, known)).length === 0) return done
  while (await migrateOnce(database, schema, known, done));
  return done
}

/** Applies the next migration. Returns whether there was one. */
async function migrateOnce(
  database: Database,
  schema: string,
  known: readonly Migration[],
  done: Migration[]
): Promise<boolean> {
  const next = await database.transaction(async (transaction) => {
    // A lock of the session would outlive the transaction, and PgBouncer would give it to somebody else.
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `postern migrations of ${schema}`
    ])
    const applied = await appliedMigrations(database, transaction, schema)
    requireUsable(applied, known)
    const migration = known[applied.length]
    if (migration === undefined) return undefined
    if (applied.length === 0) await createSchema(database, transaction, schema)
    await transaction.script(migration.sql(database.table))
    await transaction.query(
      `INSERT INTO ${database.table('migrations')} (number, name, checksum, oldest, program, applied_at)
       VALUES ($1, $2, $3, $4, $5, floor(extract(epoch FROM now())))`,
      [migration.number, migration.name, checksumOf(migration), migration.oldest, version]
    )
    return migration
  }, migrationDeadline)
  if (next !== undefined) done.push(next)
  return next !== undefined
}

async function createSchema(database: Database, transaction: Queryable, schema: string): Promise<void> {
  // IF NOT EXISTS would need the right to make schemas even where an administrator has made this one.
  const found = await transaction.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
  if (found.length === 0) await transaction.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`)
  await transaction.query(`CREATE TABLE IF NOT EXISTS ${database.table('migrations')} (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    oldest integer NOT NULL,
    program text NOT NULL,
    applied_at bigint NOT NULL
  )`)
}

async function appliedMigrations(
  { table }: Database,
  queryable: Queryable,
  schema: string
): Promise<readonly AppliedMigration[]> {
  // Not to_regclass, which after a wait for the lock may still answer by what was there before.
  const found = await queryable.query(
    "SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'migrations'",
    [schema]
  )
  if (found.length === 0) return []
  return await queryable.query<AppliedMigration>(
    `SELECT number, checksum, oldest, program FROM ${table('migrations')} ORDER BY number`
  )
}

function requireUsable(applied: readonly AppliedMigration[], known: readonly Migration[]): void {
  const newer = applied.slice(known.length)
  const barrier = newer.find(({ oldest }) => oldest > known.length)
  if (barrier !== undefined) {
    throw new StartupError(
      'damagedFile',
      `the database was written by a newer Postern (${barrier.program}, this is ${version}). It was left as it is: start the newer release again`
    )
  }
  for (const [index, migration] of known.slice(0, applied.length).entries()) {
    if (applied[index]?.checksum === checksumOf(migration)) continue
    throw new StartupError(
      'damagedFile',
      `the database has another migration ${migration.number} than this program (${migration.name}). It was left as it is: restore it from a backup`
    )
  }
}

function checksumOf(migration: Migration): string {
  return createHash('sha256')
    .update(migration.sql((name) => name))
    .digest('hex')
}
