import fp from 'fastify-plugin'
import { createNameDecision, type NameDecision } from '../../src/admin/name-decision.js'
import type { AppOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyInstance {
    decideName: NameDecision
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const isRegistrationOpen = app.config.POSTERN_REGISTRATION === 'open'
    app.decorate('decideName', createNameDecision({ store: app.store, clock, isRegistrationOpen }))
  },
  { name: 'name-decision', dependencies: ['config', 'store'] }
)
