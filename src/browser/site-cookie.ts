import type { Signatures } from './signatures.js'
import { readSigned, writeSigned } from './signed-values.js'

/** The content of the cookie of a site. It is good for that site alone, and only as long as the session goes on. */
interface SiteCookie {
  /** Scheme, host and port (RFC 6454 §6.2). */
  readonly origin: string
  /** The id of the session of the browser. */
  readonly sid: string
}

const purpose = 'site'

/**
 * The name of the cookie of a site; with the suffix that of a sign-in that has begun there. Over HTTPS no sibling host can plant one
 * (RFC 6265bis §4.1.3.2). On this machine all ports share their cookies.
 */
export function siteCookieName(origin: string, suffix: '' | '-begun' = ''): string {
  const { protocol, port } = new URL(origin)
  return protocol === 'https:' ? `__Host-postern-site${suffix}` : `postern-site${suffix}-${port || '80'}`
}

/** The value of the cookie that the browser of a session gets on the host of a site. */
export function writeSiteCookie(signatures: Signatures, cookie: SiteCookie): string {
  return writeSigned(signatures, purpose, cookie)
}

/** The id of the session of a cookie; undefined for one of another site, and for one that was not signed here. */
export function readSiteCookie(signatures: Signatures, origin: string, value: string): string | undefined {
  const cookie = readSigned<SiteCookie>(signatures, purpose, value)
  return cookie?.origin === origin ? cookie.sid : undefined
}
