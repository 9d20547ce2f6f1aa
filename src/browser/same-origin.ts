import type { IncomingHttpHeaders } from 'node:http'

/** Where a request that changes something comes from: our own pages, elsewhere, or a browser that does not tell. */
export type RequestOrigin = 'ours' | 'foreign' | 'untold'

/** Whether a link leads here that is none of our pages: it must not have them say that something has happened. */
export function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin'
}

/**
 * Where a request comes from, by the headers that no page can set (OWASP, Cross-Site Request Forgery Prevention). `Sec-Fetch-Site` decides
 * where it is there. `none` is what a person does himself, as with an address that is typed.
 *
 * @param origin our own (RFC 6454 §6.2).
 */
export function requestOrigin(headers: IncomingHttpHeaders, origin: string): RequestOrigin {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'ours' : 'foreign'
  if (headers.origin !== undefined) return headers.origin === origin ? 'ours' : 'foreign'
  return 'untold'
}
