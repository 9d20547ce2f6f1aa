import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { changeOf } from '../../src/browser/pages/account-page.js'
import { sessionListPage } from '../../src/browser/pages/session-list-page.js'
import { refusalOf } from '../../src/browser/refused.js'
import type { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(accountSessionsRoutes)

async function accountSessionsRoutes(app: FastifyInstance) {
  const { browserSessions, sessions } = app.service
  const signedIn = { onRequest: app.requireSignedIn, config: { page: '/account/sessions' } }
  app.get('/account/sessions', signedIn, showSessions)
  app.post('/account/sessions/end', signedIn, endOne)
  app.post('/account/sessions/end-others', signedIn, endOthers)
  // The address of a form that was sent, opened once more.
  app.get('/account/sessions/*', async (_request, reply) => reply.goTo('/account/sessions'))

  async function showSessions(request: FastifyRequest, reply: FastifyReply) {
    return await show(request, reply)
  }

  async function endOne(request: FastifyRequest, reply: FastifyReply) {
    const { id = '' } = request.form
    const requester = describeRequester(request)
    const refusal = await refusalOf(browserSessions.endOther(request.requiredSession, id, requester))
    if (refusal !== undefined) return await show(request, reply, refusal)
    return reply.goTo('/account/sessions?changed=session')
  }

  async function endOthers(request: FastifyRequest, reply: FastifyReply) {
    const { presented } = request.requiredSession
    const user = await sessions.endAll(presented, describeRequester(request))
    await reply.continueSession(user)
    return reply.goTo('/account/sessions?changed=sessions')
  }

  async function show(request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) {
    const { requiredSession: own, query } = request
    const model = {
      sessions: await browserSessions.list(own),
      current: own.session.id,
      change: changeOf(query),
      refusal
    }
    return reply.page(sessionListPage, model, refusal?.statusCode)
  }
}
