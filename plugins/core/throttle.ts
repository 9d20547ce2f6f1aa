import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { createThrottle, type Throttle } from '../../src/sign-in/throttle.js'

declare module 'fastify' {
  interface FastifyInstance {
    throttle: Throttle
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { POSTERN_LOGIN_MAX_FAILURES: maxFailures, POSTERN_LOGIN_WINDOW: window } = app.config
    const { networks, store } = app
    app.decorate(
      'throttle',
      createThrottle({
        maxFailures,
        window,
        clock,
        networks,
        async addressesOf(name) {
          const user = await store.findUserByName(name)
          if (user === undefined) return []
          return (await store.findSessions(user.uid)).map(({ address }) => address)
        }
      })
    )
  },
  { name: 'throttle', dependencies: ['config', 'networks', 'store'] }
)
