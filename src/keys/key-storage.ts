import type { ScheduledKey } from './key-ring.js'

/**
 * Maps the existing keys to the wanted ones; the same array changes nothing. It is run again if another process has changed the
 * keys meanwhile.
 */
export type KeyChange = (
  keys: readonly ScheduledKey[]
) => readonly ScheduledKey[] | Promise<readonly ScheduledKey[]>

/** Keeps the generated keys of all algorithms. Concurrent changes, also by other processes, are serialised. */
export interface KeyStorage {
  /**
   * The keys after the first change of a service, which also rewrites keys in the format of an older release.
   *
   * @throws as `change`.
   */
  open(change: KeyChange): Promise<readonly ScheduledKey[]>
  /** The keys as they are. @throws the driver's `StartupError`. */
  read(): Promise<readonly ScheduledKey[]>
  /** The keys after this change. @throws the change's own errors, and the driver's `StartupError`; then nothing has changed. */
  change(change: KeyChange): Promise<readonly ScheduledKey[]>
  /** A fingerprint of the keys, which differs after each change. */
  fingerprint(): Promise<string>
  /** Watches the age of keys that are read after this call. Absent where nothing is promised of the changes of other processes. */
  watch?(): KeyWatch
}

/** The age of keys that were read. */
export interface KeyWatch {
  /** Whether the keys must be read again before a token is judged by them. */
  mustRead(): boolean
  /** Whether an answer may follow from them, at the moment of this call. */
  isCurrent(): boolean
}

/** Keeps keys in memory only; a fixture may replace them. */
export interface MemoryKeyStorage extends KeyStorage {
  replace(keys: readonly ScheduledKey[]): void
}
