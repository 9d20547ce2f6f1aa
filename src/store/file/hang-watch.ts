import { Refusal } from '../../errors/refusals.js'

/** Watches the writes of a store, of which one at a time goes on, for a disk that does not answer. */
export interface HangWatch {
  /** Whether the write that goes on takes too long. Its outcome is unknown until it ends. */
  readonly isHanging: boolean
  /** Watches a write until it ends. @throws what the write throws. */
  watch<Result>(write: Promise<Result>): Promise<Result>
}

/**
 * See `HangWatch`.
 *
 * @param hangAfter how long a write may take, in milliseconds, before the disk counts as hanging.
 * @param onHang called when a write has taken that long.
 */
export function createHangWatch(hangAfter: number, onHang: () => void): HangWatch {
  let isHanging = false

  return {
    get isHanging() {
      return isHanging
    },

    async watch(write) {
      const timer = setTimeout(() => {
        isHanging = true
        onHang()
      }, hangAfter)
      try {
        return await write
      } finally {
        clearTimeout(timer)
        isHanging = false
      }
    }
  }
}

/** The refusal while the disk does not answer. */
export function hanging(): Refusal {
  return new Refusal('StoreUnavailableError', { cause: noAnswer() })
}

/** The cause of that refusal. */
export function noAnswer(): Error {
  return new Error('the disk does not answer')
}
