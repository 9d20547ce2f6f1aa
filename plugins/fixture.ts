import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../src/app-options.js'
import { addCallHooks } from '../src/fixture/call-hooks.js'
import { createFixture, type Fixture } from '../src/fixture/fixture.js'
import { requireFixtureHost } from '../src/fixture/fixture-access.js'
import { isMemoryStore } from '../src/store/store.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null unless the service is a fixture for tests. */
    fixture: Fixture | null
  }
  interface FastifyContextConfig {
    /** The route controls a fixture: it has no faults, and is not among the requests. */
    isControl?: boolean
  }
}

export default fp<AppOptions>(
  async (app, { fixture: options }) => {
    if (options === undefined) {
      app.decorate('fixture', null)
      return
    }
    const { clock, users } = options
    const { accounts, sessions, store, passwords, tokens, keys, throttle, sessionRate } = app
    requireFixtureHost(app.config)
    if (!isMemoryStore(store)) throw new Error('a fixture keeps nothing')
    const dependencies = { accounts, sessions, store, passwords, tokens, keys, throttle, sessionRate }
    const fixture = createFixture({ clock, routes: collectRoutes(app), ...dependencies })
    app.decorate('fixture', fixture)
    for (const user of users) await accounts.ensureUser(user)
    // Runs after the users of a file were created, so that they are part of the beginning.
    app.addHook('onReady', async () => fixture.begin())
    addCallHooks(app, fixture)
  },
  {
    name: 'fixture',
    dependencies: [
      'config',
      'errors',
      'accounts',
      'sessions',
      'store',
      'passwords',
      'tokens',
      'keys',
      'throttle',
      'session-rate',
      'users-file'
    ]
  }
)

/** The routes as they come: the routes of the service are registered after this plugin. */
function collectRoutes(app: FastifyInstance): ReadonlySet<string> {
  const routes = new Set<string>()
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.isControl) return
    for (const name of [method].flat()) routes.add(`${name} ${url}`)
  })
  return routes
}
