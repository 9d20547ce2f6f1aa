import { type Clock, toSeconds } from '../../clock.js'

/** Those that have not expired at this time, in seconds. */
export function* current<T extends { exp: number }>(records: Iterable<T>, now: number): Iterable<T> {
  // `exp` alone refuses a token that has expired.
  for (const record of records) if (record.exp > now) yield record
}

/**
 * Forgets the expired ones, two of them looked at for each call: every change pays a little, none for all, and no more than
 * twice as many are kept as are current.
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
