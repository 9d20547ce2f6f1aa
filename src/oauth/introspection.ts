import type { Claims } from '../tokens/claims.js'

/** What a token introspection answers (RFC 7662 §2.2); of a token that is not accepted nothing but that. */
export function toIntrospection(claims: Claims | undefined): object {
  if (claims === undefined) return { active: false }
  const { user, token_type, ...others } = claims
  return {
    active: true,
    username: user,
    // A refresh token must not pass for what a call may be made with.
    token_type: token_type === 'access_token' ? 'Bearer' : token_type,
    user,
    ...others
  }
}
