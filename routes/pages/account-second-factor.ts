import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { changeOf } from '../../src/browser/pages/account-page.js'
import * as pages from '../../src/browser/pages/second-factor-pages.js'
import { asRefusal } from '../../src/browser/refused.js'
import { signInPath } from '../../src/browser/sign-in-path.js'
import { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'

export default fp(accountSecondFactorRoutes)

async function accountSecondFactorRoutes(app: FastifyInstance) {
  const { secondFactors, requiresFactor } = app.service
  const fresh = (page: string) => ({ onRequest: app.requireFreshSignIn, config: { page } })
  const onNew = fresh('/account/second-factor/new')
  const onCodes = fresh('/account/second-factor/recovery-codes')
  const onRemoval = fresh('/account/second-factor/remove')
  app.get('/account/second-factor', { onRequest: app.requireSignedIn }, showState)
  app.get('/account/second-factor/new', onNew, showNew)
  app.post('/account/second-factor/new', onNew, offer)
  app.post('/account/second-factor/confirm', onNew, setUp)
  // The address of a form that was sent, opened once more.
  app.get('/account/second-factor/confirm', async (_request, reply) => reply.goTo('/account/second-factor'))
  app.get('/account/second-factor/recovery-codes', onCodes, showNewCodes)
  app.post('/account/second-factor/recovery-codes', onCodes, renewCodes)
  app.get('/account/second-factor/remove', onRemoval, showRemoval)
  app.post('/account/second-factor/remove', onRemoval, remove)

  async function showState({ requiredSession: { user }, query }: FastifyRequest, reply: FastifyReply) {
    const model = { factor: user.secondFactor, isRequired: requiresFactor(user), change: changeOf(query) }
    return reply.page(pages.secondFactorPage, model)
  }

  async function showNew({ requiredSession: { user } }: FastifyRequest, reply: FastifyReply) {
    return reply.page(pages.newFactorPage, { hasFactor: user.secondFactor !== undefined })
  }

  async function offer(request: FastifyRequest, reply: FastifyReply) {
    const { presented, user } = request.requiredSession
    const otp = request.form.otp || undefined
    const offer = await secondFactors.offer({ presented }, otp, describeRequester(request)).catch(asRefusal)
    if (!(offer instanceof Refusal)) return reply.page(pages.confirmFactorPage, { offer })
    const model = { hasFactor: user.secondFactor !== undefined, refusal: offer }
    return reply.headers(offer.headers).page(pages.newFactorPage, model, offer.statusCode)
  }

  async function setUp(request: FastifyRequest, reply: FastifyReply) {
    const { presented } = request.requiredSession
    const { otp = '' } = request.form
    const outcome = await secondFactors.setUp({ presented }, otp, describeRequester(request)).catch(asRefusal)
    if (outcome instanceof Refusal) {
      const model = { refusal: outcome }
      return reply.headers(outcome.headers).page(pages.confirmFactorPage, model, outcome.statusCode)
    }
    const { recoveryCodes: codes, user, amr } = outcome
    await reply.continueSession(user, amr)
    const { returnTo } = request.signInCookie ?? {}
    const next = returnTo === undefined ? undefined : signInPath({ return_to: returnTo })
    return reply.page(pages.recoveryCodesPage, { codes, change: 'second-factor', next })
  }

  async function showNewCodes({ requiredSession: { user } }: FastifyRequest, reply: FastifyReply) {
    if (user.secondFactor === undefined) return reply.goTo('/account/second-factor')
    return reply.page(pages.newCodesPage, {})
  }

  async function renewCodes(request: FastifyRequest, reply: FastifyReply) {
    const { presented } = request.requiredSession
    const otp = request.form.otp || undefined
    const codes = await secondFactors
      .renewRecoveryCodes(presented, otp, describeRequester(request))
      .catch(asRefusal)
    if (!(codes instanceof Refusal)) return reply.page(pages.recoveryCodesPage, { codes })
    return reply.headers(codes.headers).page(pages.newCodesPage, { refusal: codes }, codes.statusCode)
  }

  async function showRemoval({ requiredSession: { user } }: FastifyRequest, reply: FastifyReply) {
    if (user.secondFactor === undefined) return reply.goTo('/account/second-factor')
    return reply.page(pages.removeFactorPage, { isRequired: requiresFactor(user) })
  }

  async function remove(request: FastifyRequest, reply: FastifyReply) {
    const { presented, user } = request.requiredSession
    const otp = request.form.otp || undefined
    const outcome = await secondFactors.remove(presented, otp, describeRequester(request)).catch(asRefusal)
    if (outcome instanceof Refusal) {
      const model = { isRequired: requiresFactor(user), refusal: outcome }
      return reply.headers(outcome.headers).page(pages.removeFactorPage, model, outcome.statusCode)
    }
    await reply.continueSession(outcome.user, outcome.amr)
    return reply.goTo('/account/second-factor?changed=second-factor-removed')
  }
}
