import fp from 'fastify-plugin'
import type { CompleteSignIn, SignInState, WaitingSignIn } from '../../src/sign-in/sign-in.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The sign-in of this browser that waits for its second step; undefined if there is none, or no longer. */
    findWaiting(): Promise<(WaitingSignIn & { secret: string }) | undefined>
  }
  interface FastifyReply {
    /** Goes on after the right password: to the second step, or, signed in, to where the browser came from. */
    goOn(state: SignInState): Promise<FastifyReply>
    /** Signs the browser in, and sends it to where it came from. */
    signIn(signIn: CompleteSignIn): Promise<FastifyReply>
  }
}

export default fp(
  async (app) => {
    const { signIn } = app.service

    app.decorateRequest('findWaiting', async function () {
      const { secret } = this.signInCookie ?? {}
      const waiting = secret === undefined ? undefined : await signIn.waiting(secret)
      return secret === undefined || waiting === undefined ? undefined : { ...waiting, secret }
    })
    app.decorateReply('goOn', async function (state) {
      if (state.kind === 'complete') return await this.signIn(state.signIn)
      this.keepSignIn({ secret: state.secret })
      return this.goTo('/sign-in')
    })
    app.decorateReply('signIn', async function (signIn) {
      const { returnTo = signIn.returnTo, siteRequest } = this.request.signInCookie ?? {}
      const destination = { returnTo, siteRequest }
      await this.startSession(signIn)
      return this.goToStep(await this.nextStep(destination), destination)
    })
  },
  { name: 'sign-in-steps', dependencies: ['site-steps', 'browser-session'] }
)
