import { Refusal } from '../errors/refusals.js'

/** The limits of concurrency. */
export interface ConcurrencyOptions {
  /** The maximum of running tasks. */
  maxRunning: number
  /** The maximum of waiting tasks. */
  maxQueued: number
  /** In milliseconds. */
  maxWait: number
}

/** The origin of a task. */
export interface TaskOrigin {
  /** Its tasks take turns with those of other networks. Undefined: the task is a network of its own. */
  network?: string | undefined
  /** Whether nobody waits for the result any more. */
  isGone?: (() => boolean) | undefined
}

/**
 * Lets a bounded number of tasks run at once, and a bounded number of others wait, in turns between networks.
 *
 * One network may have the whole queue while nobody else waits. When the queue is full, room is made by those whose client is
 * gone, else by the newest task of the network with most waiting. So a network that asks without end takes the places of
 * its own tasks, and another one waits for one task of each network that waits.
 */
export interface ConcurrencyLimit {
  /**
   * Runs the task when its turn has come; the tasks of one network keep their order.
   *
   * @throws `ServerBusyError` without running it, when the queue is full, the wait was too long, or the client is gone.
   */
  run<T>(task: () => Promise<T>, origin?: TaskOrigin): Promise<T>
  /** The numbers of running and waiting tasks. */
  readonly load: { running: number; waiting: number }
}

interface Waiter {
  isGone: () => boolean
  enter(): void
  refuse(): void
}

/** See `ConcurrencyLimit`. A turn costs the same however many wait; room in a full queue costs a look at all of them. */
export function createConcurrencyLimit(options: ConcurrencyOptions): ConcurrencyLimit {
  const { maxRunning, maxQueued, maxWait } = options
  // By network; the next in turn stands first.
  const queues = new Map<unknown, Set<Waiter>>()
  let running = 0
  let waiting = 0

  function add(network: unknown, waiter: Waiter): void {
    const queue = queues.get(network) ?? new Set()
    queues.set(network, queue.add(waiter))
    waiting += 1
  }

  function remove(network: unknown, waiter: Waiter): void {
    const queue = queues.get(network)
    if (!queue?.delete(waiter)) return
    waiting -= 1
    if (queue.size === 0) queues.delete(network)
  }

  function waitForTurn(network: unknown, isGone: () => boolean): Promise<void> {
    if (waiting >= maxQueued) makeRoom(network)
    return new Promise((resolve, reject) => {
      const withdraw = () => {
        clearTimeout(timer)
        remove(network, waiter)
      }
      const waiter: Waiter = {
        isGone,
        enter() {
          withdraw()
          resolve()
        },
        refuse() {
          withdraw()
          reject(busy())
        }
      }
      const timer = setTimeout(waiter.refuse, maxWait)
      add(network, waiter)
    })
  }

  function makeRoom(newcomer: unknown): void {
    for (const queue of queues.values()) {
      for (const waiter of queue) if (waiter.isGone()) waiter.refuse()
    }
    if (waiting < maxQueued) return
    const longest = [...queues.values()].reduce<Set<Waiter>>(
      (longest, queue) => (queue.size > longest.size ? queue : longest),
      new Set()
    )
    const own = queues.get(newcomer)?.size ?? 0
    if (own + 1 >= longest.size) throw busy()
    const newest = [...longest].at(-1)
    newest?.refuse()
  }

  // A place goes straight to the next in turn: a newcomer could take a freed one.
  function leave(): void {
    for (const [network, queue] of queues) {
      queues.delete(network)
      queues.set(network, queue)
      const next = firstPresent(queue)
      if (next !== undefined) {
        next.enter()
        return
      }
    }
    running -= 1
  }

  return {
    get load() {
      return { running, waiting }
    },

    async run(task, { network, isGone = () => false } = {}) {
      if (isGone()) throw busy()
      if (running < maxRunning) running += 1
      else await waitForTurn(network ?? {}, isGone)
      try {
        return await task()
      } finally {
        leave()
      }
    }
  }
}

/** The one that has waited longest; those before it whose client is gone are turned away. */
function firstPresent(queue: Set<Waiter>): Waiter | undefined {
  for (const waiter of queue) {
    if (!waiter.isGone()) return waiter
    waiter.refuse()
  }
  return undefined
}

function busy(): Refusal {
  return new Refusal('ServerBusyError', { headers: { 'retry-after': '1' } })
}
