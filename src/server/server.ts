import { Server as HttpsServer } from 'node:https'
import closeWithGrace from 'close-with-grace'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import service from '../app.js'
import type { AppOptions } from '../app-options.js'
import { type Config, loadConfig, parseLoginBackends, parseTrustProxy } from '../config/config.js'
import { StartupError } from '../errors/startup-error.js'
import { refuseUnparsable, replyWithError } from '../http/error-replies.js'
import type { RawQuery } from '../http/input.js'
import { schemaCompilers } from '../http/schema-compilers.js'
import { serverAddress } from '../http/server-address.js'
import { createLogger, type LogStream } from './logger.js'
import { reportSlowStart } from './slow-start.js'
import { loadTls } from './tls.js'

// After a signal: how long requests under way may take, in milliseconds, before their connections are cut, and how long the
// whole end may take.
const requestGrace = 6_000
const grace = 10_000

// How long a client may take, in milliseconds, to send the headers of a request, and all of it. Whoever takes longer is
// answered 408 at the next look, so that the slow cannot hold all connections.
const headersTimeout = 5_000
const requestTimeout = 8_000
const connectionsCheckingInterval = 1_000

// How long nothing may move on a connection, in milliseconds, from the head of a request to the end of its answer: a client that
// does not read holds that answer in memory. A call that waits on purpose lifts it by `socket.setTimeout`.
const connectionTimeout = 10_000

const nodeOptions = {
  headersTimeout,
  connectionsCheckingInterval,
  // Node's own answer to a missing `Host` would not have the shape of ours.
  requireHostHeader: false
}

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
    trustProxy: parseTrustProxy(
      config.POSTERN_TRUST_PROXY,
      parseLoginBackends(config.POSTERN_LOGIN_BACKENDS)
    ),
    // A start reads a store of any size, and hashes any number of passwords of a users file.
    pluginTimeout: 0,
    // A request that got in before the end is still served; the reply tells the client to close the connection.
    return503OnClosing: false,
    routerOptions: {
      // A user name of 255 characters, each of four bytes, percent-encoded.
      maxParamLength: 255 * 12,
      // The strict reading of the query string is done by plugins/http/input.ts, which can refuse it.
      querystringParser: (text): RawQuery => ({ text })
    },
    schemaController: { compilersFactory: schemaCompilers },
    frameworkErrors: (error, request, reply) => replyWithError(error, request, reply),
    clientErrorHandler: refuseUnparsable
  }
}

/**
 * The service, not yet listening; `ready` or `listen` starts it.
 *
 * @throws `StartupError` (wrong setting).
 */
export function createServer(options: AppOptions, stream: LogStream = process.stderr): FastifyInstance {
  const config = loadConfig(options.environment)
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
  app.log = createLogger(config.POSTERN_LOG_LEVEL, stream)
  app.register(service, options)
  closeConnectionsAsTheyFallIdle(app)
  return app
}

/**
 * Starts the service, which then listens.
 *
 * @throws `StartupError` for every reason not to start that an operator can do something about; all that had been begun has
 *   ended by then, and the data folder is another's to take.
 */
export async function start(options: AppOptions): Promise<FastifyInstance> {
  const app = createServer(options)
  const settle = reportSlowStart(app.log)
  try {
    await app.ready()
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
 * Runs the service until SIGTERM or SIGINT, then answers what it has accepted, and exits with 0.
 *
 * @param announce makes the line that is printed on standard output once it listens.
 * @throws as `start`.
 */
export async function serve(
  options: AppOptions,
  announce: (url: string) => string = (url) => `Postern is listening on ${url}`
): Promise<void> {
  const app = await start(options)
  const skip: closeWithGrace.AllEvents[] = isHttps(app) ? ['SIGHUP'] : []
  closeWithGrace({ delay: grace, logger: app.log, skip }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'an unexpected error ends the service')
    await app.close()
  })
  if (isHttps(app)) process.on('SIGHUP', () => reloadTls(app))
  process.stdout.write(`${announce(serverAddress(app))}\n`)
}

// Connections that stand keep the certificate that they began with.
function reloadTls(app: FastifyInstance): void {
  try {
    const credentials = loadTls(app.config)
    if (credentials !== undefined && isHttps(app)) app.server.setSecureContext(credentials)
    app.log.info('the certificate was read again')
  } catch (err) {
    app.log.error({ err }, 'the certificate could not be read again: the old one stays in use')
  }
}

function isHttps(app: FastifyInstance): app is FastifyInstance<HttpsServer> {
  return app.server instanceof HttpsServer
}

// Node closes the connections that are idle when shutdown starts. One that is answered later would stay open, and the
// process with it, for as long as the client keeps it alive; one on which nothing or half a request has come, for ever,
// since Node then looks for the slow no more.
function closeConnectionsAsTheyFallIdle(app: FastifyInstance): void {
  let idle: NodeJS.Timeout | undefined
  let slow: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    idle = setInterval(() => app.server.closeIdleConnections(), 50)
    slow = setTimeout(() => app.server.closeAllConnections(), requestGrace)
  })
  app.addHook('onClose', async () => {
    clearInterval(idle)
    clearTimeout(slow)
  })
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
