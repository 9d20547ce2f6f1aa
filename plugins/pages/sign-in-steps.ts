import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { createSiteCodes, type SiteCodes } from '../../src/browser/site-codes.js'
import type { SiteRequest } from '../../src/browser/site-request.js'
import { createSiteSignIn, type NextStep } from '../../src/browser/site-sign-in.js'
import type { CompleteSignIn, SignInState, WaitingSignIn } from '../../src/sign-in/sign-in.js'

/** The page that a browser came for, and the request of the proxy that has sent it, if one has. */
export interface Destination {
  returnTo?: string | undefined
  siteRequest?: SiteRequest | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    siteCodes: SiteCodes
  }
  interface FastifyRequest {
    /** The sign-in of this browser that waits for its second step; undefined if there is none, or no longer. */
    findWaiting(): Promise<(WaitingSignIn & { secret: string }) | undefined>
    /** The origin of the page that the browser comes back to after the sign-in, where it is another host's. */
    readonly formTarget: string | undefined
  }
  interface FastifyReply {
    /** Goes on after the right password: to the second step, or, signed in, to where the browser came from. */
    goOn(state: SignInState): Promise<FastifyReply>
    /** The next step of a browser that is signed in to a page that `decideReturnTo` has judged, else to the account. */
    nextStep(destination: Destination): Promise<NextStep>
    /** Sends the browser there. A step that takes a password is left to the proxy of the site, which asks for it anew. */
    take(step: NextStep, destination: Destination): FastifyReply
    /** Sends the browser to a page that `decideReturnTo` has judged, else to the account. */
    leaveFor(returnTo: string | undefined): FastifyReply
    /** Signs the browser in, and sends it to where it came from. */
    signIn(signIn: CompleteSignIn): Promise<FastifyReply>
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { base, origin: ownOrigin } = app.publicSite
    const { signIn, sites, pendingSignIns, sessionRate: rate, audit } = app.service
    const home = `${base}/account`
    const siteCodes = createSiteCodes({ pendingSignIns, rate, signatures: app.signatures, clock })
    const siteSignIn = sites === null ? null : createSiteSignIn({ sites, siteCodes, clock, ownOrigin })
    app.decorate('siteCodes', siteCodes)

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
      const { returnTo = signIn.returnTo, siteRequest } = this.request.signInCookie ?? {}
      const destination = { returnTo, siteRequest }
      await this.startSession(signIn)
      return this.take(await this.nextStep(destination), destination)
    })
    app.decorateReply('nextStep', async function ({ returnTo = home, siteRequest }) {
      const session = this.request.requiredSession
      if (siteSignIn === null) return { kind: 'leave', location: returnTo }
      const refusing = audit.refusing({ address: this.request.ip, user: session.user.name })
      return await siteSignIn.next(session, returnTo, siteRequest).catch(refusing)
    })
    app.decorateReply('take', function (step, { returnTo }) {
      switch (step.kind) {
        case 'leave':
          return this.redirect(step.location, 303)
        case 'sign_in':
          return this.leaveFor(returnTo)
        case 'set_up':
          return this.goTo('/account/second-factor')
        case 'denied':
          return this.goTo(`/account/denied?${new URLSearchParams({ site: step.host })}`)
      }
    })
    app.decorateReply('leaveFor', function (returnTo = home) {
      return this.redirect(returnTo, 303)
    })
  },
  { name: 'sign-in-steps', dependencies: ['rendering', 'return-to'] }
)
