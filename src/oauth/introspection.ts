import { Refusal } from '../errors/refusals.js'
import type { Claims } from '../tokens/claims.js'

/** The response of a token introspection (RFC 7662 §2.2); for a token that is refused only `active`: false. */
export function toIntrospection(claims: Claims | Refusal): object {
  if (claims instanceof Refusal) return { active: false }
  const members = {
    active: true,
    username: claims.user,
    // A refresh token must not pass for an access token.
    token_type: claims.token_type === 'access_token' ? 'Bearer' : claims.token_type
  }
  // First for the order, last so that no claim of a user overrides them.
  return { ...members, ...claims, ...members }
}
