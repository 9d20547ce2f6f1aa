import { isUtf8 } from 'node:buffer'
import { invalidToken } from '../errors/refusals.js'
import { refreshTokenType } from '../keys/refresh-key.js'
import { maxTokenLength } from './claims.js'

/**
 * Requires the compact serialization of RFC 7515 §7.1: three base64url parts without padding, each in its canonical
 * spelling. Header and payload are UTF-8.
 *
 * @throws `InvalidTokenError` for any other form, and for over 8192 characters.
 */
export function requireCompactForm(token: unknown): asserts token is string {
  if (typeof token !== 'string' || token.length > maxTokenLength)
    throw invalidToken('The token is malformed.')
  const [header, payload, signature, ...others] = token.split('.').map(fromCanonicalBase64url)
  if (!header || !payload || !signature || others.length > 0) throw invalidToken('The token is malformed.')
  // Otherwise a replacement character would stand in for a part of a claim.
  if (!isUtf8(header) || !isUtf8(payload)) throw invalidToken('The token is malformed.')
}

function fromCanonicalBase64url(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined
}

/** The header of a token, unverified. @throws a `SyntaxError` if it is not JSON. */
export function headerOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString())
}

/** Whether the unverified header of a token says that it is a refresh token. */
export function isRefreshToken(token: unknown): boolean {
  if (typeof token !== 'string' || token.length > maxTokenLength) return false
  try {
    return Object(headerOf(token)).typ === refreshTokenType
  } catch {
    return false
  }
}
