import type { Revocation, User } from './store.js'

/** The revocation that the replacement of a record makes, at a time in seconds; undefined for one that ends no token. */
export function revocationOfUser(before: User, after: User, now: number): Revocation | undefined {
  if (after.state !== 'active') {
    const isChanged = before.state === 'active' || before.gen !== after.gen
    return isChanged ? { uid: after.uid, ended: true } : undefined
  }
  const isRaised = before.gen < after.gen || before.keptJti !== after.keptJti
  const isExpiryChanged = before.expiresAt !== after.expiresAt
  if (after.expiresAt !== undefined && after.expiresAt <= now) {
    return isRaised || isExpiryChanged ? { uid: after.uid, ended: true } : undefined
  }
  // An account that goes on after its end takes the place of the end that was told.
  const goesOn = before.state !== 'active' || (isExpiryChanged && before.expiresAt !== undefined)
  return isRaised || goesOn ? tokensBelow(after) : undefined
}

/** The end of all tokens of the user from before its generation, but for the one that was kept. */
export function tokensBelow({ uid, gen, keptJti }: User): Revocation {
  return { uid, genBelow: gen, ...(keptJti !== undefined && { except: keptJti }) }
}
