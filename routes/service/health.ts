import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Health } from '../../src/http/schemas/replies.js'
import { requireReady } from '../../src/monitoring/readiness.js'

export default fp(healthRoutes)

async function healthRoutes(app: FastifyInstance) {
  const options = { config: { isMonitoring: true }, schema: { response: { 200: Health } } }
  app.get('/health/live', options, confirm)
  app.get('/health/ready', options, confirmReady)

  async function confirm() {
    return { status: 'ok' }
  }

  async function confirmReady() {
    await requireReady(app)
    return { status: 'ok' }
  }
}
