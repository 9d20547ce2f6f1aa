import type { Clock } from './clock.js'

/** How a `FixtureClock` stands: ahead of its base by so many milliseconds, or still, at that time. */
export type FixtureClockState = { readonly offset: number } | { readonly frozenAt: number }

/** A clock that a test sets, moves and stops. Wherever it is set, it runs on from there. */
export interface FixtureClock extends Clock {
  /** To this time, in milliseconds since the epoch. */
  set(time: number): void
  /** By so many seconds; a negative number sets it back. */
  advance(seconds: number): void
  /** Stops it, or has it run on. */
  freeze(isFrozen?: boolean): void
  isFrozen(): boolean
  /** Back to how it began. */
  reset(): void
  /** How it stands, for `restore`. */
  capture(): FixtureClockState
  restore(state: FixtureClockState): void
}

/** A clock that begins as the base runs, or at `start`, in milliseconds since the epoch. */
export function createFixtureClock(base: Clock, start?: number): FixtureClock {
  const beginning: FixtureClockState = { offset: start === undefined ? 0 : start - base() }
  let state: FixtureClockState = beginning

  const now = () => ('frozenAt' in state ? state.frozenAt : base() + state.offset)
  const set = (time: number) => {
    state = 'frozenAt' in state ? { frozenAt: time } : { offset: time - base() }
  }

  return Object.assign(now, {
    set,
    advance: (seconds: number) => set(now() + seconds * 1000),
    freeze(isFrozen = true) {
      const time = now()
      state = isFrozen ? { frozenAt: time } : { offset: time - base() }
    },
    isFrozen: () => 'frozenAt' in state,
    reset() {
      state = beginning
    },
    capture: () => state,
    restore(captured: FixtureClockState) {
      state = captured
    }
  })
}
