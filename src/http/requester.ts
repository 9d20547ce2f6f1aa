import type { FastifyRequest } from 'fastify'
import type { Requester } from '../requester.js'

/** The requester of a call. */
export function describeRequester({
  ip,
  headers,
  raw
}: Pick<FastifyRequest, 'ip' | 'headers' | 'raw'>): Requester {
  return { address: ip, userAgent: headers['user-agent'], isGone: () => raw.socket.destroyed }
}
