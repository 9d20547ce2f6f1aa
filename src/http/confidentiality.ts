import type { FastifyRequest } from 'fastify'
import { isLoopbackAddress } from '../networks.js'
import { isFromOperatorSocket } from './operator-calls.js'

/**
 * Whether nobody between the service and the client can read the answer: it goes over TLS, to this machine, or to the operator's
 * socket. Behind a trusted proxy it goes by what the proxy says of its client.
 */
export function isConfidential({ raw, ip, protocol }: FastifyRequest): boolean {
  return isFromOperatorSocket(raw) || protocol === 'https' || isLoopbackAddress(ip)
}
