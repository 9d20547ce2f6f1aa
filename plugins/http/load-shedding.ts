import fp from 'fastify-plugin'
import { Refusal } from '../../src/errors/refusals.js'
import { measureEventLoopDelay } from '../../src/monitoring/event-loop-delay.js'

/** Sheds load: while work holds the event loop up, a request gets 503 and does not wait as well. */
export default fp(
  async (app) => {
    const maxDelay = app.config.POSTERN_MAX_EVENT_LOOP_DELAY
    if (maxDelay === 0) return
    const delay = measureEventLoopDelay()
    app.addHook('onClose', async () => delay.stop())
    app.addHook('onRequest', ({ routeOptions }, _reply, done) => {
      // A monitor must see the service then, and not take it for dead; a reader of the feed would hear of no revocation.
      const { isMonitoring, isLongPoll } = routeOptions.config
      if (delay.mean <= maxDelay || isMonitoring || isLongPoll) done()
      else done(overloaded())
    })
  },
  { name: 'load-shedding', dependencies: ['config', 'errors'] }
)

function overloaded(): Refusal {
  return new Refusal('ServerBusyError', {
    message: 'The service is overloaded; try again soon.',
    headers: { 'retry-after': '1' }
  })
}
