import { type Clock, toSeconds } from '../../clock.js'
import type { PendingSignIns } from '../pending-sign-ins.js'
import { signInEnd, signInStart, signInsEnd } from './intentions.js'
import type { JournaledRecords } from './journaled-records.js'

// Some 300 bytes each. Every one has taken a run of argon2id, or is one of those that a user gets in a minute: nobody makes so many.
const maxSignIns = 100_000

/** `PendingSignIns` among these records, 100,000 of them: beyond that the oldest is forgotten. Each change costs a line of the journal. */
export function createJournaledPendingSignIns(
  { records, commit }: Pick<JournaledRecords, 'records' | 'commit'>,
  clock: Clock
): PendingSignIns {
  const now = () => toSeconds(clock())

  return {
    async add(signIn) {
      await commit(signInStart(signIn, maxSignIns))
    },

    find(digest) {
      const signIn = records.pendingSignIns.get(digest)
      return signIn !== undefined && now() < signIn.expiresAt ? signIn : undefined
    },

    remove: (digest) => commit(signInEnd(digest, now())),

    async clear() {
      await commit(signInsEnd())
    }
  }
}
