import { copyText } from '../copy-text.js'
import { createId } from '../ids.js'
import { networkOf } from '../networks.js'
import type { Requester } from '../requester.js'
import type { Session, TokenFamily } from '../store/store.js'

const maxUserAgentLength = 256

/** A use of a refresh token of a family; times are in seconds. */
export interface FamilyUse {
  /** The used token. */
  jti: string
  requester: Requester
  now: number
  /** The grace, during which the token before the present one gives the same successor again. */
  grace: number
}

/**
 * The outcome of a use (RFC 9700 §4.14.2): `renewed`, with the new state of the family; `repeated`, the present token
 * given again; `refused`; or `reused`: the family must end, since one of the two presenters has stolen the token.
 */
export type FamilyUseOutcome =
  | { readonly kind: 'renewed' | 'repeated'; readonly family: TokenFamily }
  | { readonly kind: 'refused' | 'reused' }

/** A new family, with no token used yet. */
export function createFamily(now: number): TokenFamily {
  return { jti: createId(), iat: now }
}

/** The outcome of a use of a token of this family. It changes nothing by itself. */
export function useFamily(family: TokenFamily, { jti, requester, now, grace }: FamilyUse): FamilyUseOutcome {
  if (jti === family.jti) {
    const next = { ...createFamily(now), previousJti: family.jti, ...originOf(requester) }
    return { kind: 'renewed', family: next }
  }
  const isInGrace = jti === family.previousJti && Math.abs(now - family.iat) < grace
  if (!isInGrace) return { kind: 'reused' }
  // A thief would get the successor as well: it is given again once, and only to the same requester.
  if (family.isRepeated || !isSameRequester(family, requester)) return { kind: 'refused' }
  return { kind: 'repeated', family: { ...family, isRepeated: true } }
}

/** The address and the user agent that a session keeps of a requester. */
export function originOf({ address, userAgent }: Requester): Pick<Session, 'address' | 'userAgent'> {
  return {
    address: copyText(address),
    ...(userAgent !== undefined && { userAgent: copyText(userAgent.slice(0, maxUserAgentLength)) })
  }
}

function isSameRequester({ address, userAgent }: TokenFamily, requester: Requester): boolean {
  const origin = originOf(requester)
  if (address === undefined || userAgent !== origin.userAgent) return false
  return networkOf(address) === networkOf(origin.address)
}
