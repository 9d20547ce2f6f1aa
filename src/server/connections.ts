import { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

// How long requests under way may take, in milliseconds, once the service ends, before their connections are cut.
const requestGrace = 6_000

const interval = 50

const countsOfBusy = new WeakMap<FastifyInstance, () => number>()

/** How many connections are open with a request that has begun and is not answered; those without one are closed. */
export function countBusyConnections(app: FastifyInstance): number {
  return countsOfBusy.get(app)?.() ?? 0
}

/**
 * Has the service close each connection once it falls idle, when it ends, and all of them after 6 seconds.
 *
 * Node closes the connections that are idle when shutdown starts. One that is answered later would stay open, and the
 * process with it, for as long as the client keeps it alive; one on which nothing or half a request has come, for ever,
 * since Node then looks for the slow no more, and takes the silent for busy.
 */
export function closeConnectionsAsTheyFallIdle(app: FastifyInstance): void {
  const accepted = openSockets(app, 'connection')
  // Over TLS what is accepted becomes another socket, once hands are shaken, and its bytes are no request.
  const asked = app.server instanceof HttpsServer ? openSockets(app, 'secureConnection') : accepted
  let silent: Socket[] = []
  let idle: NodeJS.Timeout | undefined
  let slow: NodeJS.Timeout | undefined

  function closeIdle(): void {
    app.server.closeIdleConnections()
    // Those that were so at the last look: of one that has just been accepted the request may not be read yet.
    for (const socket of silent) if (isSilent(socket)) socket.destroy()
    silent = [...accepted, ...asked].filter(isSilent)
  }

  countsOfBusy.set(app, () => {
    app.server.closeIdleConnections()
    return [...asked].filter((socket) => !socket.destroyed && !isSilent(socket)).length
  })
  app.addHook('preClose', async () => {
    closeIdle()
    idle = setInterval(closeIdle, interval)
    slow = setTimeout(() => app.server.closeAllConnections(), requestGrace)
  })
  app.addHook('onClose', async () => {
    clearInterval(idle)
    clearTimeout(slow)
  })
}

function openSockets({ server }: FastifyInstance, event: 'connection' | 'secureConnection'): Set<Socket> {
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
