import { createServer, type Server } from 'node:http'
import { isMainThread } from 'node:worker_threads'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { socketPath } from '../config/socket-path.js'
import { StartupError } from '../errors/startup-error.js'
import { refuseUnparsable } from '../http/error-replies.js'
import { answerOddRequests } from '../http/odd-requests.js'
import { markOperatorSocket } from '../http/operator-calls.js'
import { limitPipelining } from '../http/pipelining.js'
import { spareWaitingClients } from './connection-timeout.js'
import { closeConnectionsAsTheyFallIdle } from './connections.js'
import { listenOnPath, type SocketFile } from './socket-file.js'
import { answerTimeout, nodeOptions } from './time-limits.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The Unix socket of the operator. */
    operatorSocket: OperatorSocket
  }
}

/** The Unix socket over which the operator calls the service without a secret. */
export interface OperatorSocket {
  /**
   * Listens, if the settings name a socket. Without sockets on the file system of the data folder the service goes on without,
   * unless `POSTERN_SOCKET` is set.
   *
   * @throws `StartupError` (address not available).
   */
  listen(): Promise<void>
}

// Of a file system that has no sockets, as of some shares and mounts.
const noSockets = new Set(['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPROTONOSUPPORT'])

// Only the main thread may set the mask of new files.
const hindrance =
  process.platform === 'win32'
    ? 'this system has none'
    : isMainThread
      ? undefined
      : 'the service runs in a worker thread'

/**
 * Adds the operator's socket to a service, with the limits of its other server. It ends with the service: it takes no connection
 * from the beginning of the end, and answers what it has accepted.
 */
export const operatorSocket = fp(
  async (app: FastifyInstance) => {
    const path = socketPath(app.config)
    const server = path === undefined ? undefined : createOperatorServer(app)
    if (server !== undefined) closeConnectionsAsTheyFallIdle(app, server)
    let file: SocketFile | undefined
    let closed: Promise<void> | undefined

    app.decorate('operatorSocket', {
      async listen() {
        if (path === undefined || server === undefined) return
        if (hindrance !== undefined) {
          app.log.warn(`there is no socket for the operator: ${hindrance}`)
          return
        }
        try {
          file = await listenOnPath(server, path)
          app.log.info(`listening on the socket ${path}`)
        } catch (error) {
          if (error instanceof StartupError) throw error
          const isSet = app.config.POSTERN_SOCKET !== undefined
          if (isSet || !noSockets.has(codeOf(error))) throw cannotListen(path, error)
          app.log.warn(
            { err: error },
            'there is no socket for the operator: the file system of the data folder has none'
          )
        }
      }
    })

    app.addHook('preClose', async () => {
      await file?.remove()
      closed = new Promise((resolve) => {
        if (server === undefined) resolve()
        else server.close(() => resolve())
      })
    })
    app.addHook('onClose', async () => closed)
  },
  { name: 'operator-socket', dependencies: ['config', 'store'] }
)

function createOperatorServer(app: FastifyInstance): Server {
  const { requestTimeout, keepAliveTimeout, timeout } = app.server
  const server = createServer(nodeOptions, (request, response) => app.routing(request, response))
  server.requestTimeout = requestTimeout
  server.keepAliveTimeout = keepAliveTimeout
  server.setTimeout(timeout)
  // Before any byte of it is read.
  server.prependListener('connection', markOperatorSocket)
  // Such as a connection that cannot be accepted, for lack of a file descriptor.
  server.on('error', (err) => app.log.error({ err }, 'the socket for the operator has failed'))
  server.on('clientError', refuseUnparsable.bind(app))
  answerOddRequests(app, server)
  limitPipelining(server)
  spareWaitingClients(server, answerTimeout)
  return server
}

function cannotListen(path: string, cause: unknown): StartupError {
  return new StartupError(
    'addressNotAvailable',
    `cannot listen on the socket ${path} (${codeOf(cause)}): set POSTERN_SOCKET to another path, or to off`,
    { cause }
  )
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}
