import { isProtectedOrigin } from './public-site.js'
import { siteHost } from './site-host.js'
import type { Sites } from './sites.js'

/** The places to which a browser may be sent. */
export interface ReturnPlaces {
  /** The URL under which people reach Postern. */
  publicUrl: string
  /** Null without a file of sites: then Postern alone is a place to go. */
  sites: Sites | null
  /** The hosts, in the spelling of `siteHost`, for which the proxy has sent the browser to sign in, within this sign-in. */
  askedHosts?: ReadonlySet<string>
}

const maxLength = 2048

// Blanks and controls, which a URL parser leaves out, and backslashes, which it takes for slashes.
const hidden = /[\p{Cc}\p{Z}\ufeff\\]/u

// Of all that a browser takes for a URL with a host, the one form that leaves no doubt where the host is. No user name, not even an empty one.
const absolute = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/i

/**
 * Decides where a browser goes after a sign-in, a sign-out or a link: the URL, in full, or undefined for one that is dropped. It goes to
 * Postern itself or to a site of the file, over HTTPS, or over HTTP on this machine.
 *
 * A site that is open, and a host for which only a rule with `*.` stands, is a place only once the proxy has asked for it within this
 * sign-in: whoever can put a page there would otherwise get visitors who trust Postern's address.
 *
 * @param given from a query or a form: a URL, or a path of Postern.
 */
export function decideReturnTo(given: unknown, places: ReturnPlaces): string | undefined {
  const url = parse(given, places.publicUrl)
  if (url === undefined || url.href.length > maxLength) return undefined
  const { href, origin, pathname } = url
  if (!isProtectedOrigin(origin)) return undefined
  // The path alone, in the place of the whole, would be another host.
  if (pathname.startsWith('//')) return undefined
  const isOwn = origin === new URL(places.publicUrl).origin
  return isOwn || isSite(url, places) ? href : undefined
}

function parse(given: unknown, publicUrl: string): URL | undefined {
  if (typeof given !== 'string' || given === '' || given.length > maxLength || hidden.test(given))
    return undefined
  // A relative one has neither a scheme nor a host; `https:x` has the first, and `//x` the second.
  const isRelative = !/^(?:[^/?#]*:|\/\/)/.test(given)
  if (!isRelative && !absolute.test(given)) return undefined
  const base = `${publicUrl.replace(/\/+$/, '')}/`
  return URL.canParse(given, base) ? new URL(given, base) : undefined
}

function isSite({ host, pathname }: URL, { sites, askedHosts }: ReturnPlaces): boolean {
  const rule = sites?.findSite(host, pathname)
  if (rule === undefined) return false
  if (!rule.isOpen && !rule.host.startsWith('*.')) return true
  return askedHosts?.has(siteHost(host) ?? '') === true
}
