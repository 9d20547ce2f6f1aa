import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { accountDeletionPage, goodbyePage } from '../../src/browser/pages/account-deletion-page.js'
import { refusalOf } from '../../src/browser/refused.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(accountDeletionRoutes)

async function accountDeletionRoutes(app: FastifyInstance) {
  const { accounts } = app.service
  const signedIn = { onRequest: app.requireSignedIn }
  app.get('/account/delete', signedIn, showForm)
  app.post('/account/delete', { ...signedIn, config: { page: '/account/delete' } }, deleteAccount)
  app.get('/account/deleted', showGoodbye)

  async function showForm({ requiredSession: { user } }: FastifyRequest, reply: FastifyReply) {
    return reply.page(accountDeletionPage, { name: user.name })
  }

  async function deleteAccount(request: FastifyRequest, reply: FastifyReply) {
    const { presented, user } = request.requiredSession
    // Never undefined: without the current password a call may go on, and a page never does.
    const { current_pass: currentPassword = '' } = request.form
    const refusal = await refusalOf(
      accounts.deactivate(presented, currentPassword, describeRequester(request))
    )
    if (refusal !== undefined) {
      const model = { name: user.name, refusal }
      return reply.headers(refusal.headers).page(accountDeletionPage, model, refusal.statusCode)
    }
    reply.forgetSession()
    return reply.goTo('/account/deleted')
  }

  async function showGoodbye({ browserSession }: FastifyRequest, reply: FastifyReply) {
    // For anybody with an account the page would be a lie.
    return browserSession === null ? reply.page(goodbyePage, undefined) : reply.goTo('/account')
  }
}
