/** The keys that were added most recently, 100,000 of them. */
export interface RecentKeys {
  has(key: string): boolean
  /** Adds a key; beyond the bound it evicts the key that was added longest ago. */
  add(key: string): void
  /** Forgets all keys. */
  clear(): void
}

const maxKeys = 100_000

/** See `RecentKeys`. */
export function createRecentKeys(): RecentKeys {
  const keys = new Set<string>()

  return {
    has: (key) => keys.has(key),

    add(key) {
      keys.delete(key)
      keys.add(key)
      if (keys.size <= maxKeys) return
      const [oldest = ''] = keys
      keys.delete(oldest)
    },

    clear() {
      keys.clear()
    }
  }
}
