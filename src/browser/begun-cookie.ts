import { siteCookieName } from './site-cookie.js'
import { requestLifetime } from './site-request.js'

/** The `Set-Cookie` (RFC 6265bis §4.1) of a sign-in that has begun on the host of a site, which comes back there. */
export function begunCookie(origin: string, secret: string): string {
  const secure = origin.startsWith('https:') ? '; Secure' : ''
  const name = siteCookieName(origin, '-begun')
  return `${name}=${secret}; Max-Age=${requestLifetime}; Path=/; HttpOnly; SameSite=Lax${secure}`
}
