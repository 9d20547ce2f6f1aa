import fp from 'fastify-plugin'
import { keepAddresses } from '../../src/http/forwarded-for.js'
import { requirePlainText } from '../../src/http/media-type.js'
import { answerOddRequests } from '../../src/http/odd-requests.js'
import { requireSoundHead } from '../../src/http/request-head.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The request's head is about another request, on behalf of a proxy: no body and no query belongs to it. */
    isForwarded?: boolean
  }
}

export default fp(
  async (app) => {
    const isBehindProxy = app.config.POSTERN_TRUST_PROXY !== false
    app.addHook('onRequest', (request, _reply, done) => {
      if (isBehindProxy) keepAddresses(request.raw.headers)
      requireSoundHead(request.raw)
      if (
        request.headers['content-type'] !== undefined ||
        request.headers['content-encoding'] !== undefined
      ) {
        const { url, config } = request.routeOptions
        // A path that does not exist has no right body, so none is judged; `*` takes preflights. A call with a scope judges its
        // body once it knows who asks.
        const isJudged = !request.is404 && url !== '*' && !config.isForwarded && config.scope === undefined
        if (isJudged) requirePlainText(request.headers)
      }
      done()
    })
    answerOddRequests(app, app.server)
  },
  { name: 'request-head', dependencies: ['config', 'reply-headers'] }
)
