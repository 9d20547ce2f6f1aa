import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { createSessionRate, type SessionRate } from '../../src/sessions/session-rate.js'

declare module 'fastify' {
  interface FastifyInstance {
    sessionRate: SessionRate
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    app.decorate('sessionRate', createSessionRate(app.config.POSTERN_SESSIONS_PER_MINUTE, clock))
  },
  { name: 'session-rate', dependencies: ['config'] }
)
