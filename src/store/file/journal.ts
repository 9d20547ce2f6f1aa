import type { Change } from './change.js'

/** The changes since the last snapshot, in batches that are each on disk as a whole or not at all. */
export interface Journal {
  /** The number of the last change. */
  readonly seq: number
  /** How many changes are in its files that no snapshot holds, which is what a start has to replay. */
  readonly length: number
  /** Whether a snapshot holds all that is in its files. */
  readonly isEmpty: boolean
  /** The oldest format of the files that were read; undefined if there was none. */
  readonly oldestFormat: number | undefined
  /** The names of the files that ended with a batch which was never acknowledged, and which was passed over. */
  readonly unacknowledgedTails: readonly string[]
  /**
   * Appends changes as one batch, and resolves once it is on disk; calls must not overlap. When it fails, nothing of it is
   * kept, unless the disk fails again while it is being taken back: that is then done before the next call appends.
   *
   * @throws the file system's error; and as `requireInPlace`.
   */
  append(changes: readonly Change[]): Promise<void>
  /**
   * Tests whether changes can be appended, by writing as much as some hundred of them to disk and taking it back, which
   * leaves no trace; must not overlap with another call.
   *
   * @throws as `append`.
   */
  probeWrite(): Promise<void>
  /**
   * Looks whether the folder, the snapshot, and the files that no snapshot holds, are still where they were. Costs a look at the
   * file system for each, mostly three in all.
   *
   * @throws `Error` that says which of them is gone or was replaced; and the file system's.
   */
  requireInPlace(): Promise<void>
  /**
   * As `requireInPlace`, but files that are gone do no harm: a snapshot is about to hold what was in them.
   *
   * @throws as `requireInPlace`.
   */
  requireCompactable(): Promise<void>
  /**
   * Has the next change begin a new file, between two calls of `append`. The result is called once a snapshot holds what is
   * in the files up to here.
   */
  rotate(): () => void
  /** Removes the files of which a snapshot holds all. @throws the file system's error. */
  removeCompacted(): Promise<void>
  /** Closes the files that are open, the snapshot's included. */
  close(): Promise<void>
}
