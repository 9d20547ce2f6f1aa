import fastifyCookie from '@fastify/cookie'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { cookieAttributes } from '../../src/browser/cookies.js'
import { readCookie } from '../../src/browser/request-cookies.js'
import {
  newSignIn,
  readSignIn,
  type SignInCookie,
  signInLifetime,
  writeSignIn
} from '../../src/browser/sign-in-cookie.js'
import { toSeconds } from '../../src/clock.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The sign-in under way in this browser; null if there is none. */
    signInCookie: SignInCookie | null
  }
  interface FastifyReply {
    /** Keeps a cookie in the browser for as long as it is open, or for so many seconds. */
    keepCookie(name: string, value: string, maxAge?: number): this
    forgetCookie(name: string): this
    /** Changes the sign-in under way in this browser; the first one begins with it. */
    keepSignIn(change: Partial<SignInCookie>): SignInCookie
    forgetSignIn(): void
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const names = app.cookieNames
    const attributes = cookieAttributes(app.publicSite)
    await app.register(fastifyCookie)

    app.decorateRequest('signInCookie', null)
    app.addHook('onRequest', async (request) => {
      const value = readCookie(request.headers.cookie, names.signIn)
      if (value === undefined) return
      request.signInCookie = readSignIn(app.signatures, value, toSeconds(clock())) ?? null
    })

    app.decorateReply('keepCookie', function (name, value, maxAge) {
      return this.setCookie(name, value, { ...attributes, ...(maxAge !== undefined && { maxAge }) })
    })
    app.decorateReply('forgetCookie', function (name) {
      return this.clearCookie(name, attributes)
    })
    app.decorateReply('keepSignIn', function (change) {
      const signIn = { ...(this.request.signInCookie ?? newSignIn(toSeconds(clock()))), ...change }
      this.request.signInCookie = signIn
      this.keepCookie(names.signIn, writeSignIn(app.signatures, signIn), signInLifetime)
      return signIn
    })
    app.decorateReply('forgetSignIn', function () {
      this.request.signInCookie = null
      this.forgetCookie(names.signIn)
    })
  },
  { name: 'cookies', dependencies: ['public-site'] }
)
