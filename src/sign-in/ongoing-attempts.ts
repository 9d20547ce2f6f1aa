import { type Allowance, requireLeft } from './failure-limits.js'

/** The attempts whose verification is under way. Each holds a place in its allowances until it is counted. */
export interface OngoingAttempts {
  /**
   * Waits until an attempt may begin: of attempts at the same time no more begin than there are failures left. Returns the end of
   * the attempt, which must be called once its outcome is counted.
   *
   * @param allowances are looked up again after each wait.
   * @throws `TooManyFailuresError` with `Retry-After`, when no failure is left.
   */
  begin(allowances: () => Promise<readonly Allowance[]>): Promise<() => void>
}

/** See `OngoingAttempts`. */
export function createOngoingAttempts(): OngoingAttempts {
  const ongoing = new Map<string, Set<Promise<void>>>()
  let ended = 0

  function hold(keys: readonly string[]): () => void {
    let end = () => {}
    const held = new Promise<void>((resolve) => {
      end = resolve
    })
    for (const key of keys) ongoing.set(key, (ongoing.get(key) ?? new Set()).add(held))
    return () => {
      ended += 1
      for (const key of keys) {
        const others = ongoing.get(key)
        others?.delete(held)
        if (others?.size === 0) ongoing.delete(key)
      }
      end()
    }
  }

  return {
    async begin(allowances) {
      for (;;) {
        const seen = ended
        const found = await allowances()
        requireLeft(found)
        const full = found.find(({ key, left }) => (ongoing.get(key)?.size ?? 0) >= left)
        if (full !== undefined) await Promise.race(ongoing.get(full.key) ?? [])
        // A verification that ended meanwhile may have been counted too late to be seen.
        else if (seen === ended) return hold(found.map(({ key }) => key))
      }
    }
  }
}
