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
    const { config, networks, store, sessionList, failureCounts } = app
    app.decorate(
      'throttle',
      createThrottle({
        maxFailures: config.POSTERN_LOGIN_MAX_FAILURES,
        maxSignUps: config.POSTERN_SIGN_UP_MAX,
        window: config.POSTERN_LOGIN_WINDOW,
        clock,
        networks,
        failureCounts,
        async addressesOf(name) {
          const user = await store.findUserByName(name)
          if (user === undefined) return []
          return (await sessionList.of(user, 'all')).map(({ address }) => address)
        }
      })
    )
  },
  { name: 'throttle', dependencies: ['config', 'networks', 'store', 'session-list'] }
)
