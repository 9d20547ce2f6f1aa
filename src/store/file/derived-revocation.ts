import { toSeconds } from '../../clock.js'
import type { Change, KeptRevocation, Revocation } from '../store.js'
import { revocationOfUser, tokensBelow } from '../user-revocation.js'
import type { StoredFeedState } from './feed-state.js'
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

/** The revocations that records tell by themselves, when nothing is known of their changes. @param now in seconds. */
export function* revocationsInRecords(
  { expiryByJti, usersById }: Records,
  now: number,
  { untilOf }: Pick<StoredFeedState, 'untilOf'>
): Iterable<KeptRevocation> {
  for (const [jti, exp] of expiryByJti) yield { revocation: { jti, exp }, until: exp }
  for (const user of usersById.values()) {
    // All tokens of before a generation that follows the time have expired by then. The first releases counted it from 1.
    const isOver = user.gen > 1_000_000_000 && untilOf(user.gen) < now
    const revocation = user.state === 'active' ? tokensBelow(user) : { uid: user.uid, ended: true as const }
    if (user.state !== 'active' || (user.gen > 0 && !isOver)) yield { revocation, until: untilOf(now) }
  }
}
