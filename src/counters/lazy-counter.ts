import type { RateLimiterRes } from 'rate-limiter-flexible'
import type { Lookup } from '../lookup.js'
import type { CounterOptions, WindowCounter } from './window-counter.js'

/** A counter that is loaded with its first count: the limiter comes with all its back ends. */
export interface LazyCounter {
  load(): Promise<WindowCounter>
  /** The count of a key; null, at once, before the first count. */
  find(key: string): Lookup<RateLimiterRes | null>
  /** Forgets the count of a key. */
  delete(key: string): Lookup<boolean>
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

    find: (key) => (counter === undefined ? null : counter.then((loaded) => loaded.get(key))),
    delete: (key) => (counter === undefined ? false : counter.then((loaded) => loaded.delete(key))),

    forget() {
      counter = undefined
    }
  }
}
