import type { User } from '../store.js'
import type { StoreEvent } from './events.js'

/**
 * The event of a replaced record.
 *
 * @param now in seconds since the epoch.
 */
export function eventOfReplacement(before: User, after: User, now: number): StoreEvent {
  const { uid, gen, keptJti } = after
  if (after.state !== 'active') {
    const isChanged = before.state === 'active' || before.gen !== gen
    return { kind: isChanged ? 'ended' : 'account', uid }
  }
  const isExpiryChanged = before.expiresAt !== after.expiresAt
  if (isExpiryChanged && after.expiresAt !== undefined && after.expiresAt <= now)
    return { kind: 'ended', uid }
  const isChanged = before.gen < gen || before.keptJti !== keptJti
  // An account that goes on after its end takes the place of the end that was told.
  const goesOn = before.state !== 'active' || (isExpiryChanged && before.expiresAt !== undefined)
  if (!isChanged && !goesOn) return { kind: 'account', uid }
  return { kind: 'generation', uid, gen, ...(keptJti !== undefined && { jti: keptJti }) }
}
