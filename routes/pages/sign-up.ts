import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { linkUsedPage } from '../../src/browser/pages/link-page.js'
import { signUpClosedPage, signUpPage } from '../../src/browser/pages/sign-up-page.js'
import { refusalOf } from '../../src/browser/refused.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(signUpRoutes)

async function signUpRoutes(app: FastifyInstance) {
  const { accounts, signIn, passwords, config } = app.service
  const { minLength } = passwords
  const whileOpen = { onRequest: requireOpen }
  app.get('/sign-up', whileOpen, showForm)
  app.post('/sign-up', { ...whileOpen, config: { page: '/sign-up' } }, signUp)

  async function requireOpen(_request: FastifyRequest, reply: FastifyReply) {
    return config.POSTERN_REGISTRATION === 'open' ? undefined : reply.page(signUpClosedPage, {}, 403)
  }

  async function showForm(request: FastifyRequest, reply: FastifyReply) {
    const { browserSession, formTarget, destinationField: destination } = request
    if (browserSession !== null) return reply.goTo('/account')
    return reply.page(signUpPage, { minLength, formTarget, destination })
  }

  async function signUp(request: FastifyRequest, reply: FastifyReply) {
    reply.keepDestination()
    const { user: name = '', pass = '' } = request.form
    const requester = describeRequester(request)
    const refusal = await refusalOf(accounts.register(name, pass, requester))
    if (refusal === undefined) return signInFirst(request, reply, { name, pass })
    const { formTarget, destinationField: destination } = request
    const model = { name, refusal, minLength, formTarget, destination }
    return reply.headers(refusal.headers).page(signUpPage, model, refusal.statusCode)
  }

  async function signInFirst(
    request: FastifyRequest,
    reply: FastifyReply,
    { name, pass }: { name: string; pass: string }
  ) {
    const { returnTo } = request.signInCookie ?? {}
    try {
      return await reply.goOn(await signIn.begin(name, pass, describeRequester(request), returnTo))
    } catch (error) {
      // The account is made: a page that says that nothing was changed would be untrue.
      request.log.warn({ err: error }, 'a new account could not be signed in')
      return reply.page(linkUsedPage, { outcome: 'account' })
    }
  }
}
