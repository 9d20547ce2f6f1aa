import { monitorEventLoopDelay } from 'node:perf_hooks'

// Both in milliseconds.
const resolution = 10
const sampleInterval = 1000

/** Measures by how much the event loop is held up. */
export interface EventLoopDelay {
  /** The mean delay of the last second, in milliseconds. */
  readonly mean: number
  /** Ends the measurement. */
  stop(): void
}

/**
 * Begins to measure. Costs a timer each second.
 *
 * It asks for nothing else, unlike @fastify/under-pressure, which also reads the memory of the process: without a file
 * descriptor that read throws, in a timer, and ends the process.
 */
export function measureEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution })
  let mean = 0
  histogram.enable()
  const timer = setInterval(() => {
    // Without a sample the loop was held up for all of the second.
    mean = Number.isNaN(histogram.mean) ? sampleInterval : Math.max(0, histogram.mean / 1e6 - resolution)
    histogram.reset()
  }, sampleInterval)
  timer.unref()
  return {
    get mean() {
      return mean
    },

    stop() {
      clearInterval(timer)
      histogram.disable()
    }
  }
}
