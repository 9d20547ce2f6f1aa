import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { signInPage } from '../../src/browser/pages/sign-in-page.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(signInRoutes)

async function signInRoutes(app: FastifyInstance) {
  const { signIn } = app.service
  const config = { page: '/sign-in' }
  app.get('/sign-in', showForm)
  app.post('/sign-in', { config }, takePassword)
  app.post('/sign-out', { config }, signOut)

  async function showForm(_request: FastifyRequest, reply: FastifyReply) {
    return reply.page(signInPage, {})
  }

  async function takePassword(request: FastifyRequest, reply: FastifyReply) {
    const { user = '', pass = '' } = request.form
    const state = await signIn.begin(user, pass, describeRequester(request))
    if (state.kind !== 'complete') return reply.page(signInPage, { name: user })
    await reply.startSession(state.signIn)
    return reply.goTo('/account')
  }

  async function signOut(_request: FastifyRequest, reply: FastifyReply) {
    await reply.endSession()
    return reply.goTo('/sign-in')
  }
}
