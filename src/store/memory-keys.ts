import type { ScheduledKey } from '../keys/key-ring.js'
import type { KeyChange, MemoryKeyStorage } from '../keys/key-storage.js'

/** A `KeyStorage` in memory, which keeps nothing beyond the process. */
export function createMemoryKeys(): MemoryKeyStorage {
  let kept: readonly ScheduledKey[] = []

  async function change(change: KeyChange): Promise<readonly ScheduledKey[]> {
    const before = kept
    const changed = await change(before)
    // Keys that were replaced meanwhile are others: the change was not made for them.
    if (kept === before) kept = changed
    return kept
  }

  return {
    open: change,
    read: async () => kept,
    change,
    fingerprint: async () => '',
    replace(keys) {
      kept = keys
    }
  }
}
