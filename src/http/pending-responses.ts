import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Runs the action once the requests that came on this socket, whole, have been answered: at once if there are none under
 * way, and else perhaps after the socket was closed. What is written earlier, a client would take for the answer to one
 * of them, which may have been carried out.
 */
export function afterAnswers(socket: Socket, action: () => void): void {
  // Node documents no other way to the response that it is sending; its own answer to a parser's error looks here too.
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: ServerResponse | null }
  if (response?.req.complete) {
    // More of what cannot be read would only be refused once more.
    socket.pause()
    response.once('close', () => afterAnswers(socket, action))
  } else {
    action()
  }
}
