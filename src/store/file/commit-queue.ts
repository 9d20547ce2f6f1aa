import { Refusal } from '../../errors/refusals.js'
import type { Change } from './change.js'
import { Draft } from './draft.js'
import { createHangWatch, hanging } from './hang-watch.js'
import type { Intention } from './intentions.js'
import type { Records } from './records.js'

/** The options of a commit queue. */
export interface CommitQueueOptions {
  /** The records that readers see. A change is applied to them only once it is on disk. */
  records: Records
  /** Writes the changes of a batch. Two calls never overlap. */
  append(changes: readonly Change[]): Promise<void>
  /** Applies a change to the records; called once it is on disk. */
  apply(change: Change): void
  /** Called between two batches, while nothing is being written. */
  paused(): void
  /** Called after each write with its number of changes and its duration in seconds. */
  flushed?: ((changes: number, seconds: number) => void) | undefined
  /** How long a write may take, in milliseconds, before the disk counts as hanging. */
  hangAfter: number
}

/** Group commit: changes that arrive during a write are written together by the next one. */
export interface CommitQueue {
  /** Whether the last attempt to write has failed. The write probe sets it, too. */
  isFailing: boolean
  /** Whether a write takes too long. */
  readonly isHanging: boolean
  /**
   * Resolves once the changes are on disk, with whether there were any.
   *
   * @throws the errors of the intention; `StoreUnavailableError` if the write fails, or while one takes too long.
   */
  commit(intention: Intention): Promise<boolean>
  /** Runs a task between two batches: the records have no change meanwhile. @throws the errors of the task. */
  runBetween<Result>(task: () => Promise<Result>): Promise<Result>
  /** Waits until nothing is being written, nor waits to be. */
  settle(): Promise<void>
}

interface Pending {
  intention: Intention
  resolve(hasChanged: boolean): void
  reject(error: unknown): void
}

/** See `CommitQueue`. */
export function createCommitQueue(options: CommitQueueOptions): CommitQueue {
  const { records, append, apply, paused, flushed, hangAfter } = options
  let pending: Pending[] = []
  let tasks: (() => Promise<void>)[] = []
  let flushing: Promise<void> | undefined
  let isFailing = false
  // All waiting and new calls are refused while a write hangs.
  const hangWatch = createHangWatch(hangAfter, () => {
    for (const { reject } of pending.splice(0)) reject(hanging())
  })

  async function flushPending(): Promise<void> {
    while (pending.length > 0 || tasks.length > 0) {
      const batch = pending
      pending = []
      await flush(batch)
      await runTasks()
      paused()
    }
    flushing = undefined
  }

  async function runTasks(): Promise<void> {
    const due = tasks
    tasks = []
    for (const task of due) await task()
  }

  async function flush(batch: Pending[]): Promise<void> {
    const { changes, answers } = draftChanges(batch, records)
    try {
      if (changes.length > 0) {
        const start = performance.now()
        await hangWatch.watch(append(changes))
        flushed?.(changes.length, (performance.now() - start) / 1000)
        isFailing = false
      }
    } catch (cause) {
      isFailing = true
      for (const { reject } of batch) reject(new Refusal('StoreUnavailableError', { cause }))
      return
    }
    for (const change of changes) apply(change)
    for (const answer of answers) answer()
  }

  return {
    get isFailing() {
      return isFailing
    },

    set isFailing(value) {
      isFailing = value
    },

    get isHanging() {
      return hangWatch.isHanging
    },

    commit(intention) {
      if (hangWatch.isHanging) return Promise.reject(hanging())
      return new Promise((resolve, reject) => {
        pending.push({ intention, resolve, reject })
        flushing ??= flushPending()
      })
    },

    runBetween(task) {
      return new Promise((resolve, reject) => {
        tasks.push(() => hangWatch.watch(task()).then(resolve, reject))
        flushing ??= flushPending()
      })
    },

    async settle() {
      while (flushing !== undefined) await flushing
    }
  }
}

/** The changes of a batch, each drafted on top of those before it, and the functions that answer the calls after the write. */
function draftChanges(batch: readonly Pending[], records: Records) {
  const draft = new Draft(records)
  const changes: Change[] = []
  // A refusal waits for the write, too: it may be due to an earlier change of the batch, whose write may fail.
  const answers: (() => void)[] = []
  for (const { intention, resolve, reject } of batch) {
    try {
      const intended = intention(draft)
      for (const change of intended) draft.change(change)
      changes.push(...intended)
      answers.push(() => resolve(intended.length > 0))
    } catch (error) {
      answers.push(() => reject(error))
    }
  }
  return { changes, answers }
}
