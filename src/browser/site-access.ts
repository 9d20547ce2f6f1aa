import { type Clock, toSeconds } from '../clock.js'
import type { ForwardedRequest } from '../http/forwarded-request.js'
import type { BrowserSession, BrowserSessions } from '../sessions/browser-sessions.js'
import type { User } from '../store/store.js'
import type { Assertions } from '../tokens/assertions.js'
import { type AccessClaims, authTimeOf } from '../tokens/claims.js'
import { isProtectedOrigin } from './public-site.js'
import { readCookie } from './request-cookies.js'
import type { Signatures } from './signatures.js'
import { type createSiteCookieReader, siteCookieName } from './site-cookie.js'
import { beginSiteRequest } from './site-request.js'
import { judge, type Sites } from './sites.js'

/** Who asks for a page of a site: an account, with the claims of the token or of the browser's session by which it is known. */
export interface Visitor {
  readonly user: User
  readonly claims: AccessClaims
}

/** Whether a visitor may see a page of a site. */
export type SiteVerdict =
  /** The assertion is empty for nobody, and with an HS algorithm. */
  | { readonly kind: 'allowed'; readonly assertion: string }
  | { readonly kind: 'denied' }
  /** He has to sign in at this address. His browser keeps the secret, if it is a new one, in the cookie of a sign-in that has begun. */
  | { readonly kind: 'sign_in'; readonly location: string; readonly secret: string | undefined }

/** Judges the requests that proxies ask about, by the rules of the sites. */
export interface SiteAccess {
  /** The session of a browser on the host of a site, by the header with its cookies. @throws `StoreUnavailableError`. */
  findSession(origin: string, cookies: string): Promise<BrowserSession | undefined>
  /** Judges a request. @param cookies the header, for a sign-in that has begun there. */
  judge(request: ForwardedRequest, visitor: Visitor | undefined, cookies: string): SiteVerdict
  /** Whether nobody is asked for this request. */
  isOpen(request: ForwardedRequest): boolean
  /** The address of the page that says as whom one is signed in, and that this site needs more. */
  deniedAddress(origin: string): string
}

/** The dependencies of the judgement of sites. */
export interface SiteAccessDependencies {
  sites: Sites
  browserSessions: Pick<BrowserSessions, 'findById'>
  signatures: Signatures
  siteCookies: Pick<ReturnType<typeof createSiteCookieReader>, 'read'>
  assertions: Assertions
  clock: Clock
  /** The address of a path of our own. */
  addressOf(path: string): string
}

/** See `SiteAccess`. */
export function createSiteAccess(dependencies: SiteAccessDependencies): SiteAccess {
  const { sites, browserSessions, signatures, siteCookies, assertions, clock, addressOf } = dependencies
  const now = () => toSeconds(clock())

  function sendToSignIn({ origin, uri }: ForwardedRequest, cookies: string): SiteVerdict {
    // Its cookie would travel in the clear, and no sign-in comes back to it.
    if (!isProtectedOrigin(origin)) return { kind: 'denied' }
    const kept = readCookie(cookies, siteCookieName(origin, '-begun'))
    const { secret, text } = beginSiteRequest(signatures, origin, now(), kept)
    const query = new URLSearchParams({ return_to: `${origin}${uri}`, site_request: text })
    const location = addressOf(`/sign-in?${query}`)
    return { kind: 'sign_in', location, secret: secret === kept ? undefined : secret }
  }

  function assert({ user, claims }: Visitor, origin: string): string {
    const { sid, jti, amr } = claims
    const visit = { account: user, session: sid ?? jti, origin, authTime: authTimeOf(claims), amr }
    return assertions.issue(visit) ?? ''
  }

  const hostOf = (origin: string) => origin.slice(origin.indexOf('//') + 2)
  const ruleFor = ({ origin, uri }: ForwardedRequest) => sites.findSite(hostOf(origin), uri)

  return {
    isOpen: (request) => ruleFor(request)?.isOpen === true,

    async findSession(origin, cookies) {
      const value = readCookie(cookies, siteCookieName(origin))
      const id = value === undefined ? undefined : siteCookies.read(origin, value)
      return id === undefined ? undefined : await browserSessions.findById(id)
    },

    judge(request, visitor, cookies) {
      const { origin } = request
      const rule = ruleFor(request)
      if (rule === undefined) return { kind: 'denied' }
      const { claims } = visitor ?? {}
      const verdict = judge(rule, visitor?.user, {
        ...(claims !== undefined && { authTime: authTimeOf(claims), amr: claims.amr }),
        now: now()
      })
      if (verdict.kind === 'denied') return verdict
      if (verdict.kind === 'sign_in') return sendToSignIn(request, cookies)
      return { kind: 'allowed', assertion: visitor === undefined ? '' : assert(visitor, origin) }
    },

    deniedAddress: (origin) => addressOf(`/account/denied?${new URLSearchParams({ site: hostOf(origin) })}`)
  }
}
