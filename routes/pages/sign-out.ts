import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { signOutPage } from '../../src/browser/pages/sign-out-page.js'

interface Query {
  return_to?: string
}

export default fp(signOutRoutes)

async function signOutRoutes(app: FastifyInstance) {
  app.get<{ Querystring: Query }>('/sign-out', showButton)
  app.post('/sign-out', { config: { page: '/sign-out' } }, signOut)

  async function showButton(request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply) {
    const returnTo = app.decideReturnTo(request.query.return_to)
    return reply.page(signOutPage, { returnTo, formTarget: app.formTargetOf(returnTo) })
  }

  async function signOut(request: FastifyRequest, reply: FastifyReply) {
    await reply.endSession()
    reply.forgetSignIn()
    const returnTo = app.decideReturnTo(request.form.return_to)
    return returnTo === undefined ? reply.goTo('/sign-in?signed_out=yes') : reply.redirect(returnTo, 303)
  }
}
