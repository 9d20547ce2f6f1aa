import type { CounterOptions, WindowCounter } from './window-counter.js'

/** A counter that is loaded with its first use: the limiter comes with all its back ends. */
export interface LazyCounter {
  load(): Promise<WindowCounter>
  /** Forgets all that it has counted. */
  forget(): void
}

/** See `LazyCounter`. */
export function createLazyCounter(options: CounterOptions): LazyCounter {
  let counter: Promise<WindowCounter> | undefined

  return {
    load() {
      counter ??= import('./window-counter.js').then(({ WindowCounter }) => new WindowCounter(options))
      return counter
    },

    forget() {
      counter = undefined
    }
  }
}
