import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import type { Destination } from '../../src/browser/destination.js'
import { createSiteCodes, type SiteCodes } from '../../src/browser/site-codes.js'
import { createSiteSignIn, type NextStep } from '../../src/browser/site-sign-in.js'

declare module 'fastify' {
  interface FastifyInstance {
    siteCodes: SiteCodes
  }
  interface FastifyReply {
    /** The next step of a browser that is signed in to a page that `decideReturnTo` has judged, else to the account. */
    nextStep(destination: Destination): Promise<NextStep>
    /** Sends the browser to that step. One that takes a password is left to the proxy of the site, which asks for it anew. */
    goToStep(step: NextStep, destination: Destination): FastifyReply
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { publicSite, signatures } = app
    const { sites, pendingSignIns, sessionRate: rate, audit } = app.service
    const siteCodes = createSiteCodes({ pendingSignIns, rate, signatures, clock })
    const siteSignIn =
      sites === null ? null : createSiteSignIn({ sites, siteCodes, clock, ownOrigin: publicSite.origin })
    const home = `${publicSite.base}/account`
    app.decorate('siteCodes', siteCodes)

    app.decorateReply('nextStep', async function ({ returnTo = home, siteRequest }) {
      const session = this.request.requiredSession
      if (siteSignIn === null) return { kind: 'leave', location: returnTo }
      const refusing = audit.refusing({ address: this.request.ip, user: session.user.name })
      return await siteSignIn.next(session, returnTo, siteRequest).catch(refusing)
    })
    app.decorateReply('goToStep', function (step, { returnTo = home, siteRequest }): FastifyReply {
      switch (step.kind) {
        case 'leave':
          return this.redirect(step.location, 303)
        case 'sign_in':
          return this.redirect(returnTo, 303)
        case 'set_up':
          // The page at the end of the set-up leads on.
          this.keepSignIn({ returnTo, siteRequest })
          return this.goTo('/account/second-factor')
        case 'denied':
          return this.goTo(`/account/denied?${new URLSearchParams({ site: step.host })}`)
      }
    })
  },
  { name: 'site-steps', dependencies: ['rendering', 'destination'] }
)
