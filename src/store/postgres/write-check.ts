import type { Changes } from './changes.js'
import type { Database } from './database.js'

// In milliseconds: how long a result stands.
const standsFor = 1000

/**
 * See `Store.requireWritable`. While all is well it costs a read; after a failure it writes a value over itself.
 */
export function createWriteCheck(database: Database, changes: Changes): () => Promise<void> {
  let checkedAt = Number.NEGATIVE_INFINITY
  let result: Promise<void> = Promise.resolve()

  async function check(): Promise<void> {
    if (changes.isFailing) await changes.run(writeNothing)
    else await database.query('SELECT')
  }

  async function writeNothing({ query }: Pick<Database, 'query'>): Promise<void> {
    await query(`UPDATE ${database.table('meta')} SET value = value WHERE key = 'store_id'`)
  }

  return () => {
    const now = performance.now()
    if (now - checkedAt >= standsFor) {
      checkedAt = now
      result = check()
      // From the answer on, not from the question: one that hangs is not asked again meanwhile.
      const stand = () => {
        checkedAt = performance.now()
      }
      checkedAt = Number.POSITIVE_INFINITY
      result.then(stand, stand)
    }
    return result
  }
}
