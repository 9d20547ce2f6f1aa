import type { ScheduledKey } from './key-ring.js'

/** Says which keys there should be, given those that there are; the same array changes nothing. */
export type KeyChange = (
  keys: readonly ScheduledKey[]
) => readonly ScheduledKey[] | Promise<readonly ScheduledKey[]>

/** Keeps the generated keys of all algorithms. Changes that overlap, also by other processes, are made one after the other. */
export interface KeyStorage {
  /**
   * The keys after the first change of a service, which also writes keys anew that an older release has kept in its format.
   *
   * @throws as `change`.
   */
  open(change: KeyChange): Promise<readonly ScheduledKey[]>
  /** The keys after this change. @throws what the change throws, and the driver's `StartupError`; then nothing has changed. */
  change(change: KeyChange): Promise<readonly ScheduledKey[]>
  /** A fingerprint of the keys. It differs once they have been changed. */
  fingerprint(): Promise<string>
}

/** Keeps keys in memory only, where a fixture may put others in their place. */
export interface MemoryKeyStorage extends KeyStorage {
  replace(keys: readonly ScheduledKey[]): void
}
