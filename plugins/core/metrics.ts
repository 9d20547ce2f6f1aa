import fp from 'fastify-plugin'
import type { Metrics } from '../../src/monitoring/metrics.js'
import { requireReady } from '../../src/monitoring/readiness.js'
import { version } from '../../src/version.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null unless metrics are enabled. */
    metrics: Metrics | null
  }
}

export default fp(
  async (app) => {
    if (app.config.POSTERN_METRICS === 'false') {
      app.decorate('metrics', null)
      return
    }
    const { createMetrics } = await import('../../src/monitoring/metrics.js')
    const metrics = createMetrics({
      audit: app.audit,
      hashes: () => app.passwords.load,
      // Read long after the store and the keys, which come after this plugin, are there.
      isReady: () =>
        requireReady(app).then(
          () => true,
          () => false
        ),
      revocationReaders: () => app.revocationFeed.waiting,
      version
    })
    app.decorate('metrics', metrics)
    app.addHook('onResponse', (request, reply, done) => {
      const { url: route = 'unknown', config } = request.routeOptions
      if (config.isHandedOver) return done()
      // The time that a reader waits is not the time that the service takes.
      const seconds = config.isLongPoll ? undefined : reply.elapsedTime / 1000
      metrics.countRequest({ method: request.method, route, status: reply.statusCode, seconds })
      done()
    })
  },
  { name: 'metrics', dependencies: ['config', 'audit', 'passwords'] }
)
