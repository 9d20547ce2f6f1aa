import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { cookieAttributes } from '../../src/browser/cookies.js'
import { sitePagePolicy, siteSignInOverPage } from '../../src/browser/pages/site-pages.js'
import { publicSite } from '../../src/browser/public-site.js'
import { readCookie } from '../../src/browser/request-cookies.js'
import { siteCookieName, writeSiteCookie } from '../../src/browser/site-cookie.js'

interface Query {
  code?: string
}

export default fp(siteCallbackRoutes)

async function siteCallbackRoutes(app: FastifyInstance) {
  if (app.service.siteAccess !== null) addRoute(app, app.service.siteAccess)
}

function addRoute(app: FastifyInstance, siteAccess: NonNullable<FastifyInstance['siteAccess']>): void {
  const { siteCodes, signatures, service } = app
  // On the host of a site, whose proxy hands it to us.
  app.get<{ Querystring: Query }>('/.postern/callback', arrive)

  async function arrive(request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply) {
    const origin = siteAccess.readOrigin(request)
    const cookies = request.headers.cookie ?? ''
    const secret = readCookie(cookies, siteCookieName(origin, '-begun')) ?? ''
    const { sid, returnTo = `${origin}/` } =
      (await siteCodes.redeem(request.query.code ?? '', origin, secret)) ?? {}
    // The page that follows is not ours, and must not read the code.
    reply.header('referrer-policy', 'no-referrer')
    if (sid === undefined) {
      // Another window of the browser may have signed in meanwhile.
      const isSignedIn = (await siteAccess.findSession(origin, cookies)) !== undefined
      return isSignedIn ? reply.redirect(returnTo, 303) : sayItIsOver(request, reply, returnTo)
    }
    const value = writeSiteCookie(signatures, { origin, sid })
    reply.setCookie(siteCookieName(origin), value, {
      ...cookieAttributes(publicSite(origin)),
      maxAge: service.config.POSTERN_BROWSER_TTL
    })
    return reply.redirect(returnTo, 303)
  }

  function sayItIsOver({ language }: FastifyRequest, reply: FastifyReply, returnTo: string) {
    return reply
      .code(400)
      .header('content-security-policy', sitePagePolicy)
      .type('text/html; charset=utf-8')
      .send(siteSignInOverPage(language, returnTo))
  }
}
