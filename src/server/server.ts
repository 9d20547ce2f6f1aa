import type { Server as HttpsServer } from 'node:https'
import { setImmediate as turn } from 'node:timers/promises'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import service from '../app.js'
import type { AppOptions, ServiceOptions } from '../app-options.js'
import { type Config, loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { Refusal } from '../errors/refusals.js'
import { StartupError } from '../errors/startup-error.js'
import { refuseUnparsable, replyWithError } from '../http/error-replies.js'
import type { RawQuery } from '../http/input.js'
import { isOperatorPath } from '../http/operator-calls.js'
import { decodeAscii } from '../http/request-log.js'
import { pathOf } from '../http/request-target.js'
import { schemaCompilers } from '../http/schema-compilers.js'
import { serverAddress } from '../http/server-address.js'
import { spareWaitingClients } from './connection-timeout.js'
import { closeConnectionsAsTheyFallIdle } from './connections.js'
import type { LogStream } from './log-stream.js'
import { createLogger, openLog } from './logger.js'
import { operatorSocket } from './operator-socket.js'
import { reload } from './reload.js'
import { endByEvents } from './shutdown.js'
import { reportSlowStart } from './slow-start.js'
import {
  answerTimeout,
  connectionTimeout,
  headersTimeout,
  nodeOptions,
  requestTimeout
} from './time-limits.js'
import { loadTls } from './tls.js'

/**
 * The options of every Fastify instance that runs the service, in production and in tests.
 *
 * @throws `StartupError` (wrong setting).
 */
function serverOptions(config: Config): FastifyServerOptions {
  return {
    bodyLimit: 64 * 1024,
    requestTimeout,
    connectionTimeout,
    trustProxy: config.POSTERN_TRUST_PROXY,
    // A start reads a store of any size, and hashes any number of passwords of a users file.
    pluginTimeout: 0,
    // A request that got in before the end is still served; the reply tells the client to close the connection.
    return503OnClosing: false,
    // plugins/http/head.ts makes one route of both methods.
    exposeHeadRoutes: false,
    routerOptions: {
      // A user name of 255 characters, each of four bytes, percent-encoded.
      maxParamLength: 255 * 12,
      // The strict reading of the query string is done by plugins/http/input.ts, which can refuse it.
      querystringParser: (text): RawQuery => ({ text })
    },
    schemaController: { compilersFactory: schemaCompilers },
    frameworkErrors: (error, request, reply) =>
      replyWithError(isForOperator(request.url) ? new Refusal('NotFoundError') : error, request, reply),
    clientErrorHandler: refuseUnparsable
  }
}

// The router cannot read the path, and so no hook judges who calls: the operator's calls answer nothing else to a stranger.
function isForOperator(url: string): boolean {
  return isOperatorPath(decodeAscii(pathOf(url)))
}

/**
 * The service, not yet listening; `ready` or `listen` starts it.
 *
 * @throws `StartupError` (wrong setting).
 */
export function createServer(options: AppOptions, stream: LogStream = process.stderr): FastifyInstance {
  const config = loadConfig(options.environment)
  return buildServer({ ...options, config }, createLogger(config.POSTERN_LOG_LEVEL, stream))
}

/**
 * The same, with the log of this process.
 *
 * @throws `StartupError` (wrong setting).
 */
export async function createLoggedServer(options: AppOptions): Promise<FastifyInstance> {
  const config = loadConfig(options.environment)
  return buildServer({ ...options, config }, await openLog(config, process.stderr))
}

/** The same with checked settings, and this log. */
export function buildServer(options: ServiceOptions, log: FastifyBaseLogger): FastifyInstance {
  const { config } = options
  const tls = loadTls(config)
  const common = serverOptions(config)
  const app = (
    tls === undefined
      ? Fastify({ ...common, http: nodeOptions })
      : Fastify({
          ...(common as unknown as FastifyServerOptions<HttpsServer>),
          https: { ...nodeOptions, ...tls, handshakeTimeout: headersTimeout }
        })
  ) as FastifyInstance
  // As an option it would, at every level, cost each request listeners and a logger of its own: a tenth of a short call.
  app.log = log
  app.register(service, options)
  // After the store, so that it ends before that.
  app.register(operatorSocket)
  spareWaitingClients(app.server, answerTimeout)
  // An answer to what is no request yet could not be sent, and would keep the connection for ever.
  app.server.on('tlsClientError', (_error, socket) => socket.destroy())
  closeConnectionsAsTheyFallIdle(app)
  return app
}

/**
 * The whole service for a command on the data folder: it answers `inject` alone, each request as the operator's own, listens
 * nowhere and has no socket. `close` lets the folder go.
 *
 * @throws as `start`.
 */
export async function createOfflineServer(options: ServiceOptions): Promise<FastifyInstance> {
  const app = Fastify({ ...serverOptions(options.config), http: nodeOptions }) as FastifyInstance
  app.log = await openLog(options.config, process.stderr)
  app.register(service, { ...options, isOffline: true })
  try {
    await app.ready()
    return app
  } catch (error) {
    await app.close()
    throw error
  }
}

/**
 * Starts the service, which then listens.
 *
 * @throws `StartupError` for every reason not to start that an operator can do something about; all that had been begun has
 *   ended by then, and the data folder is another's to take.
 */
export function start(options: AppOptions): Promise<FastifyInstance> {
  return startServer(createServer(options))
}

/** Starts a service that was created. @throws as `start`. */
export async function startServer(app: FastifyInstance): Promise<FastifyInstance> {
  const settle = reportSlowStart(app.log)
  try {
    await app.ready()
    await app.operatorSocket.listen()
    await listen(app)
    return app
  } catch (error) {
    await app.close()
    throw error
  } finally {
    settle()
  }
}

/**
 * Runs the service until a signal, or the end of its parent, ends it: see `endByEvents`.
 *
 * @param announce makes the line that is printed on standard output once it listens. Without it that is the address, and on a
 *   terminal a summary.
 * @throws as `start`.
 */
export async function serve(options: AppOptions, announce?: (url: string) => string): Promise<void> {
  const config = loadConfig(options.environment)
  const app = buildServer({ ...options, config }, await openLog(config, process.stderr))
  // The reader of standard output may have gone.
  process.stdout.on('error', () => {})
  const ignoreEvents = endByEvents(app, {
    isFixture: options.fixture !== undefined,
    endsWithParent: config.POSTERN_ORPHAN === 'end',
    reload: () => reload(app)
  })
  try {
    // An input that has closed already ends a fixture before it starts: that is known after one turn of the event loop.
    if (options.fixture !== undefined) await turn()
    await startServer(app)
  } catch (error) {
    ignoreEvents()
    throw error
  }
  const url = serverAddress(app)
  if (announce !== undefined) process.stdout.write(`${announce(url)}\n`)
  else if (process.stdout.isTTY) await printSummary(app, options.environment)
  else process.stdout.write(`Postern is listening on ${url}\n`)
}

async function printSummary(app: FastifyInstance, environment: Environment): Promise<void> {
  const { startSummary } = await import('./start-summary.js')
  process.stdout.write(await startSummary(app, environment, process.stdout.hasColors()))
}

async function listen(app: FastifyInstance): Promise<void> {
  const { POSTERN_HOST: host, POSTERN_PORT: port } = app.config
  try {
    await app.listen({ host, port, listenTextResolver: (url) => `listening on ${url}` })
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall !== 'listen' && syscall !== 'getaddrinfo') throw error
    throw new StartupError(
      'addressNotAvailable',
      `cannot listen on ${host} port ${port} (${code}): choose another POSTERN_HOST or POSTERN_PORT`,
      { cause: error }
    )
  }
}
