import fp from 'fastify-plugin'
import { acceptedLanguages, chooseLanguage, type Language } from '../../src/browser/pages/languages.js'
import { readCookie } from '../../src/browser/request-cookies.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The language of the pages for this browser; one that is asked for is kept. */
    language: Language
  }
}

// In seconds.
const year = 31_536_000

export default fp(
  async (app) => {
    const { publicSite, cookieNames } = app

    app.decorateRequest('language', 'en')
    app.addHook('onRequest', async (request, reply) => {
      const { ui_locales: asked } = request.query as { ui_locales?: string }
      const kept = readCookie(request.headers.cookie, cookieNames.language) ?? ''
      const wishes = [asked?.split(' ') ?? [], [kept], acceptedLanguages(request.headers['accept-language'])]
      request.language = chooseLanguage(...wishes)
      if (asked !== undefined && request.language !== kept && publicSite.isProtected) {
        reply.keepCookie(cookieNames.language, request.language, year)
      }
    })
  },
  { name: 'language', dependencies: ['cookies'] }
)
