import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isFresh } from '../../src/accounts/fresh-password.js'
import type { AppOptions } from '../../src/app-options.js'
import { pageAddress } from '../../src/browser/page-address.js'
import { signInPath } from '../../src/browser/sign-in-path.js'
import { toSeconds } from '../../src/clock.js'
import { Refusal } from '../../src/errors/refusals.js'
import { describeRequester } from '../../src/http/requester.js'
import type { BrowserSession } from '../../src/sessions/browser-sessions.js'
import type { CompleteSignIn } from '../../src/sign-in/sign-in.js'
import type { User } from '../../src/store/store.js'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook of pages for somebody who is signed in: anybody else is sent to sign in, and comes back. */
    requireSignedIn: Hook
    /** The same for what a stolen browser must not do: the password was given in the last 10 minutes, or is asked for again. */
    requireFreshSignIn: Hook
  }
  interface FastifyRequest {
    /** The session of the browser; null for nobody. */
    browserSession: BrowserSession | null
    /** The same behind `requireSignedIn`. @throws `AuthenticationRequiredError` elsewhere. */
    readonly requiredSession: BrowserSession
  }
  interface FastifyReply {
    /** Signs the browser in: a new session with a new value, and the end of its sign-in under way and of its former session. */
    startSession(signIn: CompleteSignIn): Promise<void>
    /**
     * Goes on with a new session and a new value, after a change of this account that has ended the session.
     *
     * @param amr how the user is authenticated now, unless that is as before (RFC 8176).
     */
    continueSession(user: User, amr?: readonly string[]): Promise<void>
    /** Signs the browser out. */
    endSession(): Promise<void>
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { browserSessions, config } = app.service
    const name = app.cookieNames.session

    app.decorateRequest('browserSession', null)
    app.decorateRequest('requiredSession', {
      getter(this: FastifyRequest) {
        if (this.browserSession === null) throw new Refusal('AuthenticationRequiredError')
        return this.browserSession
      }
    })
    app.addHook('onRequest', async (request) => {
      const value = request.cookies[name]
      if (value !== undefined) request.browserSession = (await browserSessions.find(value)) ?? null
    })

    // The page of this very answer may have forms, which are bound to the session.
    async function adopt(reply: FastifyReply, value: string): Promise<void> {
      reply.keepCookie(name, value, config.POSTERN_BROWSER_TTL)
      reply.request.browserSession = (await browserSessions.find(value)) ?? null
    }

    app.decorateReply('startSession', async function (signIn) {
      const { request } = this
      await adopt(
        this,
        await browserSessions.begin(signIn, describeRequester(request), request.cookies[name])
      )
      this.forgetSignIn()
    })
    app.decorateReply('continueSession', async function (user, amr) {
      const { requiredSession: former } = this.request
      const { issuedAt, authTime = issuedAt } = former.session
      const authentication = amr && { authTime, amr }
      const requester = describeRequester(this.request)
      await adopt(this, await browserSessions.replace(former, user, requester, authentication))
    })
    app.decorateReply('endSession', async function () {
      const { browserSession } = this.request
      if (browserSession !== null) await browserSessions.end(browserSession, describeRequester(this.request))
      this.request.browserSession = null
      this.forgetCookie(name)
    })

    app.decorate('requireSignedIn', async (request, reply) =>
      request.browserSession === null ? sendToSignIn(request, reply) : undefined
    )
    app.decorate('requireFreshSignIn', async (request, reply) => {
      const { browserSession } = request
      const isGood = browserSession !== null && isFresh(browserSession.presented, toSeconds(clock()))
      return isGood ? undefined : sendToSignIn(request, reply, { prompt: 'login' })
    })

    // A form is not sent again: the browser comes back to the page that it stands on.
    function sendToSignIn(request: FastifyRequest, reply: FastifyReply, query: { prompt?: 'login' } = {}) {
      const { base } = app.publicSite
      const path = signInPath({ ...query, return_to: `${base}${pageAddress(request)}` })
      return reply.redirect(`${base}${path}`, 303)
    }
  },
  { name: 'signed-in', dependencies: ['cookies'] }
)
