import type { FastifyInstance, FastifyReply, FastifyRequest, preValidationHookHandler } from 'fastify'
import { begunCookie } from '../src/browser/begun-cookie.js'
import { acceptedLanguages, chooseLanguage } from '../src/browser/pages/languages.js'
import { siteDeniedPage, sitePagePolicy } from '../src/browser/pages/site-pages.js'
import type { Visitor } from '../src/browser/site-access.js'
import { Refusal } from '../src/errors/refusals.js'
import { replyWithError } from '../src/http/error-replies.js'
import {
  forwardedTokens,
  identityHeaders,
  leaveToThePage,
  toForwardAuthRefusal
} from '../src/http/forward-auth.js'
import type { ForwardedRequest, HeaderFamily } from '../src/http/forwarded-request.js'
import { isNavigation } from '../src/http/navigation.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The request that a proxy asks about, where there are sites; else null. */
    forwarded: ForwardedRequest | null
  }
}

const families = { '/forward-auth': 'forwarded', '/forward-auth/nginx': 'nginx' } as const

/** `/forward-auth` where a file says who may see which site. */
export default async function siteAuthRoutes(app: FastifyInstance) {
  if (app.siteAccess !== null) addRoutes(app, app.siteAccess)
}

function addRoutes(app: FastifyInstance, siteAccess: NonNullable<FastifyInstance['siteAccess']>): void {
  const { auth, tokenOwners } = app
  app.decorateRequest('forwarded', null)
  for (const [url, family] of Object.entries(families)) {
    const preValidation = [readRequest(family), identify]
    const options = {
      config: { isForwarded: true },
      onRequest: leaveToThePage,
      preValidation,
      onSend: auth.fresh
    }
    app.get(url, options, judge(family))
  }
  app.setErrorHandler((error, request, reply) =>
    replyWithError(error, request, reply.headers(identityHeaders()), { adapt: toForwardAuthRefusal })
  )

  function readRequest(family: HeaderFamily) {
    // Not async: a promise is a part of the cost of so short a call.
    const hook: preValidationHookHandler = (request, _reply, done) => {
      const forwarded = siteAccess.read(request, family)
      request.forwarded = forwarded
      request.sources = {
        ...request.sources,
        forwarded: forwardedTokens(forwarded.uri),
        ignoresOtherSchemes: true
      }
      done()
    }
    return hook
  }

  // Where nobody is asked, a token that is not ours is for the page.
  function identify(this: FastifyInstance, ...hook: Parameters<preValidationHookHandler>): void {
    const [{ forwarded, headers, sources }, , done] = hook
    // Most requests of browsers: the refusal of no token at all would cost a part of them.
    if (headers.authorization === undefined && sources.forwarded?.length === 0) {
      done()
      return
    }
    const policy = forwarded !== null && siteAccess.isOpen(forwarded) ? auth.optional : auth.activeIfPresented
    policy.call(this, ...hook)
  }

  function judge(family: HeaderFamily) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const { forwarded } = request
      if (forwarded === null) throw new Refusal('NotFoundError')
      const visitor = await findVisitor(request, forwarded)
      const verdict = siteAccess.judge(forwarded, visitor, cookiesOf(request))
      const isPage = family === 'forwarded' && isNavigation(request.headers, forwarded.method)
      switch (verdict.kind) {
        case 'allowed':
          return reply.code(204).headers(identityHeaders(visitor?.user, verdict.assertion)).send()
        case 'denied':
          if (visitor === undefined || !isPage) throw new Refusal('SiteDeniedError')
          return sendDenied(request, reply, forwarded)
        case 'sign_in':
          if (verdict.secret !== undefined) {
            reply.header('set-cookie', begunCookie(forwarded.origin, verdict.secret))
          }
          // nginx takes no redirect of a request of its own; its recipe makes one of a 401.
          if (isPage) return reply.headers(identityHeaders()).redirect(verdict.location)
          throw new Refusal('AuthenticationRequiredError', { headers: { location: verdict.location } })
      }
    }
  }

  /** Who presents a token, else whose browser it is. */
  async function findVisitor(
    request: FastifyRequest,
    { origin }: ForwardedRequest
  ): Promise<Visitor | undefined> {
    const { claims } = request
    if (claims !== null) return { user: await tokenOwners.requirePresenter(claims), claims }
    const session = await siteAccess.findSession(origin, cookiesOf(request))
    if (session === undefined) return undefined
    request.freshness = session.freshness ?? null
    return { user: session.user, claims: session.presented }
  }

  function sendDenied({ headers }: FastifyRequest, reply: FastifyReply, { origin }: ForwardedRequest) {
    const language = chooseLanguage(acceptedLanguages(headers['accept-language']))
    return reply
      .code(403)
      .headers({ ...identityHeaders(), 'content-security-policy': sitePagePolicy })
      .type('text/html; charset=utf-8')
      .send(siteDeniedPage(language, siteAccess.deniedAddress(origin)))
  }
}

function cookiesOf({ headers }: FastifyRequest): string {
  return headers.cookie ?? ''
}
