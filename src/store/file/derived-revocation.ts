import { toSeconds } from '../../clock.js'
import type { Change, Revocation, User } from '../store.js'
import { revocationOfUser, tokensBelow } from '../user-revocation.js'
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
