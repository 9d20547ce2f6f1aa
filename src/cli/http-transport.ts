import { once } from 'node:events'
import { Agent, type IncomingMessage, request as requestPlainly } from 'node:http'
import { request as requestSecurely, Agent as SecureAgent } from 'node:https'
import type { Socket } from 'node:net'
import { StartupError } from '../errors/startup-error.js'
import type { Answer, SentCall, Transport } from './transport.js'

// In milliseconds.
const connectPatience = 10_000

// The service has 5 minutes for an answer.
const answerPatience = 310_000

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
    async send(call) {
      try {
        return await exchange(call)
      } catch (cause) {
        if (cause instanceof StartupError) throw cause
        const { code, name } = cause as NodeJS.ErrnoException
        const reason = name === 'TimeoutError' ? 'in time' : `(${code})`
        throw new StartupError('notReady', `no answer from ${where} ${reason}`, { cause })
      }
    },
    close: async () => agent.destroy()
  }

  async function exchange({ method, path, headers, body }: SentCall): Promise<Answer> {
    const request = (isSecure ? requestSecurely : requestPlainly)({
      ...host,
      agent,
      method,
      path: prefix + path,
      signal: AbortSignal.timeout(answerPatience),
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
    return {
      status: response.statusCode ?? 0,
      headers: response.headers as Record<string, string>,
      body: await readBody(response)
    }
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
