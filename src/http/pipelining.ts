import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

// Browsers pipeline nothing; a client that does waits for some answers before it asks for more.
const maxUnanswered = 64

/**
 * Destroys a connection on which over 64 requests are unanswered, since a client that asks and never reads has all answers
 * kept in memory. Node itself has no bound on them, and goes on to read requests from what had come before: these are not
 * handed on to the listener that the server has, and get no answer.
 */
export function limitPipelining(server: Server): void {
  const waiting = new WeakMap<Socket, number>()

  function mayWait({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (socket.destroyed) return false
    const count = (waiting.get(socket) ?? 0) + 1
    waiting.set(socket, count)
    response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1))
    // One more request is not counted: the one that is being answered.
    if (count >= maxUnanswered) socket.destroy()
    return !socket.destroyed
  }

  const [handle] = server.listeners('request') as [RequestListener]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    // Node gives a response its socket when its turn has come: nearly all have it from the beginning.
    if (response.socket !== null || mayWait(request, response)) handle(request, response)
  })
}
