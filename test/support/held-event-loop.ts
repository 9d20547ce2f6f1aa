import { setTimeout as after } from 'node:timers/promises'

// In milliseconds. Longer than the time between two looks at the delay.
const held = 1100

// Nobody wakes the thread that waits here, which leaves the processor to other tests.
const nobody = new Int32Array(new SharedArrayBuffer(4))

/** A limit of the delay that a busy machine stays below, and an event loop that is held up does not. */
export const maxDelay = '500'

/**
 * Holds up the event loop until the service has noticed. The look at the delay may come before the delay is measured: then only
 * the next look finds it.
 */
export async function holdEventLoop(): Promise<void> {
  for (let look = 0; look < 2; look += 1) {
    Atomics.wait(nobody, 0, 0, held)
    // Timers that have fallen due meanwhile run before this one.
    await after(0)
  }
}
