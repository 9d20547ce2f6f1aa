import type { Journal } from './journal.js'

/** The options of a compaction; times are in milliseconds. */
export interface CompactionOptions {
  journal: Journal
  /** Writes the snapshot of all records in pieces. It calls `checkTime` for each, which throws once the time is over. */
  writeSnapshot(checkTime: () => void): Promise<void>
  /** The number of changes by which the journal may grow before the next compaction. */
  growth(): number
  /** How long a compacted file of the journal is kept, for a backup that has listed it. */
  removeAfter: number
  /** How long a close may go on compacting. The next start does the rest. */
  compactAtCloseFor: number
  /** Called for a failure that fails no call. */
  warn(error: unknown, message: string): void
  /** Called when acknowledged changes are lost. */
  lost?: ((error: unknown, message: string) => void) | undefined
}

/** Compacts the journal into a new snapshot, and removes the compacted files. */
export interface Compaction {
  /** Begins a compaction if the journal has grown enough and none is under way. */
  compactIfDue(): void
  /** Compacts the journal if it is not empty or `isDue`, and removes the files. No change may be made meanwhile. */
  close(isDue: () => Promise<boolean>): Promise<void>
}

/** See `Compaction`. It begins with the files that a killed process has left. */
export function createCompaction(options: CompactionOptions): Compaction {
  const { journal, writeSnapshot, growth, removeAfter, compactAtCloseFor, warn, lost } = options
  let compactAt = journal.length + growth()
  let compacting: Promise<void> | undefined
  let removal: NodeJS.Timeout | undefined
  let removing = removeCompacted()
  let isGivenUp = false
  if (!journal.isEmpty) compacting = compact()

  async function compact(): Promise<void> {
    const compacted = journal.rotate()
    try {
      // If another folder took its place, that one has another owner.
      await journal.requireCompactable()
      await writeSnapshot(requireTimeLeft)
      compacted()
      scheduleRemoval()
    } catch (error) {
      // Nothing is lost: the journal goes on, and the next start replays more of it.
      warn(error, 'the journal could not be compacted into users.json')
    }
    compactAt = journal.length + growth()
    compacting = undefined
  }

  function requireTimeLeft(): void {
    if (isGivenUp) throw new Error('the time for it was over: the next start does it')
  }

  // Changes that are in no snapshot are safe in the journal, as long as that is in its place.
  async function requireKept(): Promise<void> {
    try {
      await journal.requireInPlace()
    } catch (error) {
      lost?.(error, 'changes that were acknowledged are lost: restore the data folder from a backup')
    }
  }

  function scheduleRemoval(): void {
    removal ??= setTimeout(() => {
      removal = undefined
      removing = removeCompacted()
    }, removeAfter).unref()
  }

  async function removeCompacted(): Promise<void> {
    try {
      await journal.removeCompacted()
    } catch (error) {
      warn(error, 'the journal that was compacted could not be removed')
    }
  }

  return {
    compactIfDue() {
      if (journal.length >= compactAt) compacting ??= compact()
    },

    async close(isDue) {
      const timer = setTimeout(() => {
        isGivenUp = true
      }, compactAtCloseFor)
      await compacting
      const mustCompact = !journal.isEmpty || (await isDue())
      if (mustCompact && !isGivenUp) {
        await compact()
        if (!journal.isEmpty) await requireKept()
      }
      clearTimeout(timer)
      clearTimeout(removal)
      await removing
      await removeCompacted()
    }
  }
}
