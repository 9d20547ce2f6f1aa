import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { keepAddresses } from '../../src/http/forwarded-for.js'
import { requirePlainText } from '../../src/http/media-type.js'
import { afterAnswers } from '../../src/http/pending-responses.js'
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
        // A path that does not exist has no right body, so none is judged.
        const isJudged = !request.is404 && !request.routeOptions.config.isForwarded
        if (isJudged) requirePlainText(request.headers)
      }
      done()
    })

    // Node would answer an odd `Expect` without our body and headers, and a CONNECT not at all.
    app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
    app.server.on('connect', (request: IncomingMessage, socket: Socket) => {
      // The server no longer listens to this socket, and an unhandled error would end the process.
      socket.on('error', () => socket.destroy())
      afterAnswers(socket, () => {
        if (socket.writable) answerOnce(app, request, socket)
        else socket.destroy()
      })
    })
    // Node drops every header after the 2000th without a word, such as a second `Authorization`. Their size is bounded.
    app.server.maxHeadersCount = 0
  },
  { name: 'request-head', dependencies: ['config', 'reply-headers'] }
)

function answerOnce(app: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.destroySoon())
  app.routing(request, response)
}
