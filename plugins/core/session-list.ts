import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { createSessionList, type SessionList } from '../../src/sessions/session-list.js'

declare module 'fastify' {
  interface FastifyInstance {
    sessionList: SessionList
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, config } = app
    app.decorate(
      'sessionList',
      createSessionList({ store, clock, browserIdleTtl: config.POSTERN_BROWSER_IDLE_TTL })
    )
  },
  { name: 'session-list', dependencies: ['config', 'store'] }
)
