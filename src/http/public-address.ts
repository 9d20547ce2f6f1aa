import type { FastifyInstance, FastifyRequest } from 'fastify'
import { serverAddress } from './server-address.js'

const hostWithPort = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

// Nobody can call these: they stand for all addresses that the machine has.
const wildcards = new Set(['0.0.0.0', '[::]', '[::ffff:0:0]'])

/**
 * The address of the service as the client of this request reaches it, without a slash at its end. A client can make up any
 * `Host`: it counts behind a trusted proxy, which is to set it, and where the service listens on all addresses, so that it
 * knows no other. `X-Forwarded-Host` never counts, since many a proxy hands on the client's.
 */
export function publicAddress(app: FastifyInstance, request: FastifyRequest): string {
  const { ips = [], protocol } = request
  const { host = '' } = request.headers
  const own = new URL(serverAddress(app))
  const isHost = hostWithPort.test(host) && URL.canParse(`http://${host}`)
  const isFromProxy = ips.length > 1 && (protocol === 'http' || protocol === 'https')
  if (isHost && isFromProxy) return `${protocol}://${host}`
  if (!wildcards.has(own.hostname)) return serverAddress(app)
  return `${own.protocol}//${isHost ? host : `localhost:${own.port}`}`
}
