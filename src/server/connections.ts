import type { Server } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

// The time that requests under way have once the service ends, in milliseconds. Then their connections are cut.
const requestGrace = 6_000

const interval = 50

const countsOfBusy = new WeakMap<FastifyInstance, (() => number)[]>()

/** The number of connections with an unanswered request; connections without one are closed. */
export function countBusyConnections(app: FastifyInstance): number {
  const counts = countsOfBusy.get(app) ?? []
  return counts.reduce((sum, count) => sum + count(), 0)
}

/**
 * Closes each connection as it falls idle while the service ends, and all connections after 6 seconds.
 *
 * Node closes only the connections that are idle when shutdown starts. A connection that is answered later would stay open as
 * long as its client keeps it alive. A connection with no request, or half of one, would stay open for ever: Node's check for
 * slow clients has ended by then, and Node takes a silent connection for a busy one.
 *
 * @param server another server of the service than its first.
 */
export function closeConnectionsAsTheyFallIdle(app: FastifyInstance, server: Server = app.server): void {
  const accepted = openSockets(server, 'connection')
  // Over TLS the accepted socket is replaced by another one after the handshake, and its own bytes are no request.
  const asked = server instanceof HttpsServer ? openSockets(server, 'secureConnection') : accepted
  let silent: Socket[] = []
  let idle: NodeJS.Timeout | undefined
  let slow: NodeJS.Timeout | undefined

  function closeIdle(): void {
    server.closeIdleConnections()
    // Only those that were idle at the last look too: the request of a new connection may not have been read yet.
    for (const socket of silent) if (isSilent(socket)) socket.destroy()
    silent = [...accepted, ...asked].filter(isSilent)
  }

  const countBusy = () => {
    server.closeIdleConnections()
    return [...asked].filter((socket) => !socket.destroyed && !isSilent(socket)).length
  }
  countsOfBusy.set(app, [...(countsOfBusy.get(app) ?? []), countBusy])
  app.addHook('preClose', async () => {
    closeIdle()
    idle = setInterval(closeIdle, interval)
    slow = setTimeout(() => server.closeAllConnections(), requestGrace)
  })
  app.addHook('onClose', async () => {
    clearInterval(idle)
    clearTimeout(slow)
  })
}

function openSockets(server: Server, event: 'connection' | 'secureConnection'): Set<Socket> {
  const sockets = new Set<Socket>()
  server.on(event, (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function isSilent({ bytesRead }: Socket): boolean {
  return bytesRead === 0
}
