import { type Clock, toSeconds } from '../clock.js'
import type { BrowserSession } from '../sessions/browser-sessions.js'
import type { SiteCodes } from './site-codes.js'
import type { SiteRequest } from './site-request.js'
import { judge, type Sites } from './sites.js'

/** Where a browser with a session goes that came for a page. */
export type NextStep =
  | { readonly kind: 'leave'; readonly location: string }
  /** To sign in once more: the site wants a fresh password, or the second factor of the account. */
  | { readonly kind: 'sign_in' }
  /** To set up a second factor, without which the site lets nobody in. */
  | { readonly kind: 'set_up' }
  | { readonly kind: 'denied'; readonly host: string }

/** The dependencies of sign-ins for sites. */
export interface SiteSignInDependencies {
  sites: Sites
  siteCodes: SiteCodes
  clock: Clock
  /** The origin of our own pages. */
  ownOrigin: string
}

/** Leads browsers from our host to that of a site. */
export interface SiteSignIn {
  /**
   * The next step to a page. A site gets the session by a code in the address, good for the browser that its proxy has sent. Without such a
   * request the browser goes there by itself, and its proxy sends it.
   *
   * @param returnTo a URL that `decideReturnTo` has judged, or a path of ours.
   * @throws `TooManySessionsError` beyond the codes of a minute, `StoreUnavailableError`.
   */
  next(session: BrowserSession, returnTo: string, request: SiteRequest | undefined): Promise<NextStep>
}

/** See `SiteSignIn`. */
export function createSiteSignIn({ sites, siteCodes, clock, ownOrigin }: SiteSignInDependencies): SiteSignIn {
  return {
    async next(session, returnTo, request) {
      const { origin, host, pathname } = new URL(returnTo, ownOrigin)
      if (origin === ownOrigin || request?.origin !== origin) return { kind: 'leave', location: returnTo }
      const rule = sites.findSite(host, pathname)
      if (rule === undefined) return { kind: 'denied', host }
      const { auth_time: authTime, amr } = session.presented
      const verdict = judge(rule, session.user, { authTime, amr, now: toSeconds(clock()) })
      if (verdict.kind === 'denied') return { kind: 'denied', host }
      if (verdict.kind === 'sign_in') {
        const isFactorless = verdict.missing === 'second_factor' && session.user.secondFactor === undefined
        return { kind: isFactorless ? 'set_up' : 'sign_in' }
      }
      const code = await siteCodes.issue(session, request, returnTo)
      return { kind: 'leave', location: `${origin}/.postern/callback?${new URLSearchParams({ code })}` }
    }
  }
}
