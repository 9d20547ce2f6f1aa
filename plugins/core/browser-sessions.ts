import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { type BrowserSessions, createBrowserSessions } from '../../src/sessions/browser-sessions.js'

declare module 'fastify' {
  interface FastifyInstance {
    browserSessions: BrowserSessions
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, tokenOwners, audit } = app
    app.decorate('browserSessions', createBrowserSessions({ store, tokenOwners, audit, clock }))
  },
  { name: 'browser-sessions', dependencies: ['store', 'token-owners', 'audit'] }
)
