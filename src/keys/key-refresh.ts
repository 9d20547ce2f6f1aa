/** Looks at the keys again and again. */
export interface KeyRefresh {
  /** Looks now, and once more if a look is under way: that one may have begun before the change. */
  soon(): void
  /** Waits for the look under way, and begins no other. */
  close(): Promise<void>
}

/**
 * Begins to look at the keys, one look at a time. It keeps no process alive.
 *
 * @param look never rejects.
 * @param interval in milliseconds.
 */
export function startKeyRefresh(look: () => Promise<void>, interval: number): KeyRefresh {
  let looking: Promise<void> | undefined
  let isDue = false
  let isClosed = false

  async function lookWhileDue(): Promise<void> {
    while (isDue) {
      isDue = false
      await look()
    }
  }

  function soon(): void {
    isDue = !isClosed
    looking ??= lookWhileDue().finally(() => {
      looking = undefined
    })
  }

  const timer = setInterval(soon, interval).unref()

  return {
    soon,

    async close() {
      clearInterval(timer)
      isClosed = true
      isDue = false
      await looking
    }
  }
}
