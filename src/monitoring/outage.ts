/** Whether the store takes changes. While it does not, each call and each check fails for the same reason, which is said once. */
export interface Outage {
  /** Counts a failure. Returns whether its reason is a new one: after a success, or another than before. */
  begin(error: Error): boolean
  /** Ends it, after a success. Returns the number of failures since it began, 0 if there was none. */
  end(): number
}

/** No outage so far. */
export function createOutage(): Outage {
  let reason: string | undefined
  let failures = 0
  return {
    begin(error) {
      const previous = reason
      reason = reasonOf(error)
      failures += 1
      return reason !== previous
    },

    end() {
      const count = failures
      reason = undefined
      failures = 0
      return count
    }
  }
}

// The code of the system, such as ENOSPC: messages name files.
function reasonOf(error: Error): string {
  let root: Error & { code?: unknown } = error
  while (root.cause instanceof Error) root = root.cause
  return String(root.code ?? root.message)
}
