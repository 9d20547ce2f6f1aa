import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isFresh } from '../../src/accounts/fresh-password.js'
import type { AppOptions } from '../../src/app-options.js'
import { pageAddress } from '../../src/browser/page-address.js'
import { signInPath } from '../../src/browser/sign-in-path.js'
import { toSeconds } from '../../src/clock.js'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook of pages for somebody who is signed in: anybody else is sent to sign in, and comes back. */
    requireSignedIn: Hook
    /** The same for what a stolen browser must not do: the password was given in the last 10 minutes, or is asked for again. */
    requireFreshSignIn: Hook
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
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
  { name: 'signed-in', dependencies: ['public-site', 'browser-session'] }
)
