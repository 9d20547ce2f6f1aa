import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { codePage, type SecondStepModel, setUpNeededPage } from '../../src/browser/pages/code-page.js'
import { refusalText } from '../../src/browser/pages/refusal-text.js'
import { type Notice, type SignInModel, signInPage } from '../../src/browser/pages/sign-in-page.js'
import { signInTexts } from '../../src/browser/pages/texts/sign-in.js'
import { asRefusal } from '../../src/browser/refused.js'
import { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'

interface Query {
  return_to?: string
  prompt?: string
  signed_out?: string
  ui_locales?: string
}

type SignInRequest = FastifyRequest<{ Querystring: Query }>

// One page for all of them: which names there are, and what has become of them, is told to nobody.
const wrongCredentials = new Set(['IncorrectPasswordError', 'UserDeactivatedError', 'InvalidArgumentError'])

export default fp(signInRoutes)

async function signInRoutes(app: FastifyInstance) {
  const { signIn } = app.service
  const config = { page: '/sign-in' }
  app.get<{ Querystring: Query }>('/sign-in', showStep)
  app.post('/sign-in', { config }, takePassword)
  app.post('/sign-in/code', { config }, takeCode)
  app.post('/sign-in/restart', { config }, startAgain)
  // The address of a form that was sent, opened once more.
  app.get('/sign-in/*', async (_request, reply) => reply.goTo('/sign-in'))

  async function showStep(request: SignInRequest, reply: FastifyReply) {
    const waiting = await findWaiting(request)
    if (waiting?.kind === 'set_up') return reply.page(setUpNeededPage, { name: waiting.user.name })
    if (waiting !== undefined) return showCodeForm(request, reply, { name: waiting.user.name })
    const { prompt, signed_out } = request.query
    const { secret, returnTo: former } = request.signInCookie ?? {}
    const returnTo = wantedReturn(request)
    const { user } = request.browserSession ?? {}
    if (user !== undefined && prompt !== 'login') return reply.leaveFor(returnTo)
    if (returnTo !== former || secret !== undefined) reply.keepSignIn({ returnTo, secret: undefined })
    const { expired, signedOut } = signInTexts[request.language]
    const isOver: Notice | false = secret !== undefined && { kind: 'info', text: expired }
    const hasSignedOut: Notice | false = signed_out !== undefined && { kind: 'success', text: signedOut }
    return showForm(request, reply, { name: user?.name, notice: isOver || hasSignedOut })
  }

  async function takePassword(request: FastifyRequest, reply: FastifyReply) {
    const { user: name = '', pass = '' } = request.form
    if (name === '' || pass === '') return showForm(request, reply, { name, isIncomplete: true }, 400)
    const state = await signIn.begin(name, pass, describeRequester(request)).catch(asRefusal)
    if (!(state instanceof Refusal)) return reply.goOn(state)
    const isWrong = wrongCredentials.has(state.name)
    const { language } = request
    const text = isWrong ? signInTexts[language].wrong : refusalText(language, state)
    const model = { name, notice: { kind: 'error', text } as const }
    return showForm(request, reply.headers(state.headers), model, isWrong ? 403 : state.statusCode)
  }

  async function takeCode(request: FastifyRequest, reply: FastifyReply) {
    const waiting = await findWaiting(request)
    const { secret } = request.signInCookie ?? {}
    // The page says that it is over.
    if (waiting?.kind !== 'second_factor' || secret === undefined) return reply.goTo('/sign-in')
    const { otp = '' } = request.form
    // No code is no wrong one, which would count.
    const outcome =
      otp === ''
        ? new Refusal('SecondFactorRequiredError')
        : await signIn.finish(secret, otp, describeRequester(request)).catch(asRefusal)
    if (!(outcome instanceof Refusal)) return reply.signIn(outcome)
    const model = { name: waiting.user.name, refusal: outcome }
    return showCodeForm(request, reply.headers(outcome.headers), model, outcome.statusCode)
  }

  async function startAgain(_request: FastifyRequest, reply: FastifyReply) {
    const { returnTo } = reply.keepSignIn({ secret: undefined })
    return reply.goTo(
      returnTo === undefined ? '/sign-in' : `/sign-in?${new URLSearchParams({ return_to: returnTo })}`
    )
  }

  async function findWaiting({ signInCookie }: FastifyRequest) {
    return signInCookie?.secret === undefined ? undefined : await signIn.waiting(signInCookie.secret)
  }

  /** Where the browser wants to go after the sign-in. A link to the page in another language begins nothing anew. */
  function wantedReturn({ query: { return_to, ui_locales }, signInCookie }: SignInRequest) {
    const isOther = return_to === undefined && ui_locales !== undefined
    return isOther ? signInCookie?.returnTo : app.decideReturnTo(return_to)
  }
}

function showForm(request: FastifyRequest, reply: FastifyReply, model: SignInModel, status = 200) {
  const { browserSession, formTarget } = request
  const isAgain = browserSession !== null && browserSession.user.name === model.name
  return reply.page(signInPage, { ...model, isAgain, formTarget }, status)
}

function showCodeForm(request: FastifyRequest, reply: FastifyReply, model: SecondStepModel, status = 200) {
  return reply.page(codePage, { ...model, formTarget: request.formTarget }, status)
}
