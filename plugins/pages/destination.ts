import fp from 'fastify-plugin'
import type { Destination } from '../../src/browser/destination.js'
import { readSigned, writeSigned } from '../../src/browser/signed-values.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The origin of the page that the browser comes back to after the sign-in, where it is another host's. */
    readonly formTarget: string | undefined
    /** The destination for the form of a sign-in, signed: the cookie may have that of another window by the time it is sent. */
    readonly destinationField: string
  }
  interface FastifyReply {
    /** Takes over the destination of the form that was sent. */
    keepDestination(): void
  }
}

const purpose = 'destination'

export default fp(
  async (app) => {
    const { signatures } = app

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
  },
  { name: 'destination', dependencies: ['rendering', 'return-to'] }
)
