import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { passwordPage } from '../../src/browser/pages/password-page.js'
import { refusalOf } from '../../src/browser/refused.js'
import type { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(accountPasswordRoutes)

async function accountPasswordRoutes(app: FastifyInstance) {
  const { accounts, passwords } = app.service
  const signedIn = { onRequest: app.requireSignedIn }
  app.get('/account/password', signedIn, showForm)
  app.post('/account/password', { ...signedIn, config: { page: '/account/password' } }, takePassword)

  async function showForm(request: FastifyRequest, reply: FastifyReply) {
    return show(request, reply)
  }

  async function takePassword(request: FastifyRequest, reply: FastifyReply) {
    const refusal = await refusalOf(changePassword(request, reply))
    return refusal === undefined ? reply.goTo('/account?changed=password') : show(request, reply, refusal)
  }

  async function changePassword(request: FastifyRequest, reply: FastifyReply) {
    const { presented } = request.requiredSession
    // Never undefined: without the current password a call may go on, and a page never does.
    const { pass: password = '', current_pass: currentPassword = '' } = request.form
    const change = { password, currentPassword }
    const user = await accounts.changePassword(presented, change, describeRequester(request))
    await reply.continueSession(user)
  }

  function show(request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) {
    const { name, appliedPassword } = request.requiredSession.user
    const { minLength } = passwords
    const isManaged = appliedPassword !== undefined
    const model = { name, isManaged, minLength, refusal }
    return reply.headers(refusal?.headers ?? {}).page(passwordPage, model, refusal?.statusCode)
  }
}
