import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pendingResponse } from '../http/pending-responses.js'

/**
 * Has the connections of a server end when nothing moves on them for as long as its `timeout`, but for those whose client waits
 * for an answer that has not begun: it is the service that takes its time, and they are looked at again, until `patience` is over.
 *
 * Costs nothing but when a connection's time is up.
 *
 * @param patience in milliseconds, to the next whole `timeout` of the server.
 */
export function spareWaitingClients(server: Server, patience: number): void {
  const waits = new WeakMap<ServerResponse, number>()
  server.on('timeout', (socket: Socket) => {
    const response = pendingResponse(socket)
    const waited = response === undefined ? 0 : (waits.get(response) ?? 0) + server.timeout
    if (response === undefined || response.headersSent || waited >= patience) {
      socket.destroy()
      return
    }
    waits.set(response, waited)
    socket.setTimeout(server.timeout)
  })
}
