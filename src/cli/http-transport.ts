import { once } from 'node:events'
import { Agent, type IncomingMessage, request as requestPlainly } from 'node:http'
import { request as requestSecurely, Agent as SecureAgent } from 'node:https'
import type { Socket } from 'node:net'
import { StartupError } from '../errors/startup-error.js'
import type { Answer, SentCall, StreamedAnswer, Transport } from './transport.js'

// In milliseconds.
const connectPatience = 10_000

// The service has 5 minutes for an answer.
const answerPatience = 310_000

// In milliseconds.
const keepAliveDelay = 60_000

// In bytes. A page of 200 accounts, each as large as one may be, is shorter.
const maxLength = 16 * 1024 * 1024

/** A service that is reached over HTTP. */
export interface HttpTarget extends Pick<Transport, 'where' | 'withoutCalls'> {
  /** Its URL, which may have a path. */
  url?: URL
  /** The path of its Unix socket. */
  socketPath?: string
  /** The value of the header. */
  authorization?: string
}

/** Speaks to a service over one connection, which it keeps. It follows no redirection: that could lead the key elsewhere. */
export function createHttpTransport(target: HttpTarget): Transport {
  const { where, withoutCalls, url, socketPath, authorization } = target
  const isSecure = url?.protocol === 'https:'
  const agent = new (isSecure ? SecureAgent : Agent)({ keepAlive: true, maxSockets: 1 })
  const host =
    url === undefined ? { socketPath } : { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port }
  const prefix = url?.pathname.replace(/\/$/, '') ?? ''

  return {
    where,
    withoutCalls,
    send: (call) => exchange(call, AbortSignal.timeout(answerPatience)).catch(explain),
    open: (call) => openAnswer(call).catch(explain),
    close: async () => agent.destroy()
  }

  function explain(cause: unknown): never {
    if (cause instanceof StartupError) throw cause
    const { code, name } = cause as NodeJS.ErrnoException
    const reason = name === 'TimeoutError' ? 'in time' : `(${code})`
    throw new StartupError('notReady', `no answer from ${where} ${reason}`, { cause })
  }

  async function exchange(call: SentCall, signal: AbortSignal): Promise<Answer> {
    const response = await respond(call, signal)
    return { ...headOf(response), body: await readBody(response) }
  }

  // The time is for the beginning of the answer.
  async function openAnswer(call: SentCall): Promise<StreamedAnswer> {
    const patience = new AbortController()
    const late = Object.assign(new Error('no answer in time'), { name: 'TimeoutError' })
    const timer = setTimeout(() => patience.abort(late), answerPatience)
    try {
      const response = await respond(call, patience.signal)
      // A service that is gone, and did not say so, is found out by the system.
      response.socket.setKeepAlive(true, keepAliveDelay)
      return { ...headOf(response), body: response }
    } finally {
      clearTimeout(timer)
    }
  }

  async function respond({ method, path, headers, body }: SentCall, signal: AbortSignal) {
    const request = (isSecure ? requestSecurely : requestPlainly)({
      ...host,
      agent,
      method,
      path: prefix + path,
      signal,
      headers: {
        ...headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) })
      }
    })
    request.once('socket', (socket: Socket) => {
      if (!socket.connecting) return
      const giveUp = () => socket.destroy(Object.assign(new Error(), { name: 'TimeoutError' }))
      const timer = setTimeout(giveUp, connectPatience)
      socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(timer))
      socket.once('close', () => clearTimeout(timer))
    })
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return response
  }

  async function readBody(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxLength) throw new StartupError('notReady', `the answer of ${where} has no end`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  }
}

function headOf({ statusCode = 0, headers }: IncomingMessage): Omit<Answer, 'body'> {
  return { status: statusCode, headers: headers as Record<string, string> }
}
