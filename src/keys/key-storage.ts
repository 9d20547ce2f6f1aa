import type { ScheduledKey } from './key-ring.js'

/** Says which keys there should be, given those that there are. */
export type KeyChange = (
  keys: readonly ScheduledKey[]
) => readonly ScheduledKey[] | Promise<readonly ScheduledKey[]>

/** Where keys are kept that may change. */
export interface KeyStorage {
  change(change: KeyChange): Promise<readonly ScheduledKey[]>
  /** A fingerprint of the keys. It differs once they have been changed. */
  fingerprint(): Promise<string>
}
