import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { refusalText } from '../../src/browser/pages/refusal-text.js'
import { codePage, setUpNeededPage } from '../../src/browser/pages/second-step-pages.js'
import { type Notice, type SignInModel, signInPage } from '../../src/browser/pages/sign-in-page.js'
import { signInTexts } from '../../src/browser/pages/texts/sign-in.js'
import { asRefusal } from '../../src/browser/refused.js'
import { isFromElsewhere } from '../../src/browser/same-origin.js'
import { signInPath } from '../../src/browser/sign-in-path.js'
import { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'
import type { WaitingSignIn } from '../../src/sign-in/sign-in.js'

interface Query {
  return_to?: string
  site_request?: string
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
  app.post('/sign-in/cancel', { config }, cancel)
  // The address of a form that was sent, opened once more.
  app.get('/sign-in/*', async (_request, reply) => reply.goTo('/sign-in'))

  async function showStep(request: SignInRequest, reply: FastifyReply) {
    const { prompt, signed_out, return_to } = request.query
    const waiting = await request.findWaiting()
    if (waiting !== undefined) {
      if (return_to !== undefined) reply.keepSignIn(destinationOf(request))
      return showSecondStep(request, reply, waiting)
    }
    const { secret, returnTo: former } = request.signInCookie ?? {}
    const destination = destinationOf(request)
    const { user } = request.browserSession ?? {}
    if (user !== undefined && prompt !== 'login') {
      const step = await reply.nextStep(destination)
      if (step.kind !== 'sign_in') return reply.goToStep(step, destination)
    }
    const isOther = destination.returnTo !== former || request.query.site_request !== undefined
    if (isOther || secret !== undefined) {
      reply.keepSignIn({ ...destination, secret: undefined })
    }
    const { expired, signedOut } = signInTexts[request.language]
    const isOver: Notice | false = secret !== undefined && { kind: 'info', text: expired }
    const isTold = signed_out !== undefined && !isFromElsewhere(request.headers)
    const hasSignedOut: Notice | false = isTold && { kind: 'success', text: signedOut }
    return showForm(request, reply, { name: user?.name, notice: isOver || hasSignedOut })
  }

  async function takePassword(request: FastifyRequest, reply: FastifyReply) {
    reply.keepDestination()
    const { user: name = '', pass = '' } = request.form
    if (name === '' || pass === '') return showForm(request, reply, { name, isIncomplete: true }, 400)
    const { returnTo } = request.signInCookie ?? {}
    const state = await signIn.begin(name, pass, describeRequester(request), returnTo).catch(asRefusal)
    if (!(state instanceof Refusal)) return reply.goOn(state)
    const isWrong = wrongCredentials.has(state.name)
    const { language } = request
    const text = isWrong ? signInTexts[language].wrong : refusalText(language, state)
    const model = { name, notice: { kind: 'error', text } as const }
    return showForm(request, reply.headers(state.headers), model, isWrong ? 403 : state.statusCode)
  }

  async function takeCode(request: FastifyRequest, reply: FastifyReply) {
    reply.keepDestination()
    const waiting = await request.findWaiting()
    // The page says that it is over.
    if (waiting?.kind !== 'second_factor') return reply.goTo('/sign-in')
    const { otp = '' } = request.form
    // No code is no wrong one, which would count.
    const outcome =
      otp === ''
        ? new Refusal('SecondFactorRequiredError')
        : await signIn.finish(waiting.secret, otp, describeRequester(request)).catch(asRefusal)
    if (!(outcome instanceof Refusal)) return reply.signIn(outcome)
    // Another request has completed it, or it has expired just now.
    if (outcome.name === 'InvalidTokenError') return reply.goTo('/sign-in')
    return showSecondStep(request, reply.headers(outcome.headers), waiting, outcome)
  }

  /** The form for the code, or the way to a second factor. */
  function showSecondStep(
    { signInCookie, destinationField: destination }: FastifyRequest,
    reply: FastifyReply,
    { kind, user: { name }, returnTo }: WaitingSignIn,
    refusal?: Refusal
  ) {
    if (kind === 'set_up') return reply.page(setUpNeededPage, { name })
    const formTarget = app.formTargetOf(signInCookie?.returnTo ?? returnTo)
    return reply.page(codePage, { name, refusal, formTarget, destination }, refusal?.statusCode)
  }

  async function cancel(request: FastifyRequest, reply: FastifyReply) {
    const waiting = await request.findWaiting()
    const { returnTo = waiting?.returnTo } = request.signInCookie ?? {}
    reply.keepSignIn({ secret: undefined })
    return reply.goTo(signInPath({ return_to: returnTo }))
  }

  /**
   * Where the browser wants to go after the sign-in. A link to the page in another language, and a sign-in that is over or begins again,
   * leave that as it was.
   */
  function destinationOf({ query: { return_to, site_request, ui_locales }, signInCookie }: SignInRequest) {
    const { returnTo, siteRequest, secret } = signInCookie ?? {}
    const goesOn = ui_locales !== undefined || secret !== undefined
    const isKept = return_to === undefined ? goesOn : return_to === returnTo
    if (isKept && site_request === undefined) return { returnTo, siteRequest }
    const asked = app.readSiteRequest(site_request, siteRequest)
    const wanted = app.decideReturnTo(return_to, asked)
    // The address of the page may be one that no sign-in leads to, such as a very long one.
    const start = asked === undefined ? undefined : app.decideReturnTo(`${asked.origin}/`, asked)
    return { returnTo: wanted ?? start, siteRequest: asked }
  }
}

function showForm(request: FastifyRequest, reply: FastifyReply, model: SignInModel, status = 200) {
  const { browserSession, formTarget, destinationField: destination } = request
  const isAgain = browserSession !== null && browserSession.user.name === model.name
  return reply.page(signInPage, { ...model, isAgain, formTarget, destination }, status)
}
