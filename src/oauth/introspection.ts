import type { Claims } from '../tokens/claims.js'

/** The reply of an introspection (RFC 7662 §2.2); for a token that is not accepted it holds `active` alone. */
export function toIntrospection(claims: Claims | undefined): object {
  if (claims === undefined) return { active: false }
  const members = {
    active: true,
    username: claims.user,
    // A refresh token must not pass for what a call may be made with.
    token_type: claims.token_type === 'access_token' ? 'Bearer' : claims.token_type
  }
  // First for the order, last so that no claim of a user takes their place.
  return { ...members, ...claims, ...members }
}
