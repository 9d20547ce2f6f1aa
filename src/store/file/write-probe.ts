import { Refusal } from '../../errors/refusals.js'
import type { CommitQueue } from './commit-queue.js'
import { hanging, noAnswer } from './hang-watch.js'
import type { Journal } from './journal.js'

/** The options of a write probe; times are in milliseconds. */
export interface WriteProbeOptions {
  journal: Journal
  queue: CommitQueue
  /** How long a result stands. */
  probeAfter: number
  /** How long the disk may take to answer. */
  hangAfter: number
}

/** Tells whether changes can be stored. */
export interface WriteProbe {
  /** See `Store.requireWritable`. @throws `StoreUnavailableError`. */
  requireWritable(): Promise<void>
  /** Whether the folder, the snapshot and the journal are where they were. */
  isInPlace(): Promise<boolean>
}

/** See `WriteProbe`. */
export function createWriteProbe({ journal, queue, probeAfter, hangAfter }: WriteProbeOptions): WriteProbe {
  let probing: Promise<void> | undefined
  let lookAt = 0
  let looking: Promise<void> | undefined

  /** The answer of the disk, unless it takes too long: the call then goes on, but nobody waits for it. */
  function inTime(answer: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(noAnswer()), hangAfter)
      answer.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  function probe(): Promise<void> {
    const attempt = queue.runBetween(async () => {
      if (queue.isFailing) await journal.probeWrite()
      queue.isFailing = false
    })
    const result = inTime(attempt).catch((cause: unknown) => {
      throw new Refusal('StoreUnavailableError', { cause })
    })
    const forget = () => {
      probing = undefined
    }
    // A refusal stands for a while, so that those who ask without a pause do not keep a failing disk busy.
    result.then(forget, () => setTimeout(forget, probeAfter).unref())
    return result
  }

  function look(): Promise<void> {
    // One at a time: each that hangs holds a thread.
    looking ??= journal.requireInPlace().finally(() => {
      looking = undefined
    })
    return inTime(looking)
  }

  async function requireInPlace(): Promise<void> {
    if (performance.now() < lookAt) return
    lookAt = performance.now() + probeAfter
    try {
      await look()
    } catch (cause) {
      queue.isFailing = true
      throw new Refusal('StoreUnavailableError', { cause })
    }
  }

  return {
    async requireWritable() {
      if (queue.isHanging) throw hanging()
      if (!queue.isFailing) return await requireInPlace()
      probing ??= probe()
      await probing
    },

    isInPlace() {
      return look().then(
        () => true,
        () => false
      )
    }
  }
}
