import pg from 'pg'
import type { Clock } from '../../clock.js'
import { Refusal } from '../../errors/refusals.js'
import { StartupError } from '../../errors/startup-error.js'
import type { DatabaseSettings } from './connection.js'
import { type Database, openDatabase } from './database.js'
import type { Migration } from './migration.js'
import { migrate } from './migrations.js'

/** A database that a start has found fit for use. */
export interface ReadyDatabase {
  readonly database: Database
  /** The migrations that this start has applied. */
  readonly applied: readonly Migration[]
  /** Oddities for the operator. */
  readonly warnings: readonly string[]
}

// In milliseconds. Throttle and expiry go by the database's clock, and tokens by that of each instance.
const notedDifference = 1000
const refusedDifference = 30_000

/** In seconds: so far apart at most the clocks of two instances are, since each is that close to the database's. */
export const clockSpread = (2 * refusedDifference) / 1000

/**
 * Opens a database, brings its schema up to date, and compares its clock.
 *
 * @throws `StartupError`: as `openDatabase` and `migrate`; for a database that does not answer, or does not let this user in or do this
 *   (database not available); for a clock that is more than 30 seconds off (not ready).
 */
export async function openReadyDatabase(settings: DatabaseSettings, clock: Clock): Promise<ReadyDatabase> {
  const database = openDatabase(settings)
  try {
    const applied = await migrate(database, settings.schema)
    const difference = await clockDifference(database, clock)
    const warning = clockWarning(difference)
    if (Math.abs(difference) > refusedDifference) throw new StartupError('notReady', warning)
    return { database, applied, warnings: Math.abs(difference) > notedDifference ? [warning] : [] }
  } catch (error) {
    await database.close()
    throw toStartupError(error, settings.source)
  }
}

/** A failure of the database as that of a start or a command. @param source the setting or option of its URL. */
export function toStartupError(error: unknown, source: string): unknown {
  const cause = error instanceof Refusal && error.name === 'StoreUnavailableError' ? error.cause : error
  if (cause === error && !(error instanceof pg.DatabaseError)) return error
  const { code = '', message } = cause as Error & { code?: string }
  return new StartupError(
    'databaseUnavailable',
    `the database of ${source} cannot be used${code && ` (${code})`}: ${message}`,
    { cause }
  )
}

/** How far this process's clock is ahead of that of the database, in milliseconds. */
async function clockDifference(database: Database, clock: Clock): Promise<number> {
  const before = clock()
  const [row] = await database.query<{ time: number }>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS time'
  )
  // The answer is of some moment between the two, so that a slow network is no difference.
  const [least, most] = [before - Number(row?.time), clock() - Number(row?.time)]
  return least > 0 ? least : Math.min(0, most)
}

function clockWarning(difference: number): string {
  const seconds = Math.round(Math.abs(difference) / 1000)
  const direction = difference > 0 ? 'ahead of' : 'behind'
  return `the clock of this machine is ${seconds} seconds ${direction} that of the database: synchronise both`
}
