import type { Journal } from './journal.js'

/** What a compaction is made of; times are in milliseconds. */
export interface CompactionOptions {
  journal: Journal
  /** Writes the snapshot of all records, in pieces that call `checkTime`, which throws once the time is over. */
  writeSnapshot(checkTime: () => void): Promise<void>
  /** How many changes the journal may grow by before it is folded into a new snapshot. */
  growth(): number
  /** How long a file of the journal is kept once it is folded, for a backup that has listed it. */
  removeAfter: number
  /** How long a close may go on folding; the next start does what is left. */
  foldAtCloseFor: number
  /** Is told of what failed without failing a call. */
  warn(error: unknown, message: string): void
}

/** Folds the journal into a new snapshot, and removes the files that were folded. */
export interface Compaction {
  /** Begins to fold, unless that is under way, if the journal has grown enough. */
  foldIfDue(): void
  /** Folds what must be, `isDue` or not yet folded, and removes the files; changes must not go on meanwhile. */
  close(isDue: () => Promise<boolean>): Promise<void>
}

/** See `Compaction`. It begins with what a process that was killed has left. */
export function createCompaction(options: CompactionOptions): Compaction {
  const { journal, writeSnapshot, growth, removeAfter, foldAtCloseFor, warn } = options
  let foldAt = journal.length + growth()
  let folding: Promise<void> | undefined
  let removal: NodeJS.Timeout | undefined
  let removing = removeFolded()
  let isGivenUp = false
  if (!journal.isEmpty) folding = fold()

  async function fold(): Promise<void> {
    const folded = journal.cut()
    try {
      // Another folder at its place has another owner.
      await journal.requireFoldable()
      await writeSnapshot(requireTimeLeft)
      folded()
      scheduleRemoval()
    } catch (error) {
      // Nothing is lost: the journal goes on, and the next start replays more of it.
      warn(error, 'the journal could not be folded into users.json')
    }
    foldAt = journal.length + growth()
    folding = undefined
  }

  function requireTimeLeft(): void {
    if (isGivenUp) throw new Error('the time for it was over: the next start does it')
  }

  function scheduleRemoval(): void {
    removal ??= setTimeout(() => {
      removal = undefined
      removing = removeFolded()
    }, removeAfter).unref()
  }

  async function removeFolded(): Promise<void> {
    try {
      await journal.removeFolded()
    } catch (error) {
      warn(error, 'the journal that was folded could not be removed')
    }
  }

  return {
    foldIfDue() {
      if (journal.length >= foldAt) folding ??= fold()
    },

    async close(isDue) {
      const timer = setTimeout(() => {
        isGivenUp = true
      }, foldAtCloseFor)
      await folding
      const mustFold = !journal.isEmpty || (await isDue())
      if (mustFold && !isGivenUp) await fold()
      clearTimeout(timer)
      clearTimeout(removal)
      await removing
      await removeFolded()
    }
  }
}
