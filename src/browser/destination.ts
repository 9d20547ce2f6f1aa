import type { SiteRequest } from './site-request.js'

/** The page that a browser came for, and the request of the proxy that has sent it, if one has. */
export interface Destination {
  returnTo?: string | undefined
  siteRequest?: SiteRequest | undefined
}
