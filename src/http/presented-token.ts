import { invalidToken } from '../errors/refusals.js'
import { isNamed } from './header-name.js'
import type { Sources } from './input.js'

const scheme = 'bearer '

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
