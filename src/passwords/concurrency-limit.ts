import { ServiceError } from '../errors/refusals.js'

/** How much may go on at once. */
export interface GateLimits {
  /** Tasks that run. */
  maxRunning: number
  /** Tasks that wait for others to end. */
  maxQueued: number
  /** In milliseconds. */
  maxWait: number
}

/** Lets a bounded number of tasks run at once, and a bounded number of others wait in queue. */
export interface Gate {
  /**
   * Runs the task when a place is free, first come, first served.
   *
   * @throws `ServerBusyError` without running it, when the queue is full or the wait was too long.
   */
  run<T>(task: () => Promise<T>): Promise<T>
  /** How many tasks run and wait now. */
  readonly load: { running: number; waiting: number }
}

/** See `Gate`. */
export function createGate({ maxRunning, maxQueued, maxWait }: GateLimits): Gate {
  const queue = new Set<() => void>()
  let running = 0

  function waitForPlace(): Promise<void> {
    if (queue.size >= maxQueued) throw busy()
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        queue.delete(enter)
        reject(busy())
      }, maxWait)
      queue.add(enter)
    })
  }

  // A place is handed straight to the next in line: were it freed first, a newcomer could slip in between.
  function leave() {
    const [next] = queue
    if (next === undefined) {
      running -= 1
    } else {
      queue.delete(next)
      next()
    }
  }

  return {
    get load() {
      return { running, waiting: queue.size }
    },

    async run(task) {
      if (running < maxRunning) running += 1
      else await waitForPlace()
      try {
        return await task()
      } finally {
        leave()
      }
    }
  }
}

function busy() {
  return new ServiceError('ServerBusyError', { headers: { 'retry-after': '1' } })
}
