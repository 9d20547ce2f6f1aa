import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { describeRequester } from '../../src/http/requester.js'
import type { CompleteSignIn } from '../../src/sign-in/sign-in.js'
import type { User } from '../../src/store/store.js'

declare module 'fastify' {
  interface FastifyReply {
    /** Signs the browser in: a new session with a new value, and the end of its sign-in under way and of its former session. */
    startSession(signIn: CompleteSignIn): Promise<void>
    /**
     * Goes on with a new session and a new value, after a change of this account that has ended the session. The change is made: if the
     * store fails now, the browser is signed out, and nothing is thrown.
     *
     * @param amr how the user is authenticated now, unless that is as before (RFC 8176).
     */
    continueSession(user: User, amr?: readonly string[]): Promise<void>
    /** Signs the browser out. */
    endSession(): Promise<void>
    /** Takes the cookie away, of a session that its account has ended. */
    forgetSession(): void
  }
}

export default fp(
  async (app) => {
    const { browserSessions, config } = app.service
    const name = app.cookieNames.session

    // The page of this very answer may have forms, which are bound to the session.
    async function adopt(reply: FastifyReply, value: string): Promise<void> {
      reply.keepCookie(name, value, config.POSTERN_BROWSER_TTL)
      reply.request.browserSession = (await browserSessions.find(value)) ?? null
    }

    function release(reply: FastifyReply): void {
      reply.request.browserSession = null
      reply.forgetCookie(name)
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
      try {
        await adopt(this, await browserSessions.replace(former, user, requester, authentication))
      } catch (error) {
        app.log.warn({ err: error }, 'a browser could not go on after a change of its account')
        release(this)
      }
    })
    app.decorateReply('endSession', async function () {
      const { browserSession } = this.request
      if (browserSession !== null) await browserSessions.end(browserSession, describeRequester(this.request))
      release(this)
    })
    app.decorateReply('forgetSession', function () {
      release(this)
    })
  },
  { name: 'browser-session', dependencies: ['presented-session'] }
)
