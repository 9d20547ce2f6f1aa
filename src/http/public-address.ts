import type { FastifyInstance, FastifyRequest } from 'fastify'
import { serverAddress } from './server-address.js'

/** The address of the service as the client of this request reaches it, without a slash at its end. */
export function publicAddress(app: FastifyInstance, { ips = [], protocol, host }: FastifyRequest): string {
  // `Host` may be anything that a client makes up, unless it comes from a proxy that is trusted.
  const isFromProxy = ips.length > 1
  return isFromProxy && /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host)
    ? `${protocol}://${host}`
    : serverAddress(app)
}
