import { authenticationClaims } from './claims.js'

type OwnClaims = Readonly<Record<string, unknown>> | undefined

/** The claims of a user's own that are issued: none that a member of the account replaces, and no `authenticationClaims`. */
export function ownClaims({ claims, email }: { claims?: OwnClaims; email?: string }): OwnClaims {
  if (claims === undefined) return undefined
  const isReplaced = (name: string) =>
    authenticationClaims.has(name) || (name === 'email' && email !== undefined)
  if (!Object.keys(claims).some(isReplaced)) return claims
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !isReplaced(name)))
}
