import fp from 'fastify-plugin'
import { createReplyHeaders, type ReplyHeaders } from '../../src/http/reply-headers.js'

declare module 'fastify' {
  interface FastifyInstance {
    replyHeaders: ReplyHeaders
  }
}

export default fp(
  async (app) => {
    const replyHeaders = createReplyHeaders({ isHttps: app.config.POSTERN_TLS_CERT_FILE !== undefined })
    app.decorate('replyHeaders', replyHeaders)
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(replyHeaders)
      done()
    })
  },
  // After CORS, whose headers a page needs also to read what any later hook refuses.
  { name: 'reply-headers', dependencies: ['config', 'cors'] }
)
