import { Refusal } from '../errors/refusals.js'

/** The headers that identify a user to a proxy. They are empty for nobody, so that they overwrite any that the client sent. */
export type IdentityHeaders = {
  /** The user name; all but visible ASCII, and `%`, is percent-encoded as UTF-8 (RFC 3986 §2.1). */
  'remote-user': string
  'remote-uid': string
}

/** The headers for a user, or for nobody. */
export function identityHeaders(user?: { user: string; uid: string }): IdentityHeaders {
  return {
    'remote-user': user?.user.replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent) ?? '',
    'remote-uid': user?.uid ?? ''
  }
}

/**
 * The access tokens in the query of a URL that a proxy asks about; what else is in it is for the page to judge. The key
 * counts in this one spelling, in which a proxy can find it and take it away from the page.
 */
export function forwardedTokens(url: string): string[] {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? ''
  return query
    .split('&')
    .filter((pair) => pair.startsWith('access_token='))
    .flatMap((pair) => new URLSearchParams(pair).getAll('access_token'))
}

/** Leaves a 401 as it is and turns any other refusal into a 403: nginx makes a 500 of all other statuses. */
export function toForwardAuthRefusal(refusal: Refusal): Refusal {
  const { name, message, statusCode } = refusal
  return statusCode === 401 ? refusal : new Refusal(name, { message, statusCode: 403 })
}
