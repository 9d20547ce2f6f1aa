import { copyText } from '../copy-text.js'
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
  if (origin.startsWith('https:')) return `__Host-postern-site${suffix}`
  return `postern-site${suffix}-${/:(\d+)$/.exec(origin)?.[1] ?? '80'}`
}

/**
 * Reads the cookies of sites, and remembers those that were signed here: a page has many parts. A cookie of another site is none.
 *
 * @param limit of the cookies that are remembered.
 */
export function createSiteCookieReader(signatures: Signatures, limit: number) {
  const known = new Map<string, SiteCookie>()
  return {
    /** The id of the session of a cookie of this site. */
    read(origin: string, value: string): string | undefined {
      const cookie = known.get(value) ?? readSigned<SiteCookie>(signatures, purpose, value)
      if (cookie === undefined) return undefined
      if (!known.has(value)) {
        const [oldest] = known.keys()
        if (known.size >= limit && oldest !== undefined) known.delete(oldest)
        known.set(copyText(value), cookie)
      }
      return cookie.origin === origin ? cookie.sid : undefined
    },
    /** Forgets all: a key that has signed some of them is not in use any more. */
    forget: () => known.clear()
  }
}

/** The value of the cookie that the browser of a session gets on the host of a site. */
export function writeSiteCookie(signatures: Signatures, cookie: SiteCookie): string {
  return writeSigned(signatures, purpose, cookie)
}
