import type { FastifyBaseLogger } from 'fastify'

// How often a slow start is logged, in milliseconds.
const interval = 5_000

/** Has the log say every 5 seconds that the start goes on, until the result is called. */
export function reportSlowStart(log: Pick<FastifyBaseLogger, 'info'>): () => void {
  const timer = setInterval(() => {
    const seconds = Math.round(process.uptime())
    log.info({ seconds }, `the service is still starting after ${seconds} seconds`)
  }, interval)
  return () => clearInterval(timer)
}
