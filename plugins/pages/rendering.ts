import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { adminsGroup } from '../../src/accounts/account-members.js'
import { pageAddress } from '../../src/browser/page-address.js'
import { createPageHeaders, pagePolicy } from '../../src/browser/page-headers.js'
import { layOut } from '../../src/browser/pages/layout.js'
import type { PageContext, View } from '../../src/browser/pages/page-context.js'
import { commonTexts } from '../../src/browser/pages/texts/common.js'
import { timeElement } from '../../src/browser/pages/times.js'

declare module 'fastify' {
  interface FastifyReply {
    /** All that a page knows of this request. */
    readonly pageContext: PageContext
    /** Sends a page. */
    page<Model>(view: View<Model>, model: Model, status?: number): FastifyReply
    /** Sends the browser to a path of ours, by GET. */
    goTo(path: string): FastifyReply
  }
}

export default fp(
  async (app) => {
    const { brand, publicSite, service } = app
    const { POSTERN_REGISTRATION: registration, POSTERN_ADMIN: admin } = service.config
    const headers = createPageHeaders(publicSite.isSecure)
    const at = (path: string) => `${publicSite.base}${path}`
    app.decorate('replyHeaders', headers)

    app.addHook('onRequest', async (_request, reply) => {
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
  { name: 'rendering', dependencies: ['form-protection', 'language'] }
)
