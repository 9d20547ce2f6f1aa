import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { confirmSetUpPage, setUpDonePage } from '../../src/browser/pages/second-step-pages.js'
import { asRefusal } from '../../src/browser/refused.js'
import { signInPath } from '../../src/browser/sign-in-path.js'
import { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(signInSetUpRoutes)

/** The second step of a sign-in for an account that must have a second factor, and has none. */
async function signInSetUpRoutes(app: FastifyInstance) {
  const { secondFactors } = app.service
  const options = { config: { page: '/sign-in' } }
  app.post('/sign-in/set-up', options, offer)
  app.post('/sign-in/confirm', options, setUp)

  async function offer(request: FastifyRequest, reply: FastifyReply) {
    const waiting = await request.findWaiting()
    // The page says that it is over.
    if (waiting?.kind !== 'set_up') return reply.goTo('/sign-in')
    const { secret, user } = waiting
    const offer = await secondFactors.offer({ waiting: secret }, undefined, describeRequester(request))
    return reply.page(confirmSetUpPage, { name: user.name, offer })
  }

  async function setUp(request: FastifyRequest, reply: FastifyReply) {
    const waiting = await request.findWaiting()
    if (waiting?.kind !== 'set_up') return reply.goTo('/sign-in')
    const { secret, user, returnTo: former } = waiting
    const { returnTo = former } = request.signInCookie ?? {}
    const { otp = '' } = request.form
    const requester = describeRequester(request)
    const outcome = await secondFactors.setUp({ waiting: secret }, otp, requester).catch(asRefusal)
    if (outcome instanceof Refusal) {
      const model = { name: user.name, refusal: outcome }
      return reply.headers(outcome.headers).page(confirmSetUpPage, model, outcome.statusCode)
    }
    if (outcome.signIn !== undefined) await reply.startSession(outcome.signIn)
    return reply.page(setUpDonePage, {
      codes: outcome.recoveryCodes,
      next: signInPath({ return_to: returnTo })
    })
  }
}
