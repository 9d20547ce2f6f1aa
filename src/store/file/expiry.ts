import { type Clock, toSeconds } from '../../clock.js'

/** The records that have not expired at this time, in seconds. */
export function* current<T extends { exp: number }>(records: Iterable<T>, now: number): Iterable<T> {
  // `exp` alone refuses a token that has expired.
  for (const record of records) if (record.exp > now) yield record
}

/**
 * Removes expired records by looking at two for each call. Every change pays a little, none pays for all, and at most twice as
 * many records are kept as are current.
 */
export function createSweep<Value>(
  entriesById: Map<string, Value>,
  clock: Clock,
  expiryOf: (value: Value) => number,
  forget: (id: string) => void
): () => void {
  let entries = entriesById.entries()
  return () => {
    const now = toSeconds(clock())
    for (let looks = 0; looks < 2; looks += 1) {
      const { value, done } = entries.next()
      if (done) entries = entriesById.entries()
      else if (expiryOf(value[1]) <= now) forget(value[0])
    }
  }
}
