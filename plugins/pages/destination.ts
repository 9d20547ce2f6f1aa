import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { readSigned, writeSigned } from '../../src/browser/signed-values.js'
import { createSiteCodes, type SiteCodes } from '../../src/browser/site-codes.js'
import type { SiteRequest } from '../../src/browser/site-request.js'
import { createSiteSignIn, type NextStep } from '../../src/browser/site-sign-in.js'

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
    /** The origin of the page that the browser comes back to after the sign-in, where it is another host's. */
    readonly formTarget: string | undefined
    /** The destination for the form of a sign-in, signed: the cookie may have that of another window by the time it is sent. */
    readonly destinationField: string
  }
  interface FastifyReply {
    /** Takes over the destination of the form that was sent. */
    keepDestination(): void
    /** The next step of a browser that is signed in to a page that `decideReturnTo` has judged, else to the account. */
    nextStep(destination: Destination): Promise<NextStep>
    /** Sends the browser to that step. One that takes a password is left to the proxy of the site, which asks for it anew. */
    goToStep(step: NextStep, destination: Destination): FastifyReply
  }
}

const purpose = 'destination'

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { publicSite, signatures } = app
    const { sites, pendingSignIns, sessionRate: rate, audit } = app.service
    const siteCodes = createSiteCodes({ pendingSignIns, rate, signatures, clock })
    const siteSignIn =
      sites === null ? null : createSiteSignIn({ sites, siteCodes, clock, ownOrigin: publicSite.origin })
    const home = `${publicSite.base}/account`
    app.decorate('siteCodes', siteCodes)

    app.decorateRequest('formTarget', {
      getter() {
        return app.formTargetOf(this.signInCookie?.returnTo)
      }
    })
    app.decorateRequest('destinationField', {
      getter() {
        const { returnTo, siteRequest } = this.signInCookie ?? {}
        return writeSigned(signatures, purpose, { returnTo, siteRequest })
      }
    })
    app.decorateReply('keepDestination', function () {
      const { signInCookie, form } = this.request
      const sent = readSigned<Destination>(signatures, purpose, form.destination ?? '')
      if (sent === undefined) return
      const { returnTo, siteRequest } = sent
      const isSame =
        returnTo === signInCookie?.returnTo && siteRequest?.challenge === signInCookie?.siteRequest?.challenge
      // Also a form that leads nowhere else: another window may have begun a sign-in for a site.
      if (!isSame) this.keepSignIn({ returnTo, siteRequest })
    })
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
  { name: 'destination', dependencies: ['rendering', 'return-to'] }
)
