import { setTimeout as after } from 'node:timers/promises'

// In milliseconds. Longer than the time between two looks at the delay.
const held = 1100

/**
 * Holds up the event loop until the service has noticed. The look at the delay may come before the delay is measured: then only
 * the next look finds it.
 */
export async function holdEventLoop(): Promise<void> {
  for (let look = 0; look < 2; look += 1) {
    const end = performance.now() + held
    while (performance.now() < end);
    // Timers that have fallen due meanwhile run before this one.
    await after(0)
  }
}
