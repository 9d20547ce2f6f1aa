import { invalidToken, ServiceError } from '../errors/refusals.js'
import { isNamed } from './header-name.js'
import type { Sources } from './input.js'

const scheme = 'bearer '

// What RFC 6750 §3 does not allow in a description. Node throws at most of it, and the message may come from another host.
const undescribable = /[^\x20-\x7e]|["\\]/g

/**
 * The access token that a request presents: in the `Authorization` header, as a Bearer token (RFC 6750 §2.1) or bare, or
 * as `access_token` among its arguments, or those of a URL that a proxy asks about. Undefined if there is none. It is not
 * yet known to be a token at all.
 *
 * @param rawHeaders names and values in turn: an object would hide a second `Authorization` header.
 * @throws `InvalidTokenError` for two different ones.
 */
export function presentedToken(rawHeaders: readonly string[], sources: Sources): unknown {
  const presented: unknown[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (isNamed(rawHeaders[index] ?? '', 'authorization'))
      presented.push(fromHeader(rawHeaders[index + 1] ?? ''))
  }
  for (const source of [sources.json, sources.query, sources.form]) {
    if (source !== undefined && 'access_token' in source) presented.push(source.access_token)
  }
  if (sources.forwarded !== undefined) presented.push(...sources.forwarded)
  const [token, ...others] = presented
  if (others.some((other) => other !== token)) throw invalidToken('Different access tokens were presented.')
  return token
}

// What is neither a Bearer credential nor a bare token stays whole, and is refused as a malformed token.
function fromHeader(value: string): string {
  const isBearer = value.slice(0, scheme.length).toLowerCase() === scheme
  return isBearer ? value.slice(scheme.length) : value
}

/** Whether this is a refusal of a token, whatever its status. */
export function isTokenRefusal(error: unknown): error is ServiceError {
  return (
    error instanceof ServiceError && (error.name === 'InvalidTokenError' || error.name === 'TokenTypeError')
  )
}

/** The refusal of the token that a request presents as a 401; any other error as it is. */
export function toUnauthorized(error: unknown): unknown {
  return isTokenRefusal(error)
    ? new ServiceError(error.name, { message: error.message, statusCode: 401 })
    : error
}

/**
 * The `WWW-Authenticate` header for a refusal that is due to the presented token (RFC 6750 §3, RFC 9470 §3), if it is. A
 * request without any token is not told of an error.
 */
export function challenge({ name, statusCode, message }: ServiceError): string | undefined {
  const realm = 'Bearer realm="postern"'
  if (name === 'AuthenticationRequiredError') return realm
  const description = `error_description="${message.replace(undescribable, '?')}"`
  if (statusCode === 401) return `${realm}, error="invalid_token", ${description}`
  if (name !== 'PasswordAuthenticationRequiredError') return undefined
  return `${realm}, error="insufficient_user_authentication", ${description}`
}
