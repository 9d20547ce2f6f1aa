import { invalidToken, ServiceError } from './errors.js'
import { type Arguments, parseQuery } from './input.js'

/** The headers that tell a proxy who somebody is; empty for nobody, so that what a client has sent itself is overwritten. */
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

/** The arguments in the query of a URL that a proxy asks about. @throws `InvalidTokenError` where it cannot be read. */
export function forwardedArguments(url: string): Arguments {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? ''
  try {
    return parseQuery(query)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    throw invalidToken('The query of the URL that the proxy asks about cannot be read.')
  }
}

/** Any refusal as a 401 or a 403: of all other statuses nginx makes a 500. */
export function toForwardAuthRefusal(refusal: ServiceError): ServiceError {
  const { name, message } = refusal
  if (name === 'InvalidTokenError' || name === 'TokenTypeError') {
    return new ServiceError(name, { message, statusCode: 401 })
  }
  return refusal.statusCode === 401 ? refusal : new ServiceError(name, { message, statusCode: 403 })
}
