import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { toSeconds } from '../../src/clock.js'
import { isLiving } from '../../src/sessions/sessions.js'
import { createThrottle, type Throttle } from '../../src/sign-in/throttle.js'

declare module 'fastify' {
  interface FastifyInstance {
    throttle: Throttle
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { config, networks, store, failureCounts } = app
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
          const now = toSeconds(clock())
          return (await store.findSessions(user.uid))
            .filter((session) => isLiving(session, user, now))
            .map(({ address }) => address)
        }
      })
    )
  },
  { name: 'throttle', dependencies: ['config', 'networks', 'store'] }
)
