import { toSeconds } from '../../clock.js'
import type { Change, Revocation, User } from '../store.js'
import type { Records } from './records.js'

/**
 * The revocation that a change makes, just before it is applied to the records; undefined for a change that ends no token. It is
 * the same when the journal is replayed.
 *
 * @param now in milliseconds since the epoch.
 */
export function revocationOf(change: Change, records: Records, now: number): Revocation | undefined {
  if ('user' in change) {
    const before = records.usersById.get(change.user.uid)
    return before && revocationOfUser(before, change.user, toSeconds(now))
  }
  if ('purgedUid' in change) {
    return records.usersById.has(change.purgedUid) ? { uid: change.purgedUid, ended: true } : undefined
  }
  if ('endedSession' in change) {
    return records.sessionsById.has(change.endedSession) ? { sid: change.endedSession } : undefined
  }
  if ('revokedToken' in change) return change.revokedToken
  return 'revokedKey' in change ? { kid: change.revokedKey } : undefined
}

/** The revocation that the record of a user tells by itself, when nothing is known of its changes. */
export function revocationInRecord(user: User, now: number, accessTokenTtl: number): Revocation | undefined {
  if (user.state !== 'active') return { uid: user.uid, ended: true }
  // Of a generation that follows the time, all earlier tokens have expired by then. The first releases counted them from 1.
  const isOver = user.gen > 1_000_000_000 && user.gen + accessTokenTtl < now
  return user.gen === 0 || isOver ? undefined : tokensBelow(user)
}

function revocationOfUser(before: User, after: User, now: number): Revocation | undefined {
  if (after.state !== 'active') {
    const isChanged = before.state === 'active' || before.gen !== after.gen
    return isChanged ? { uid: after.uid, ended: true } : undefined
  }
  const isExpiryChanged = before.expiresAt !== after.expiresAt
  if (isExpiryChanged && after.expiresAt !== undefined && after.expiresAt <= now) {
    return { uid: after.uid, ended: true }
  }
  const isChanged = before.gen < after.gen || before.keptJti !== after.keptJti
  // An account that goes on after its end takes the place of the end that was told.
  const goesOn = before.state !== 'active' || (isExpiryChanged && before.expiresAt !== undefined)
  return isChanged || goesOn ? tokensBelow(after) : undefined
}

function tokensBelow({ uid, gen, keptJti }: User): Revocation {
  return { uid, genBelow: gen, ...(keptJti !== undefined && { except: keptJti }) }
}
