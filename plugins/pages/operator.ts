import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { actorOf, requireScope } from '../../src/admin/authorization.js'
import { isForOperator } from '../../src/http/operator-calls.js'
import actor from '../admin/actor.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether there are pages below /admin. */
    hasOperatorPages: boolean
  }
}

/** Who may see the pages below /admin: the members of `postern-admins` who may make the calls below /admin, signed in as for those. */
export default fp(
  async (app) => {
    const { service } = app
    const hasOperatorPages = service.config.POSTERN_ADMIN === 'http'
    app.decorate('hasOperatorPages', hasOperatorPages)
    if (!hasOperatorPages) return
    await app.register(actor)

    // Before the password is asked for, since it would not help.
    async function refuseOthers(request: FastifyRequest, _reply: FastifyReply) {
      const caller = actorOf(request.requiredSession.user, request.ip)
      if (!caller.scopes.has('all')) request.actor = caller
      requireScope(caller, 'all')
    }

    async function identify(request: FastifyRequest, _reply: FastifyReply) {
      const { presented } = request.requiredSession
      const caller = await service.identifyPresenter(presented, request.ip)
      request.actor = caller
      requireScope(caller, 'all')
    }

    app.addHook('onRoute', (route: RouteOptions) => {
      if (!isForOperator(route.url)) return
      const { recordRefusal, recordRead } = service.adminAudit
      route.onRequest = [app.requireSignedIn, refuseOthers, app.requireFreshSignIn, identify]
      route.onError = [recordRefusal]
      route.onResponse = [recordRead]
    })
  },
  { name: 'operator', dependencies: ['signed-in', 'page-errors'] }
)
