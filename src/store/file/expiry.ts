import { type Clock, toSeconds } from '../../clock.js'
import type { PendingSignIn } from '../pending-sign-ins.js'
import type { Invitation, RevokedToken, Session } from '../store.js'
import type { Contents, Records } from './records.js'
import { removeSession } from './session-records.js'

/** For each kind of record that expires, whether one has not done so at this time, in seconds. */
export function unexpiredAt(now: number) {
  return {
    // `exp` alone refuses a token that has expired.
    revokedTokens: ({ exp }: RevokedToken) => exp > now,
    sessions: ({ exp }: Session) => exp > now,
    invitations: ({ expiresAt }: Invitation) => expiresAt > now,
    pendingSignIns: ({ expiresAt }: PendingSignIn) => expiresAt > now
  }
}

/** The contents without the revocations, sessions, invitations and sign-ins that have expired at this time, in seconds. */
export function unexpired(contents: Contents, now: number): Contents {
  const isUnexpired = unexpiredAt(now)
  return {
    ...contents,
    revokedTokens: filter(contents.revokedTokens, isUnexpired.revokedTokens),
    sessions: filter(contents.sessions, isUnexpired.sessions),
    invitations: filter(contents.invitations, isUnexpired.invitations),
    pendingSignIns: filter(contents.pendingSignIns, isUnexpired.pendingSignIns)
  }
}

function* filter<T>(records: Iterable<T>, isKept: (record: T) => boolean): Iterable<T> {
  for (const record of records) if (isKept(record)) yield record
}

/**
 * Removes expired revocations, sessions and sign-ins by looking at two of each for each call. Every change pays a little, none pays for
 * all, and at most twice as many records are kept as are current.
 *
 * @param clock for sign-ins: one that is forgotten too early costs a password, and no more.
 */
export function createSweeps(records: Records, cautiousClock: Clock, clock: Clock): () => void {
  const { expiryByJti, sessionsById, pendingSignIns } = records
  const sweepRevocations = createSweep(
    expiryByJti,
    cautiousClock,
    (exp) => exp,
    (jti) => expiryByJti.delete(jti)
  )
  const sweepSessions = createSweep(
    sessionsById,
    cautiousClock,
    ({ exp }) => exp,
    (id) => removeSession(records, id)
  )
  const sweepSignIns = createSweep(
    pendingSignIns,
    clock,
    ({ expiresAt }) => expiresAt,
    (digest) => pendingSignIns.delete(digest)
  )
  return () => {
    sweepRevocations()
    sweepSessions()
    sweepSignIns()
  }
}

function createSweep<Value>(
  entriesById: Map<string, Value>,
  clock: Clock,
  expiryOf: (value: Value) => number,
  forget: (id: string) => void
): () => void {
  let entries = entriesById.entries()
  return () => {
    const now = toSeconds(clock())
    for (let looks = 0; looks < 2; looks += 1) {
      const { value, done } = entries.next()
      if (done) entries = entriesById.entries()
      else if (expiryOf(value[1]) <= now) forget(value[0])
    }
  }
}
