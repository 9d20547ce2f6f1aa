import fp from 'fastify-plugin'
import type { CompleteSignIn, SignInState, WaitingSignIn } from '../../src/sign-in/sign-in.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The sign-in of this browser that waits for its second step; undefined if there is none, or no longer. */
    findWaiting(): Promise<(WaitingSignIn & { secret: string }) | undefined>
    /** The origin of the page that the browser comes back to after the sign-in, where it is another host's. */
    readonly formTarget: string | undefined
  }
  interface FastifyReply {
    /** Goes on after the right password: to the second step, or, signed in, to where the browser came from. */
    goOn(state: SignInState): Promise<FastifyReply>
    /** Sends the browser to a page that `decideReturnTo` has judged, else to the account. */
    leaveFor(returnTo: string | undefined): FastifyReply
    /** Signs the browser in, and sends it to where it came from. */
    signIn(signIn: CompleteSignIn): Promise<FastifyReply>
  }
}

export default fp(
  async (app) => {
    const { base } = app.publicSite
    const { signIn } = app.service

    app.decorateRequest('findWaiting', async function () {
      const { secret } = this.signInCookie ?? {}
      const waiting = secret === undefined ? undefined : await signIn.waiting(secret)
      return secret === undefined || waiting === undefined ? undefined : { ...waiting, secret }
    })
    app.decorateRequest('formTarget', {
      getter() {
        return app.formTargetOf(this.signInCookie?.returnTo)
      }
    })
    app.decorateReply('goOn', async function (state) {
      if (state.kind === 'complete') return await this.signIn(state.signIn)
      this.keepSignIn({ secret: state.secret })
      return this.goTo('/sign-in')
    })
    app.decorateReply('signIn', async function (signIn) {
      const { returnTo = signIn.returnTo } = this.request.signInCookie ?? {}
      await this.startSession(signIn)
      return this.leaveFor(returnTo)
    })
    app.decorateReply('leaveFor', function (returnTo = `${base}/account`) {
      return this.redirect(returnTo, 303)
    })
  },
  { name: 'sign-in-steps', dependencies: ['rendering', 'return-to'] }
)
