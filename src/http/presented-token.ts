import { invalidToken } from '../errors/refusals.js'
import { isNamed } from './header-name.js'
import type { Sources } from './input.js'

const scheme = 'bearer '

// RFC 9110 §11.4: the name of another scheme and what it needs, or the name of any scheme alone, without the dots of a token.
const noToken = /^(?:(?!bearer )[\w!#$%&'*+.^`|~-]+ |[\w!#$%&'*+^`|~-]+ *$)/i

/**
 * The access token that a request presents: in the `Authorization` header, as a Bearer token (RFC 6750 §2.1) or bare, or
 * as `access_token` among its arguments, or those of a URL that a proxy asks about. Undefined if there is none. It is not
 * yet known to be a token at all. An empty argument or header is left out, and so is a header of another scheme, or of a scheme
 * without a token, when there is a token elsewhere, or where cookies count: a proxy in front may have its own credentials there.
 *
 * @param rawHeaders names and values in turn: an object would hide a second `Authorization` header.
 * @throws `InvalidTokenError` for two different ones.
 */
export function presentedToken(rawHeaders: readonly string[], sources: Sources): unknown {
  const presented: unknown[] = []
  for (const source of [sources.json, sources.query, sources.form]) {
    const value = source?.access_token
    if (value !== undefined && value !== '') presented.push(value)
  }
  for (const value of sources.forwarded ?? []) if (value !== '') presented.push(value)
  const isElsewhere = presented.length > 0 || sources.ignoresOtherSchemes === true
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!isNamed(rawHeaders[index] ?? '', 'authorization')) continue
    const value = rawHeaders[index + 1] ?? ''
    if (value === '' || (isElsewhere && noToken.test(value))) continue
    presented.push(fromHeader(value))
  }
  const [token, ...others] = presented
  if (others.some((other) => other !== token)) throw invalidToken('Different access tokens were presented.')
  return token
}

// Any other credential than a Bearer or a bare token stays whole, and is refused as a malformed token.
function fromHeader(value: string): string {
  const isBearer = value.slice(0, scheme.length).toLowerCase() === scheme
  return isBearer ? value.slice(scheme.length) : value
}
