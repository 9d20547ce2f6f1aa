import type { Clock } from '../clock.js'
import { createLazyCounter } from '../counters/lazy-counter.js'
import { whenAllFound } from '../lookup.js'
import type { FailureCount, FailureCounts, FailureKind } from './failure-counts.js'

/**
 * `FailureCounts` of this process, 100,000 of each kind and as many pauses. It loads its counters with the first failure; until
 * then each lookup is synchronous.
 */
export function createMemoryFailureCounts(clock: Clock): FailureCounts {
  // Each count and each pause is given its duration with its first failure.
  const createCounter = () => createLazyCounter({ points: 0, duration: 0, clock })
  const counters = {
    host: createCounter(),
    site: createCounter(),
    name: createCounter(),
    network: createCounter(),
    code: createCounter()
  } satisfies Record<FailureKind, unknown>
  const pauses = createCounter()

  async function add({ kind, key }: FailureCount, window: number) {
    return toTally(await (await counters[kind].load()).penalty(key, 1, { customDuration: window }))
  }

  return {
    find(counts) {
      const results = counts.map(({ kind, key }) => counters[kind].find(key))
      return whenAllFound(results, (results) => results.map(toTally))
    },

    add: (counts, window) => Promise.all(counts.map((count) => add(count, window))),
    forget: ({ kind, key }) => counters[kind].delete(key),

    findPauses(keys) {
      const results = keys.map((key) => pauses.find(key))
      return whenAllFound(results, (results) => results.map((result) => toTally(result).wait))
    },

    async pause(begun) {
      if (begun.length === 0) return
      const counter = await pauses.load()
      for (const { key, duration } of begun) await counter.block(key, duration)
    },

    clear() {
      for (const counter of [...Object.values(counters), pauses]) counter.forget()
    }
  }
}

function toTally(result: { consumedPoints: number; msBeforeNext: number } | null) {
  return { failures: result?.consumedPoints ?? 0, wait: result?.msBeforeNext ?? 0 }
}
