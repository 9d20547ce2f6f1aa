import { type Clock, resumeTime, toSeconds } from '../../clock.js'
import type { Database } from './database.js'

/** The facts about a store that outlive its instances. */
export interface StoreFacts {
  /** 32 hex digits: the store that a cursor of the revocations is for. */
  readonly storeId: string
  /** A time that has certainly passed, in seconds since the epoch. */
  readonly knownTime: number
  /** The longest lifetime that access tokens had up to this start, in seconds: some instance may still give such tokens. */
  readonly accessTokenTtl: number
  /** See `OpenedStore`; migration 2 has noted it. */
  readonly isFromEarlierRelease: boolean
}

interface Fact {
  readonly key: string
  readonly value: string
}

/**
 * Reads the facts, and stores what this start adds to them.
 *
 * @param accessTokenTtl the lifetime of the access tokens of this instance, in seconds.
 */
export async function openStoreFacts(
  database: Database,
  clock: Clock,
  accessTokenTtl: number
): Promise<StoreFacts> {
  const meta = database.table('meta')
  return await database.transaction(async (transaction) => {
    const rows = await transaction.query<Fact>(`SELECT key, value FROM ${meta}`)
    const stored = new Map(rows.map(({ key, value }) => [key, value]))
    const numberOf = (key: string) => Number(stored.get(key) ?? 0)
    const before = { known: numberOf('known_time'), seen: numberOf('seen_time') }
    const time = resumeTime(before, toSeconds(clock()))
    const longest = Math.max(accessTokenTtl, numberOf('access_token_ttl'))
    const facts = { access_token_ttl: longest, known_time: time.known, seen_time: time.seen }
    // Those that have changed, in order: instances that start together do not block each other.
    for (const [key, value] of Object.entries(facts)) {
      if (stored.get(key) === String(value)) continue
      await transaction.query(
        `INSERT INTO ${meta} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [key, String(value)]
      )
    }
    return {
      storeId: String(stored.get('store_id')),
      knownTime: time.known,
      accessTokenTtl: longest,
      isFromEarlierRelease: stored.has('earlier_release')
    }
  })
}
