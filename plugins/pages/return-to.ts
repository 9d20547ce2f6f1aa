import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { decideReturnTo } from '../../src/browser/return-to.js'
import { siteHost } from '../../src/browser/site-host.js'
import { readSiteRequest, type SiteRequest } from '../../src/browser/site-request.js'
import { toSeconds } from '../../src/clock.js'
import { publicUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** As of `decideReturnTo`. @param request of the proxy that has sent the browser. */
    decideReturnTo(given: string | undefined, request?: SiteRequest): string | undefined
    /** The request of a proxy in the address of a sign-in; undefined for one that was not made here, or is too old. */
    readSiteRequest(text: string | undefined, kept?: SiteRequest): SiteRequest | undefined
    /** The origin to which such a URL leads, unless it is ours. */
    formTargetOf(returnTo: string | undefined): string | undefined
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { origin } = app.publicSite
    const places = { publicUrl: publicUrl(app.service), sites: app.service.sites }

    app.decorate('decideReturnTo', (given, request) => {
      const asked = request === undefined ? undefined : siteHost(new URL(request.origin).host)
      const askedHosts = new Set(asked === undefined ? [] : [asked])
      return decideReturnTo(given, { ...places, askedHosts })
    })
    app.decorate('readSiteRequest', (text, kept) =>
      text === undefined ? undefined : readSiteRequest(app.signatures, text, toSeconds(clock()), kept)
    )
    app.decorate('formTargetOf', (returnTo = origin) => {
      const target = new URL(returnTo).origin
      return target === origin ? undefined : target
    })
  },
  { name: 'return-to', dependencies: ['public-site'] }
)
