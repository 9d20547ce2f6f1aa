import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import type { SiteAccess } from '../../src/browser/site-access.js'
import {
  type ForwardedRequest,
  type HeaderFamily,
  readForwardedOrigin,
  readForwardedRequest
} from '../../src/http/forwarded-request.js'
import { publicUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Judges what proxies ask about. Null without a file of sites. */
    siteAccess: TrustedSiteAccess | null
  }
}

/** The access to sites, for proxies that are trusted. */
interface TrustedSiteAccess extends SiteAccess {
  /**
   * The request that a proxy asks about. @throws `UntrustedProxyError` for a peer that is none of `POSTERN_TRUST_PROXY`; as
   * `readForwardedRequest`.
   */
  read(request: FastifyRequest, family: HeaderFamily): ForwardedRequest
  /** The origin of the site for which a proxy hands on a request. @throws as `read`. */
  readOrigin(request: FastifyRequest): string
}

// Some 300 bytes each.
const maxRemembered = 10_000

export default fp<AppOptions>(
  async (app, { clock }) => {
    app.decorate('siteAccess', app.sites === null ? null : await load(app.sites))
    if (app.sites !== null && app.pages === null) {
      app.log.warn(
        'POSTERN_SITES_FILE without pages for people: no browser can sign in for a site, only tokens open them; set POSTERN_PAGES=on'
      )
    }

    async function load(sites: NonNullable<typeof app.sites>): Promise<TrustedSiteAccess> {
      const [{ createSiteAccess }, { createSignatures }, { createSiteCookieReader }, { trustedProxies }] =
        await Promise.all([
          import('../../src/browser/site-access.js'),
          import('../../src/browser/signatures.js'),
          import('../../src/browser/site-cookie.js'),
          import('../../src/http/trusted-proxies.js')
        ])
      const { browserSessions, assertions, keys, config } = app
      const requireTrusted = trustedProxies(config.POSTERN_TRUST_PROXY, config.POSTERN_LOGIN_BACKENDS)
      const signatures = createSignatures(keys)
      const siteCookies = createSiteCookieReader(signatures, maxRemembered)
      keys.subscribe(siteCookies.forget)
      const addressOf = (path: string) => `${publicUrl(app)}${path}`
      return {
        ...createSiteAccess({
          sites,
          browserSessions,
          assertions,
          signatures,
          siteCookies,
          clock,
          addressOf
        }),
        read({ raw }, family) {
          requireTrusted(raw.socket.remoteAddress)
          return readForwardedRequest(raw.rawHeaders, family)
        },
        readOrigin({ raw }) {
          requireTrusted(raw.socket.remoteAddress)
          return readForwardedOrigin(raw.rawHeaders)
        }
      }
    }
  },
  {
    name: 'site-access',
    dependencies: ['config', 'keys', 'sites', 'browser-sessions', 'assertions', 'pages']
  }
)
