import underPressure from '@fastify/under-pressure'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal } from '../../src/errors/refusals.js'

/** Sheds load: while what is under way holds the event loop up, a request is told so rather than have it wait as well. */
export default fp(
  async (app) => {
    const maxEventLoopDelay = app.config.POSTERN_MAX_EVENT_LOOP_DELAY
    if (maxEventLoopDelay === 0) return
    await app.register(underPressure, { maxEventLoopDelay, pressureHandler: shed })
  },
  { name: 'load-shedding', dependencies: ['config', 'errors'] }
)

// Whoever watches the service must see it then, and not take it for dead.
async function shed({ routeOptions }: FastifyRequest): Promise<void> {
  if (routeOptions.config.isMonitoring) return
  throw new Refusal('ServerBusyError', {
    message: 'The service is overloaded; try again soon.',
    headers: { 'retry-after': '1' }
  })
}
