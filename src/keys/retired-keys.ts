/** The keys that are gone before their last token has expired, until it is told. */
export interface RetiredKeys {
  /** Adds keys by their ids. */
  add(kids: readonly string[]): void
  /** Tells of those that are not told yet. @throws the errors of `revoke`; the next call goes on. */
  tell(): Promise<void>
}

/** None yet. @param revoke tells of a key. */
export function createRetiredKeys(revoke: (kid: string) => Promise<void>): RetiredKeys {
  const untold = new Set<string>()
  return {
    add(kids) {
      for (const kid of kids) untold.add(kid)
    },

    async tell() {
      for (const kid of untold) {
        await revoke(kid)
        untold.delete(kid)
      }
    }
  }
}
