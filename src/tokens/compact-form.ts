import { isUtf8 } from 'node:buffer'
import { invalidToken } from '../errors/refusals.js'
import { refreshTokenType } from '../keys/refresh-key.js'
import { maxTokenLength } from './claims.js'

/**
 * Requires the form that RFC 7515 §7.1 gives a token: three base64url parts without padding, each in its one canonical
 * spelling, of which header and payload are UTF-8.
 *
 * @throws `InvalidTokenError` for any other form, and for over 8192 characters.
 */
export function requireCompactForm(token: unknown): asserts token is string {
  if (typeof token !== 'string' || token.length > maxTokenLength)
    throw invalidToken('The token is malformed.')
  const [header, payload, signature, ...others] = token.split('.').map(fromCanonicalBase64url)
  if (!header || !payload || !signature || others.length > 0) throw invalidToken('The token is malformed.')
  // Else a replacement character would stand in for a part of a claim.
  if (!isUtf8(header) || !isUtf8(payload)) throw invalidToken('The token is malformed.')
}

function fromCanonicalBase64url(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined
}

/** Whether a token says in its header that it is a refresh token. Nothing of it is verified. */
export function isRefreshToken(token: unknown): boolean {
  if (typeof token !== 'string' || token.length > maxTokenLength) return false
  try {
    const header = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString())
    return Object(header).typ === refreshTokenType
  } catch {
    return false
  }
}
