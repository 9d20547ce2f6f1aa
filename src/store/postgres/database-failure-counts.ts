import type { FailureCount, FailureCounts, Pause, Tally } from '../failure-counts.js'
import type { Database } from './database.js'
import { isConnectionLost } from './database-errors.js'

/** The time of the database, in SQL. A statement that waits for a lock must not count by the time at which it began to wait. */
const databaseTime = 'clock_timestamp()'

const none: Tally = { failures: 0, wait: 0 }

/**
 * `FailureCounts` in the database, by its clock, so that they bind every instance. Failures that cannot be written there are counted by
 * `own`, and added to what is there: no outage makes logins unlimited, and no failure is forgotten when it ends.
 *
 * @param own the counts of this process.
 * @param now the present time in SQL.
 */
export function createDatabaseFailureCounts(
  database: Database,
  own: FailureCounts,
  now = databaseTime
): FailureCounts {
  const countsTable = database.table('failure_counts')
  const pausesTable = database.table('pauses')
  const milliseconds = (time: string) => `ceil(extract(epoch FROM ${time} - ${now}) * 1000)::bigint`

  async function findShared(counts: readonly FailureCount[]): Promise<readonly Tally[]> {
    return await database.query<Tally>(
      `SELECT coalesce(c.failures, 0) AS failures, coalesce(${milliseconds('c.expires_at')}, 0) AS wait
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (kind, key, place)
       LEFT JOIN ${countsTable} c ON c.kind = asked.kind AND c.key = asked.key AND c.expires_at > ${now}
       ORDER BY place`,
      [counts.map(({ kind }) => kind), counts.map(({ key }) => key)]
    )
  }

  async function addShared(counts: readonly FailureCount[], window: number): Promise<readonly Tally[]> {
    // Rows are locked in one order, or two logins could wait for each other.
    const rows = await database.transaction(({ query }) =>
      query<FailureCount & Tally>(
        `INSERT INTO ${countsTable} AS c (kind, key, failures, expires_at)
       SELECT kind, key, 1, ${now} + make_interval(secs => $3)
       FROM unnest($1::text[], $2::text[]) AS added (kind, key) ORDER BY kind, key
       ON CONFLICT (kind, key) DO UPDATE SET
         failures = CASE WHEN c.expires_at > ${now} THEN c.failures + 1 ELSE 1 END,
         expires_at = CASE WHEN c.expires_at > ${now} THEN c.expires_at ELSE excluded.expires_at END
       RETURNING kind, key, failures, ${milliseconds('expires_at')} AS wait`,
        [counts.map(({ kind }) => kind), counts.map(({ key }) => key), window]
      )
    )
    return counts.map(({ kind, key }) => rows.find((row) => row.kind === kind && row.key === key) ?? none)
  }

  async function withOwn(counts: readonly FailureCount[], shared: readonly Tally[]): Promise<Tally[]> {
    const uncounted = await own.find(counts)
    return counts.map((_, index) => sumOf(shared[index] ?? none, uncounted[index] ?? none))
  }

  return {
    async find(counts) {
      return await withOwn(counts, await findShared(counts).catch(unlessLost))
    },

    async add(counts, window) {
      try {
        return await withOwn(counts, await addShared(counts, window))
      } catch (error) {
        await own.add(counts, window)
        unlessLost(error)
        return await withOwn(counts, await findShared(counts).catch(unlessLost))
      }
    },

    async forget(count) {
      await own.forget(count)
      await database
        .query(`DELETE FROM ${countsTable} WHERE kind = $1 AND key = $2`, [count.kind, count.key])
        .catch(unlessLost)
    },

    async findPauses(keys) {
      const rows = await database
        .query<{ key: string; wait: number }>(
          `SELECT key, ${milliseconds('expires_at')} AS wait FROM ${pausesTable} WHERE key = ANY ($1) AND expires_at > ${now}`,
          [keys]
        )
        .catch(unlessLost)
      const uncounted = await own.findPauses(keys)
      return keys.map((key, index) =>
        Math.max(rows.find((row) => row.key === key)?.wait ?? 0, uncounted[index] ?? 0)
      )
    },

    async pause(pauses) {
      if (pauses.length === 0) return
      await beginShared(pauses).catch(async (error: unknown) => {
        await own.pause(pauses)
        unlessLost(error)
      })
    },

    async clear() {
      await own.clear()
      await database.query(`DELETE FROM ${countsTable}`).catch(() => {})
      await database.query(`DELETE FROM ${pausesTable}`).catch(() => {})
    }
  }

  async function beginShared(pauses: readonly Pause[]): Promise<void> {
    await database.query(
      `INSERT INTO ${pausesTable} (key, expires_at)
       SELECT key, ${now} + make_interval(secs => seconds)
       FROM unnest($1::text[], $2::float8[]) AS begun (key, seconds) ORDER BY key
       ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at`,
      [pauses.map(({ key }) => key), pauses.map(({ duration }) => duration)]
    )
  }
}

/**
 * Nothing in place of counts that cannot be had. @throws the error if the database was lost: the call needs it for more than its counts,
 * and would wait for it once more.
 */
function unlessLost(error: unknown): [] {
  if (isConnectionLost(error)) throw error
  return []
}

function sumOf(one: Tally, other: Tally): Tally {
  return { failures: one.failures + other.failures, wait: Math.max(one.wait, other.wait) }
}
