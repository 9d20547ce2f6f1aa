import { Refusal } from '../errors/refusals.js'

/** The bounds of a queue. */
export interface QueueBounds {
  /** The maximum of waiting tasks. */
  maxQueued: number
  /** In milliseconds. */
  maxWait: number
}

/**
 * A bounded queue in which the networks take turns; the tasks of one network keep their order.
 *
 * One network may have the whole queue while nobody else waits. When the queue is full, a newcomer takes the place of the tasks
 * whose client is gone, else of the newest task of the network with the most waiting tasks. So a network that asks without end
 * loses its own places, and another one waits for one task of each waiting network.
 */
export interface FairQueue {
  /**
   * Waits for the turn of a task. Costs the same however long the queue is; a full queue costs a look at all its tasks.
   *
   * @param network any value that identifies it.
   * @param isGone whether nobody waits for the task any more.
   * @throws `ServerBusyError` when the queue is full, the wait was too long, or the client is gone.
   */
  wait(network: unknown, isGone: () => boolean): Promise<void>
  /** Gives the next task its turn. False: none waits. */
  admitNext(): boolean
  /** The number of waiting tasks. */
  readonly length: number
}

interface Waiter {
  isGone: () => boolean
  enter(): void
  refuse(): void
}

/** See `FairQueue`. */
export function createFairQueue({ maxQueued, maxWait }: QueueBounds): FairQueue {
  // By network; the next in turn stands first.
  const queues = new Map<unknown, Set<Waiter>>()
  let length = 0

  function add(network: unknown, waiter: Waiter): void {
    const queue = queues.get(network) ?? new Set()
    queues.set(network, queue.add(waiter))
    length += 1
  }

  function remove(network: unknown, waiter: Waiter): void {
    const queue = queues.get(network)
    if (!queue?.delete(waiter)) return
    length -= 1
    if (queue.size === 0) queues.delete(network)
  }

  function makeRoom(newcomer: unknown): void {
    for (const queue of queues.values()) {
      for (const waiter of queue) if (waiter.isGone()) waiter.refuse()
    }
    if (length < maxQueued) return
    const longest = longestOf(queues.values())
    const own = queues.get(newcomer)?.size ?? 0
    if (own + 1 >= longest.size) throw busy()
    const newest = [...longest].at(-1)
    newest?.refuse()
  }

  return {
    get length() {
      return length
    },

    // Not an `async` function, which would delay each turn by a tick.
    wait(network, isGone) {
      return new Promise((resolve, reject) => {
        if (length >= maxQueued) makeRoom(network)
        const settle = (outcome: () => void) => () => {
          clearTimeout(timer)
          remove(network, waiter)
          outcome()
        }
        const waiter = { isGone, enter: settle(resolve), refuse: settle(() => reject(busy())) }
        const timer = setTimeout(waiter.refuse, maxWait)
        add(network, waiter)
      })
    },

    admitNext() {
      for (const [network, queue] of queues) {
        queues.delete(network)
        queues.set(network, queue)
        const next = firstPresent(queue)
        if (next === undefined) continue
        next.enter()
        return true
      }
      return false
    }
  }
}

/** The refusal of a task that gets no turn. */
export function busy(): Refusal {
  return new Refusal('ServerBusyError', { headers: { 'retry-after': '1' } })
}

function longestOf(queues: Iterable<Set<Waiter>>): Set<Waiter> {
  let longest = new Set<Waiter>()
  for (const queue of queues) if (queue.size > longest.size) longest = queue
  return longest
}

/** The task that has waited longest; refuses those before it whose client is gone. */
function firstPresent(queue: Set<Waiter>): Waiter | undefined {
  for (const waiter of queue) {
    if (!waiter.isGone()) return waiter
    waiter.refuse()
  }
  return undefined
}
