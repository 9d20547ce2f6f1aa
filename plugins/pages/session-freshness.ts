import fp from 'fastify-plugin'
import { Refusal } from '../../src/errors/refusals.js'

/** Refuses a page by a session that was judged too long ago, as of a process that was frozen or a call that took long. */
export default fp(
  async (app) => {
    app.addHook('onSend', (request, reply, payload, done) => {
      const isOld = request.browserSession?.freshness?.isCurrent() === false
      if (isOld && reply.statusCode < 300) done(new Refusal('StoreUnavailableError'))
      else done(null, payload)
    })
  },
  { name: 'session-freshness', dependencies: ['browser-session'] }
)
