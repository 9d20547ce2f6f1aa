import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { readCookie } from '../../src/browser/request-cookies.js'
import { Refusal } from '../../src/errors/refusals.js'
import type { BrowserSession } from '../../src/sessions/browser-sessions.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of the browser; null for nobody. */
    browserSession: BrowserSession | null
    /** Looks for the session anew, after a change that may have ended it. */
    findSession(): Promise<void>
    /** The same behind `requireSignedIn`. @throws `AuthenticationRequiredError` elsewhere. */
    readonly requiredSession: BrowserSession
  }
}

export default fp(
  async (app) => {
    const { browserSessions } = app.service
    const name = app.cookieNames.session

    app.decorateRequest('browserSession', null)
    app.decorateRequest('requiredSession', {
      getter(this: FastifyRequest) {
        if (this.browserSession === null) throw new Refusal('AuthenticationRequiredError')
        return this.browserSession
      }
    })
    app.decorateRequest('findSession', async function () {
      const value = readCookie(this.headers.cookie, name)
      this.browserSession = value === undefined ? null : ((await browserSessions.find(value)) ?? null)
    })
    app.addHook('onRequest', async (request) => await request.findSession())
  },
  { name: 'presented-session', dependencies: ['cookies'] }
)
