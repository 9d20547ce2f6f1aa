import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The response that is being made for a request that came on this socket, whole, if there is one; its answer may have begun. */
export function pendingResponse(socket: Socket): ServerResponse | undefined {
  // Node documents no other way to the response that it is sending; its own answer to a parser's error looks here too.
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: ServerResponse | null }
  return response?.req.complete ? response : undefined
}

/**
 * Runs the action once the requests that came on this socket, whole, have been answered: at once if there are none under
 * way, and else perhaps after the socket was closed. A client would read anything written earlier as the answer to one of
 * them, which may have been carried out.
 */
export function afterAnswers(socket: Socket, action: () => void): void {
  const response = pendingResponse(socket)
  if (response !== undefined) {
    // More of what cannot be read would only be refused once more.
    socket.pause()
    response.once('close', () => afterAnswers(socket, action))
  } else {
    action()
  }
}
