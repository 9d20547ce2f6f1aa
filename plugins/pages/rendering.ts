import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { adminsGroup } from '../../src/accounts/account-members.js'
import { pageAddress } from '../../src/browser/page-address.js'
import { createPageHeaders, pagePolicy } from '../../src/browser/page-headers.js'
import { acceptedLanguages, chooseLanguage, type Language } from '../../src/browser/pages/languages.js'
import { layOut } from '../../src/browser/pages/layout.js'
import type { PageContext, View } from '../../src/browser/pages/page-context.js'
import { commonTexts } from '../../src/browser/pages/texts/common.js'
import { timeElement } from '../../src/browser/pages/times.js'
import { readCookie } from '../../src/browser/request-cookies.js'

declare module 'fastify' {
  interface FastifyRequest {
    language: Language
  }
  interface FastifyReply {
    /** All that a page knows of this request. */
    readonly pageContext: PageContext
    /** Sends a page. */
    page<Model>(view: View<Model>, model: Model, status?: number): FastifyReply
    /** Sends the browser to a path of ours, by GET. */
    goTo(path: string): FastifyReply
  }
}

// In seconds.
const year = 31_536_000

export default fp(
  async (app) => {
    const { brand, publicSite, cookieNames, service } = app
    const { POSTERN_REGISTRATION: registration, POSTERN_ADMIN: admin } = service.config
    const headers = createPageHeaders(publicSite.isSecure)
    const at = (path: string) => `${publicSite.base}${path}`
    app.decorate('replyHeaders', headers)

    app.decorateRequest('language', 'en')
    app.addHook('onRequest', async (request, reply) => {
      const { ui_locales: asked } = request.query as { ui_locales?: string }
      const kept = readCookie(request.headers.cookie, cookieNames.language) ?? ''
      const wishes = [asked?.split(' ') ?? [], [kept], acceptedLanguages(request.headers['accept-language'])]
      request.language = chooseLanguage(...wishes)
      if (asked !== undefined && request.language !== kept && publicSite.isProtected) {
        reply.keepCookie(cookieNames.language, request.language, year)
      }
      reply.headers(headers)
    })

    app.decorateReply('pageContext', {
      getter(this: FastifyReply): PageContext {
        const { request } = this
        const reply = this
        const user = request.browserSession?.user
        return {
          language: request.language,
          texts: commonTexts[request.language],
          brand,
          url: pageAddress(request),
          get formToken() {
            return reply.formToken
          },
          user: user && {
            name: user.name,
            isAdmin: admin === 'http' && user.groups?.includes(adminsGroup) === true
          },
          isRegistrationOpen: registration === 'open',
          at,
          time: (seconds) => timeElement(request.language, seconds)
        }
      }
    })
    app.decorateReply('page', function (view, model, status = 200) {
      const context = this.pageContext
      const page = view(context, model)
      if (page.formTarget !== undefined) this.header('content-security-policy', pagePolicy(page.formTarget))
      return this.code(status).type('text/html; charset=utf-8').send(layOut(context, page))
    })
    app.decorateReply('goTo', function (path) {
      return this.redirect(at(path), 303)
    })
  },
  { name: 'rendering', dependencies: ['form-protection'] }
)
