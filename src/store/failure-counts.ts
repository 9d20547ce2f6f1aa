import type { Lookup } from '../lookup.js'

/** The kinds of failure counts; `code` are wrong codes of an account. Each has room of its own, so that a flood of addresses evicts no name. */
export type FailureKind = 'host' | 'site' | 'name' | 'network' | 'code'

/** A count of failures: its kind, and its key, which tells nothing of the name. */
export interface FailureCount {
  kind: FailureKind
  key: string
}

/** The state of a count. */
export interface Tally {
  failures: number
  /** In milliseconds, until the failures are forgotten; 0 without failures. */
  wait: number
}

/** A pause of a key, which begins now. */
export interface Pause {
  key: string
  /** In seconds. */
  duration: number
}

/**
 * The failures of logins, as a driver keeps them. It knows no limits: `createFailureLimits` judges the tallies.
 *
 * Each method is atomic: of concurrent additions to a count each one returns another tally. A driver that cannot reach its counts
 * goes on with those of `createMemoryFailureCounts`: no login is unlimited. Where the whole store is lost, each throws
 * `StoreUnavailableError`, so that a call waits for it once. By then it has counted the failure, or begun the pause.
 */
export interface FailureCounts {
  /** The tallies of these counts, in their order. */
  find(counts: readonly FailureCount[]): Lookup<readonly Tally[]>
  /**
   * Adds a failure to each of these counts, and returns the tallies that include it, in their order.
   *
   * @param window in seconds; a count is forgotten so long after its first failure.
   */
  add(counts: readonly FailureCount[], window: number): Lookup<readonly Tally[]>
  /** Forgets the failures of a count. */
  forget(count: FailureCount): Lookup<unknown>
  /** The milliseconds that are left of the pauses of these keys, in their order; 0 for a key without one. */
  findPauses(keys: readonly string[]): Lookup<readonly number[]>
  /** Begins these pauses. A pause replaces an earlier one of its key. */
  pause(pauses: readonly Pause[]): Lookup<unknown>
  /** Forgets all counts and pauses. */
  clear(): Lookup<void>
}
