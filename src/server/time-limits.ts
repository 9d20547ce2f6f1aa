// How long a client may take, in milliseconds, to send the headers of a request, and all of it. A slower one is answered 408
// at the next check, so that slow clients cannot hold all connections.

/** In milliseconds, for the headers of a request; also for a TLS handshake. */
export const headersTimeout = 5_000

/** In milliseconds, for a whole request. */
export const requestTimeout = 8_000

const connectionsCheckingInterval = 1_000

/**
 * How long nothing may move on a connection, in milliseconds, while a request comes or an answer goes: a client that does not
 * read holds that answer in memory.
 */
export const connectionTimeout = 10_000

/**
 * How long the service itself may take until an answer begins, in milliseconds, as with hashes that are made to be slow, or
 * behind a disk that hangs. A call of a fixture that waits for longer lifts both by `socket.setTimeout`.
 */
export const answerTimeout = 300_000

/** The options of Node for each server of the service. */
export const nodeOptions = {
  headersTimeout,
  connectionsCheckingInterval,
  // Node's own answer to a missing `Host` would not have the shape of ours.
  requireHostHeader: false
}
