import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import type { Metrics } from '../../src/monitoring/metrics.js'

export default fp(metricsRoutes)

async function metricsRoutes(app: FastifyInstance) {
  const { metrics } = app
  if (metrics === null) return
  app.get('/metrics', { config: { isMonitoring: true } }, async (_request, reply) =>
    readMetrics(metrics, reply)
  )
}

async function readMetrics(metrics: Metrics, reply: FastifyReply) {
  return reply.type(metrics.contentType).send(await metrics.read())
}
