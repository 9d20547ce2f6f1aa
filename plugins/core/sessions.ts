import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { sessionLimits } from '../../src/config/config.js'
import { createSessions, type Sessions } from '../../src/sessions/sessions.js'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    app.decorate(
      'sessions',
      createSessions({
        signIn: app.signIn,
        tokenOwners: app.tokenOwners,
        store: app.store,
        tokens: app.tokens,
        rate: app.sessionRate,
        limits: sessionLimits(app.config),
        sessionList: app.sessionList,
        audit: app.audit,
        clock,
        refreshTtl: app.config.POSTERN_REFRESH_TOKEN_TTL,
        reuseGrace: app.config.POSTERN_REFRESH_REUSE_GRACE
      })
    )
  },
  {
    name: 'sessions',
    dependencies: [
      'config',
      'sign-in',
      'token-owners',
      'store',
      'tokens',
      'session-list',
      'session-rate',
      'audit'
    ]
  }
)
