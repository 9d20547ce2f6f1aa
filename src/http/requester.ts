import type { FastifyRequest } from 'fastify'
import type { Client } from '../sessions/sessions.js'

/** Whose request it is. */
export function describeClient({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Client {
  return { address: ip, userAgent: headers['user-agent'] }
}
