import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAnswers } from './pending-responses.js'

/**
 * Has the service answer the requests of a server that Node would answer itself, or not at all, and see all of their headers:
 * with an odd `Expect` Node's answer has neither our body nor our headers, and a CONNECT has none.
 */
export function answerOddRequests(app: FastifyInstance, server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    // The server no longer listens to this socket, and an unhandled error would end the process.
    socket.on('error', () => socket.destroy())
    afterAnswers(socket, () => {
      if (socket.writable) answerOnce(app, request, socket)
      else socket.destroy()
    })
  })
  // Node drops every header after the 2000th without a word, such as a second `Authorization`. Their size is bounded.
  server.maxHeadersCount = 0
}

function answerOnce(app: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.destroySoon())
  app.routing(request, response)
}
