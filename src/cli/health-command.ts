import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { get as getSecurely } from 'node:https'
import { loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { StartupError } from '../errors/startup-error.js'

// In milliseconds, for all of the answer.
const patience = 3000

// In characters; ours are shorter.
const maxLength = 1024

// Not every system lets one connect to "all addresses".
const loopback: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Resolves if the service that runs on this machine with these settings is ready; gives up after 3 seconds.
 *
 * @throws `StartupError` (not ready) that says why; (wrong setting) also for port 0, which does not tell where to ask.
 */
export async function requireHealth(environment: Environment): Promise<void> {
  const { POSTERN_HOST, POSTERN_PORT: port, POSTERN_TLS_CERT_FILE } = loadConfig(environment)
  if (port === 0) {
    throw new StartupError('wrongSetting', 'health takes a POSTERN_PORT that is not 0, to know where to ask')
  }
  const host = loopback[POSTERN_HOST] ?? POSTERN_HOST
  const answer = await ask(host, port, POSTERN_TLS_CERT_FILE !== undefined)
  if (answer.status === 'ok') return
  const isOurs = answer.error_name === 'NotReadyError'
  throw notReady(isOurs ? String(answer.message) : `what answers on ${host} port ${port} is not Postern`)
}

/** The members of the answer, which may come from any program that listens there; none if it is no JSON object. */
async function ask(host: string, port: number, isHttps: boolean): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(patience)
  try {
    const options = { host, port, path: '/health/ready', agent: false, signal }
    // The check is of readiness, over this machine's own interface, not of the certificate.
    const request = isHttps ? getSecurely({ ...options, rejectUnauthorized: false }) : get(options)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return parse(await readBeginning(response))
  } catch (cause) {
    const reason = signal.aborted
      ? `within ${patience / 1000} seconds`
      : `(${(cause as NodeJS.ErrnoException).code})`
    throw notReady(`no answer from ${host} port ${port} ${reason}`, cause)
  }
}

async function readBeginning(response: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk
    if (body.length > maxLength) break
  }
  return body
}

function parse(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

function notReady(message: string, cause?: unknown): StartupError {
  return new StartupError('notReady', message, { cause })
}
