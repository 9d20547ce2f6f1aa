import { Socket } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../src/app-options.js'
import { ServiceError } from '../src/errors/refusals.js'
import { createFixture, type Fixture } from '../src/fixture/fixture.js'
import { describePath, withoutSecretArguments } from '../src/http/request-log.js'

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
    const { accounts, sessions, store, passwords, tokens, keys, throttle } = app
    const fixture = createFixture({ clock, accounts, sessions, store, passwords, tokens, keys, throttle })
    app.decorate('fixture', fixture)
    for (const user of users) await accounts.give(user)
    // After the users of a file, too.
    app.addHook('onReady', async () => fixture.begin())

    app.addHook('onRequest', async ({ method, routeOptions, raw }) => {
      if (routeOptions.config.isControl) return
      const fault = fixture.takeFault(`${method} ${routeOptions.url}`)
      if (fault === undefined) return
      if (fault.delay !== undefined) {
        // `inject` has none.
        if (raw.socket instanceof Socket) raw.setTimeout(0)
        await after(fault.delay)
      }
      if (fault.drop) raw.destroy()
      else if (fault.status !== undefined) {
        throw new ServiceError('InjectedFaultError', { statusCode: fault.status })
      }
    })

    app.addHook('onResponse', async (request, reply) => {
      if (!request.routeOptions.config.isControl) fixture.recordRequest(describe(request, reply.statusCode))
    })
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
      'users-file'
    ]
  }
)

function describe({ method, url, body }: FastifyRequest, status: number) {
  return { method, path: describePath(url), arguments: withoutSecretArguments(Object(body)), status }
}
