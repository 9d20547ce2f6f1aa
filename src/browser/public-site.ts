import { isLoopbackUrl } from '../networks.js'

/** The site under which people reach the pages, as the public URL names it. A client's `Host` never counts. */
export interface PublicSite {
  /** Scheme, host and port (RFC 6454 §6.2). */
  readonly origin: string
  /** The path that the public URL begins with, without a slash at its end; empty for most. */
  readonly base: string
  /** Whether browsers reach it over HTTPS. */
  readonly isSecure: boolean
  /**
   * Whether a password may be typed there: over HTTPS, or over HTTP on a name of this machine. Anywhere else cookies and passwords would
   * travel in the clear.
   */
  readonly isProtected: boolean
  /** The port, also where the URL leaves it out. */
  readonly port: string
}

/** Whether passwords and cookies are protected on their way to this origin: over HTTPS, or over HTTP on this machine. */
export function isProtectedOrigin(origin: string): boolean {
  return origin.startsWith('https:') || isLoopbackUrl(origin)
}

/** The site of this public URL. */
export function publicSite(publicUrl: string): PublicSite {
  const { origin, protocol, port, pathname } = new URL(publicUrl)
  const isSecure = protocol === 'https:'
  return {
    origin,
    base: pathname.replace(/\/+$/, ''),
    isSecure,
    isProtected: isProtectedOrigin(origin),
    port: port || (isSecure ? '443' : '80')
  }
}
