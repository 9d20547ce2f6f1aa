import { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../src/app-options.js'
import { Refusal } from '../src/errors/refusals.js'
import { createFixture, type Fixture } from '../src/fixture/fixture.js'
import { requireFixtureHost } from '../src/fixture/fixture-access.js'
import { describePath, withoutSecretArguments } from '../src/http/request-log.js'
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
    const fixture = createFixture({ clock, ...dependencies })
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

function describe({ method, url, body }: FastifyRequest, status: number) {
  return { method, path: describePath(url), arguments: withoutSecretArguments(Object(body)), status }
}

// A reset waits for each call until it is about to be answered, even if its client has gone: its effects must not turn up in
// the next test.
function addCallHooks(app: FastifyInstance, fixture: Fixture): void {
  const ends = new WeakMap<FastifyRequest, () => void>()

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.isControl) return undefined
    const end = await fixture.beginCall()
    // Its client may have gone while it waited for a reset: then it is a call of an earlier test.
    if (reply.raw.destroyed) return drop()
    ends.set(request, end)
    const fault = fixture.takeFault(`${request.method} ${request.routeOptions.url}`)
    if (fault?.delay !== undefined) {
      // `inject` has none.
      if (request.raw.socket instanceof Socket) request.raw.setTimeout(0)
      await fixture.delay(fault.delay)
    }
    if (fault?.drop) return drop()
    if (fault?.status !== undefined) {
      throw new Refusal('InjectedFaultError', { statusCode: fault.status })
    }
    return undefined

    function drop() {
      end()
      request.raw.destroy()
      return reply.hijack()
    }
  })

  app.addHook('onSend', async (request, { statusCode }) => {
    if (request.routeOptions.config.isControl) return
    fixture.recordRequest(describe(request, statusCode))
    // An unknown path is refused before it becomes a call.
    ends.get(request)?.()
  })
}
