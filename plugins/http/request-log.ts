import fp from 'fastify-plugin'
import type { ServiceOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is called every few seconds by what watches the service. */
    isMonitoring?: boolean
    /** The route has its clients wait until there is something to tell, and they come back at once. */
    isLongPoll?: boolean
    /** The route hands its requests to another service of the process, which counts and logs them. */
    isHandedOver?: boolean
  }
}

const levels = new Set(['info', 'debug', 'trace'])

/** One line a request, at level `info`. Fastify's own lines hold the whole URL, and with it the secrets of the query string. */
export default fp<ServiceOptions>(
  async (app, { isOffline }) => {
    // A command's own calls are no requests of anybody. Its changes are in the audit log.
    if (isOffline || !levels.has(app.config.POSTERN_LOG_LEVEL)) return
    app.addHook('onResponse', (request, reply, done) => {
      const { isMonitoring, isHandedOver, isLongPoll } = request.routeOptions.config
      const isRoutine = isMonitoring || (isLongPoll && reply.statusCode < 400)
      if (!isRoutine && !isHandedOver) {
        const milliseconds = Math.round(reply.elapsedTime * 10) / 10
        app.log.info(
          { req: request, status: reply.statusCode, ms: milliseconds },
          outcomeOf(reply.statusCode)
        )
      }
      done()
    })
  },
  { name: 'request-log', dependencies: ['config'] }
)

function outcomeOf(status: number): string {
  if (status < 400) return 'request answered'
  return status < 500 ? 'request refused' : 'request failed'
}
