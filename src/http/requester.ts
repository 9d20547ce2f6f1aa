import type { FastifyRequest } from 'fastify'
import type { Client } from '../sessions/sessions.js'

/** Whose request it is. */
export function describeClient({ ip, headers, raw }: Pick<FastifyRequest, 'ip' | 'headers' | 'raw'>): Client {
  return { address: ip, userAgent: headers['user-agent'], isGone: () => raw.socket.destroyed }
}
