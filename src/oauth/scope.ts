/** The scope of a user who has no claim `scope`: all that the user may do with its own account. */
export const defaultScope = 'postern:account'

// scope-token *( SP scope-token ) of RFC 6749 §3.3.
const scopeSyntax = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/**
 * The scope that a grant gives, whatever was asked for (RFC 6749 §3.3): the claim `scope` of the user, else `defaultScope`, also
 * for a claim that is no scope.
 */
export function grantedScope(claims: Readonly<Record<string, unknown>> = {}): string {
  // Own members only: a claim may be named `__proto__`.
  const scope = Object.hasOwn(claims, 'scope') ? claims.scope : undefined
  return typeof scope === 'string' && scopeSyntax.test(scope) ? scope : defaultScope
}
