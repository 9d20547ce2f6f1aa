import type { Refusal } from '../errors/refusals.js'

// The characters that RFC 6750 §3 does not allow in a description. Node throws at most of them, and the message may come from
// another host.
const undescribable = /[^\x20-\x7e]|["\\]/g

/**
 * The `WWW-Authenticate` header for a refusal that is due to the presented token (RFC 6750 §3, RFC 9470 §3), if it is. A
 * request without any token is not told of an error.
 */
export function challenge({ name, statusCode, message }: Refusal): string | undefined {
  const realm = 'Bearer realm="postern"'
  if (name === 'AuthenticationRequiredError') return realm
  const description = `error_description="${message.replace(undescribable, '?')}"`
  if (statusCode === 401) return `${realm}, error="invalid_token", ${description}`
  if (name !== 'PasswordAuthenticationRequiredError') return undefined
  return `${realm}, error="insufficient_user_authentication", ${description}`
}
