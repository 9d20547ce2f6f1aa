import { lstat, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { AppOptions } from '../app-options.js'
import { loadAdminKey } from '../config/admin-key.js'
import { type Config, loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { settingSchema } from '../config/schema.js'
import { socketPath } from '../config/socket-path.js'
import { storeSettings } from '../config/store-settings.js'
import { exitCodes, StartupError } from '../errors/startup-error.js'
import { isLoopbackHost } from '../networks.js'
import { requireKeptUsers } from '../store/open-store.js'
import { visibleText } from '../visible-text.js'
import { createHttpTransport } from './http-transport.js'
import type { Answer, SentCall, Transport, TransportOpener } from './transport.js'

const otherRelease = 'the service is of another release'

/**
 * The way to the service at this URL.
 *
 * @throws `StartupError` (wrong setting) for a URL over which the key would travel in the clear, and without a key.
 */
export function remoteTransport(text: string, environment: Environment): TransportOpener {
  const url = requireSafeUrl(text)
  return async () =>
    createHttpTransport({
      where: url.href.replace(/\/$/, ''),
      withoutCalls: 'the service answers them over TCP with POSTERN_ADMIN=http',
      url,
      authorization: `Bearer ${await readKey(environment)}`
    })
}

/**
 * The way to the service of these settings: the Unix socket of the one that runs, or that service in this process, on its data
 * folder, listening nowhere.
 *
 * @param isReading whether nothing is changed.
 * @throws `StartupError` (wrong setting) also where nothing is kept.
 */
export function localTransport(given: AppOptions, isReading: boolean): TransportOpener {
  const options = isReading ? withQuietLog(given) : given
  const config = loadConfig(options.environment)
  const path = socketPath(config)
  if (path === undefined) requireKeptUsers(config.POSTERN_STORE)
  return async () => {
    if (path !== undefined && (await isAnswered(path))) {
      const where = (await storeSettings(config)).place
      return createHttpTransport({ where, withoutCalls: otherRelease, socketPath: path })
    }
    requireKeptUsers(config.POSTERN_STORE)
    return await openOffline(options, config, path)
  }
}

function requireSafeUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.protocol === 'http:'
  const isWhole = url !== undefined && (isPlain || url.protocol === 'https:')
  if (!isWhole || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrong('--url takes the URL of a service, such as https://auth.example.org')
  }
  if (isPlain && !isLoopbackHost(url.hostname.replace(/^\[|\]$/g, ''))) {
    throw wrong('--url takes https, or http to this machine alone: the key would travel in the clear')
  }
  return url
}

async function readKey(environment: Environment): Promise<string> {
  const given = (name: 'POSTERN_ADMIN_KEY' | 'POSTERN_ADMIN_KEY_FILE') => environment[name] || undefined
  const key = await loadAdminKey({
    POSTERN_ADMIN_KEY: given('POSTERN_ADMIN_KEY'),
    POSTERN_ADMIN_KEY_FILE: given('POSTERN_ADMIN_KEY_FILE')
  })
  if (key === undefined) throw wrong('--url takes the key in POSTERN_ADMIN_KEY or POSTERN_ADMIN_KEY_FILE')
  // Node's own error would repeat it.
  if (/^[!-~]+$/.test(key)) return key
  throw wrong(`POSTERN_ADMIN_KEY takes ${settingSchema('POSTERN_ADMIN_KEY')?.description}`)
}

async function openOffline(
  options: AppOptions,
  config: Config,
  socket: string | undefined
): Promise<Transport> {
  const { createOfflineServer } = await import('../server/server.js')
  const app = await createOfflineServer({ ...options, config }).catch((error: unknown) => {
    const isInUse = error instanceof StartupError && error.exitCode === exitCodes.folderInUse
    throw isInUse ? unanswered(error, socket) : error
  })
  return {
    where: (await storeSettings(config)).place,
    withoutCalls: otherRelease,
    async send(call) {
      const answer = await app.inject(injected(call))
      return { ...headOf(answer), body: answer.body }
    },
    async open(call) {
      const answer = await app.inject({ ...injected(call), payloadAsStream: true })
      return { ...headOf(answer), body: answer.stream() }
    },
    close: () => app.close()
  }
}

function injected({ method, path, headers, body }: SentCall): InjectOptions {
  return { method: method as 'GET', url: path, headers, ...(body !== undefined && { payload: body }) }
}

function headOf({ statusCode, headers }: LightMyRequestResponse): Omit<Answer, 'body'> {
  return { status: statusCode, headers: headers as Record<string, string> }
}

// A service in this process logs to the same terminal. Only changes are worth a line there.
function withQuietLog({ environment, ...others }: AppOptions): AppOptions {
  const POSTERN_LOG_LEVEL = environment.POSTERN_LOG_LEVEL || 'warn'
  return { ...others, environment: { ...environment, POSTERN_LOG_LEVEL } }
}

function unanswered(error: StartupError, socket: string | undefined): StartupError {
  const advice =
    socket === undefined
      ? 'POSTERN_SOCKET=off leaves no way to it while it runs, but --url'
      : `it does not answer on ${visibleText(socket)}: set POSTERN_SOCKET as it has it`
  return new StartupError('folderInUse', `${error.message}; ${advice}`, { cause: error })
}

/** Whether somebody answers on this socket, who may be told passwords. */
async function isAnswered(path: string): Promise<boolean> {
  const code = await new Promise<string | undefined>((settle) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      settle(undefined)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => settle(code ?? ''))
  })
  if (code === undefined) await requireTrustedSocket(path)
  // A service that was killed leaves its socket behind.
  if (code === undefined || code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR')
    return code === undefined
  const advice = code === 'EACCES' ? ': run this as the user of the service' : ''
  throw new StartupError('notReady', `the socket ${visibleText(path)} cannot be opened (${code})${advice}`)
}

// Root also speaks to a service of another user, unless anybody may have laid the socket there.
async function requireTrustedSocket(path: string): Promise<void> {
  const user = process.geteuid?.()
  if (user === undefined) return
  const { uid } = await lstat(path)
  if (uid === user || uid === 0) return
  const isOpen = async () => ((await stat(dirname(path))).mode & 0o002) !== 0
  if (user === 0 && !(await isOpen())) return
  throw wrong(
    `the socket ${visibleText(path)} belongs to another user (${uid}), who could read what is sent to it`
  )
}

function wrong(message: string): StartupError {
  return new StartupError('wrongSetting', message)
}
