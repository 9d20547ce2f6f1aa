import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal, type RefusalName } from '../../src/errors/refusals.js'
import { isOperatorPath } from '../../src/http/operator-calls.js'
import { describePath } from '../../src/http/request-log.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Hooks that record the operator's reads and refusals. */
    adminAudit: AdminAudit
  }
}

interface AdminAudit {
  /** For `onError`. */
  recordRefusal(request: FastifyRequest, reply: FastifyReply, error: Error): Promise<void>
  /** For `onResponse`. */
  recordRead(request: FastifyRequest, reply: FastifyReply): Promise<void>
}

const refusals = new Set<RefusalName>([
  'AuthenticationRequiredError',
  'InsufficientScopeError',
  'TooManyFailuresError'
])

/** Records who reads, and who is refused, below /admin. A change is recorded by the one who makes it. */
export default fp(
  async (app) => {
    async function recordRefusal(request: FastifyRequest, _reply: FastifyReply, error: Error) {
      if (!(error instanceof Refusal) || !refusals.has(error.name)) return
      const { actor, ip: address } = request
      const details = { reason: error.name, detail: `${callOf(request)}: ${error.message}` }
      if (actor === null) app.audit.record({ event: 'admin_refused', address, ...details })
      else app.audit.recordAction('admin_refused', actor, details)
    }

    async function recordRead(request: FastifyRequest, reply: FastifyReply) {
      const { actor, method } = request
      if (actor === null || reply.statusCode >= 300 || (method !== 'GET' && method !== 'HEAD')) return
      app.audit.recordAction('admin_read', actor, { detail: callOf(request) })
    }

    app.decorate('adminAudit', { recordRefusal, recordRead })
    app.addHook('onRoute', (route: RouteOptions) => {
      if (!isOperatorPath(route.url)) return
      route.onError = [recordRefusal, ...[route.onError ?? []].flat()]
      route.onResponse = [recordRead, ...[route.onResponse ?? []].flat()]
    })
  },
  { name: 'admin-audit', dependencies: ['audit', 'admin'] }
)

function callOf({ method, url }: FastifyRequest): string {
  return `${method} ${describePath(url)}`
}
