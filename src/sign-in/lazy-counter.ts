import type { CounterOptions, FailureCounter } from './failure-counter.js'

/** A counter that is loaded with its first use: the limiter comes with all its back ends. */
export interface LazyCounter {
  load(): Promise<FailureCounter>
  /** Forgets all that it has counted. */
  forget(): void
}

/** See `LazyCounter`. */
export function createLazyCounter(options: CounterOptions): LazyCounter {
  let counter: Promise<FailureCounter> | undefined

  return {
    load() {
      counter ??= import('./failure-counter.js').then(({ FailureCounter }) => new FailureCounter(options))
      return counter
    },

    forget() {
      counter = undefined
    }
  }
}
