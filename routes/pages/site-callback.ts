import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { sitePagePolicy, siteSignInOverPage } from '../../src/browser/pages/site-pages.js'
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
    const secret = readCookie(request.headers.cookie, siteCookieName(origin, '-begun')) ?? ''
    const arrived = await siteCodes.redeem(request.query.code ?? '', origin, secret)
    if (arrived === undefined) return sayItIsOver(request, reply, origin)
    const value = writeSiteCookie(signatures, { origin, sid: arrived.sid })
    const isSecure = origin.startsWith('https:')
    const attributes = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure } as const
    reply.setCookie(siteCookieName(origin), value, {
      ...attributes,
      maxAge: service.config.POSTERN_BROWSER_TTL
    })
    return reply.redirect(arrived.returnTo, 303)
  }

  function sayItIsOver({ language }: FastifyRequest, reply: FastifyReply, origin: string) {
    return (
      reply
        .code(400)
        .header('content-security-policy', sitePagePolicy)
        // The code may still be good, and the page leads to the application of the site.
        .header('referrer-policy', 'no-referrer')
        .type('text/html; charset=utf-8')
        .send(siteSignInOverPage(language, `${origin}/`))
    )
  }
}
