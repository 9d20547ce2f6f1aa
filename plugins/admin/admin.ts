import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isScope, localOperator, requireScope, type Scope } from '../../src/admin/authorization.js'
import type { ServiceOptions } from '../../src/app-options.js'
import { Refusal } from '../../src/errors/refusals.js'
import { requireJson, requireMediaType, requirePlainText } from '../../src/http/media-type.js'
import {
  calledPath,
  isFromOperatorSocket,
  isOperatorPath,
  isServedOnSocket
} from '../../src/http/operator-calls.js'
import { completeOperatorRoute } from '../../src/http/operator-routes.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a call of the operator needs. */
    scope?: Scope
    /** The one media type that the call takes, where that is not JSON. */
    bodyType?: string
  }
}

/** Who may call the routes below /admin. Each names its scope, and its caller is judged before its body is read. */
export default fp<ServiceOptions>(
  async (app, { isOffline = false }) => {
    const isOverTcp = app.config.POSTERN_ADMIN === 'http'
    const isLocal = ({ raw }: FastifyRequest) => isOffline || isFromOperatorSocket(raw)

    async function admit(request: FastifyRequest): Promise<void> {
      if (!isLocal(request) && !isOverTcp) throw new Refusal('NotFoundError')
      request.actor = isLocal(request) ? localOperator : await app.identifyOperator(request)
      const { scope = 'all', bodyType } = request.routeOptions.config
      requireScope(request.actor, scope)
      const { headers } = request.raw
      requirePlainText(headers)
      if (bodyType === undefined) requireJson(headers)
      else requireMediaType(headers, bodyType)
    }

    app.addHook('onRoute', (route) => {
      if (!isOperatorPath(route.url)) return
      completeOperatorRoute(route, isScope)
      // A change judges by records of its own transaction, and has happened.
      if (route.method === 'GET') route.onSend = [app.auth.fresh, ...[route.onSend ?? []].flat()]
      route.onRequest = [admit, ...[route.onRequest ?? []].flat()]
    })
    app.addHook('onRequest', (request, reply, done) => {
      const isElsewhere = isFromOperatorSocket(request.raw) && !isServedOnSocket(calledPath(request))
      if (isElsewhere && !request.is404) reply.callNotFound()
      else done()
    })
  },
  {
    name: 'admin',
    dependencies: ['config', 'actor', 'operator-authentication', 'auth', 'jwt', 'request-head']
  }
)
