import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { sessionLimits } from '../../src/config/config.js'
import { type BrowserSessions, createBrowserSessions } from '../../src/sessions/browser-sessions.js'

declare module 'fastify' {
  interface FastifyInstance {
    browserSessions: BrowserSessions
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { config, store, tokenOwners, sessionList, sessionRate, audit } = app
    app.decorate(
      'browserSessions',
      createBrowserSessions({
        store,
        tokenOwners,
        sessionList,
        rate: sessionRate,
        limits: sessionLimits(config),
        audit,
        clock,
        ttl: config.POSTERN_BROWSER_TTL
      })
    )
  },
  {
    name: 'browser-sessions',
    dependencies: ['config', 'store', 'token-owners', 'session-list', 'session-rate', 'audit']
  }
)
