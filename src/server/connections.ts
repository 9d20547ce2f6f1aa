import type { FastifyInstance } from 'fastify'

// How long requests under way may take, in milliseconds, once the service ends, before their connections are cut.
const requestGrace = 6_000

const interval = 50

const openConnections = new WeakMap<FastifyInstance, number>()

/** How many connections are open with a request under way, once the service ends. */
export function countBusyConnections(app: FastifyInstance): number {
  return openConnections.get(app) ?? 0
}

/**
 * Has the service close each connection once it falls idle, when it ends, and all of them after 6 seconds.
 *
 * Node closes the connections that are idle when shutdown starts. One that is answered later would stay open, and the
 * process with it, for as long as the client keeps it alive; one on which nothing or half a request has come, for ever,
 * since Node then looks for the slow no more.
 */
export function closeConnectionsAsTheyFallIdle(app: FastifyInstance): void {
  let idle: NodeJS.Timeout | undefined
  let slow: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    const closeIdle = () => {
      app.server.closeIdleConnections()
      app.server.getConnections((_, count) => openConnections.set(app, count))
    }
    closeIdle()
    idle = setInterval(closeIdle, interval)
    slow = setTimeout(() => app.server.closeAllConnections(), requestGrace)
  })
  app.addHook('onClose', async () => {
    clearInterval(idle)
    clearTimeout(slow)
  })
}
