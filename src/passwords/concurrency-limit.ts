import { busy, createFairQueue, type QueueBounds } from './fair-queue.js'

/** The limits of concurrency. */
export interface ConcurrencyOptions extends QueueBounds {
  /** The maximum of running tasks. */
  maxRunning: number
}

/** The origin of a task. */
export interface TaskOrigin {
  /** The tasks of a network take turns with those of other networks. Undefined: the task is a network of its own. */
  network?: string | undefined
  /** Whether nobody waits for the result any more. */
  isGone?: (() => boolean) | undefined
}

/** Runs a bounded number of tasks at once. Further tasks wait in a `FairQueue`. */
export interface ConcurrencyLimit {
  /**
   * Runs the task when its turn has come.
   *
   * @throws `ServerBusyError` without running it, as `FairQueue.wait`.
   */
  run<T>(task: () => Promise<T>, origin?: TaskOrigin): Promise<T>
  /** The numbers of running and waiting tasks. */
  readonly load: { running: number; waiting: number }
}

/** See `ConcurrencyLimit`. */
export function createConcurrencyLimit({ maxRunning, ...bounds }: ConcurrencyOptions): ConcurrencyLimit {
  const queue = createFairQueue(bounds)
  let running = 0

  return {
    get load() {
      return { running, waiting: queue.length }
    },

    async run(task, { network, isGone = () => false } = {}) {
      if (isGone()) throw busy()
      if (running < maxRunning) running += 1
      else await queue.wait(network ?? {}, isGone)
      try {
        return await task()
      } finally {
        // The place goes straight to the next in turn: a newcomer could take a freed one.
        if (!queue.admitNext()) running -= 1
      }
    }
  }
}
