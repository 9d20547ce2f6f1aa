import type { PublicSite } from './public-site.js'

/** The names of the cookies of the pages. */
export interface CookieNames {
  /** Of the session. */
  readonly session: string
  /** Of a sign-in under way. */
  readonly signIn: string
  /** Of the language that was chosen. */
  readonly language: string
}

/**
 * The names of the cookies of a site. Over HTTPS the prefix `__Host-` (RFC 6265bis §4.1.3.2) keeps sibling hosts from planting one. On this
 * machine all ports share their cookies, so the name tells the services apart.
 */
export function cookieNames({ isSecure, port }: PublicSite): CookieNames {
  const name = (suffix: string) => (isSecure ? `__Host-postern${suffix}` : `postern${suffix}-${port}`)
  return { session: name(''), signIn: name('-sign-in'), language: name('-language') }
}

/** The attributes of a cookie (RFC 6265bis §4.1.2). */
export interface CookieAttributes {
  httpOnly: true
  sameSite: 'lax'
  secure: boolean
  path: string
}

/**
 * The attributes of every cookie of the pages: no script reads it, and no request of another site but a navigation brings it along. A
 * `__Host-` cookie has the path `/`.
 */
export function cookieAttributes({ isSecure, base }: PublicSite): CookieAttributes {
  return { httpOnly: true, sameSite: 'lax', secure: isSecure, path: isSecure || base === '' ? '/' : base }
}
