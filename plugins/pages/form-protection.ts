import fp from 'fastify-plugin'
import { formTokenField } from '../../src/browser/pages/forms.js'
import { requestOrigin } from '../../src/browser/same-origin.js'
import { Refusal } from '../../src/errors/refusals.js'
import { decodeUtf8, parseForm } from '../../src/http/input.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The page with the form that leads to this route; it may have the route's parameters, as `/link/:token`. */
    page?: string
  }
  interface FastifyRequest {
    /** The fields of the form that was sent, each once. */
    readonly form: Readonly<Record<string, string | undefined>>
  }
  interface FastifyReply {
    /** The token of forms for this browser, bound to its session, else to its sign-in under way. */
    readonly formToken: string
  }
}

const purpose = 'form'

/** Takes forms only of our own pages (OWASP, Cross-Site Request Forgery Prevention). */
export default fp(
  async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer' },
      async (_: unknown, body: Buffer) => parseForm(decodeUtf8(body))
    )
    app.decorateRequest('form', {
      getter() {
        return (this.body ?? {}) as Record<string, string>
      }
    })
    // A missing argument is explained by the sources of a call, of which a form has none.
    app.decorateRequest('sources', { getter: () => ({}) })
    app.decorateReply('formToken', {
      getter() {
        const { browserSession } = this.request
        const bound = browserSession?.session.id ?? (this.request.signInCookie ?? this.keepSignIn({})).id
        return app.signatures.sign(purpose, bound)
      }
    })

    app.addHook('preHandler', async (request) => {
      if (request.method === 'GET' || request.method === 'HEAD') return
      const origin = requestOrigin(request.headers, app.publicSite.origin)
      if (origin === 'ours') return
      const token = request.form[formTokenField] ?? ''
      // Somebody else may have planted his own sign-in, with its token: beside a session it does not count.
      const bound = request.browserSession?.session.id ?? request.signInCookie?.id
      const isOurs = bound !== undefined && app.signatures.isSigned(purpose, bound, token)
      if (origin === 'foreign' || !isOurs) throw new Refusal('ForeignFormError')
    })
  },
  { name: 'form-protection', dependencies: ['browser-session'] }
)
