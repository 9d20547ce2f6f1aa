import type { Journal } from './journal.js'

/** The options of a compaction; times are in milliseconds. */
export interface CompactionOptions {
  journal: Journal
  /** Writes the snapshot of all records, in pieces that call `checkTime`, which throws once the time is over. */
  writeSnapshot(checkTime: () => void): Promise<void>
  /** How many changes the journal may grow by before it is compacted into a new snapshot. */
  growth(): number
  /** How long a file of the journal is kept once it is compacted, for a backup that has listed it. */
  removeAfter: number
  /** How long a close may go on compacting; the next start does what is left. */
  compactAtCloseFor: number
  /** Called for failures that fail no call. */
  warn(error: unknown, message: string): void
  /** Is told that changes which were acknowledged could not be kept. */
  lost?: ((error: unknown, message: string) => void) | undefined
}

/** Compacts the journal into a new snapshot, and removes the files that were compacted. */
export interface Compaction {
  /** Begins to compact, unless that is under way, if the journal has grown enough. */
  compactIfDue(): void
  /** Compacts what must be, `isDue` or not yet compacted, and removes the files; changes must not go on meanwhile. */
  close(isDue: () => Promise<boolean>): Promise<void>
}

/** Creates a `Compaction`. It starts with the leftovers of a process that was killed. */
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
      // Another folder at its place has another owner.
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

  // The journal keeps what a snapshot does not hold, if it is still where it was.
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
