import { type Clock, toSeconds } from '../clock.js'
import type { PendingSignIn, PendingSignIns } from './pending-sign-ins.js'

// Some 300 bytes each. Every one has taken a run of argon2id, so that no password makes so many within their lifetime.
const maxSignIns = 100_000

/** `PendingSignIns` of this process, 100,000 of them: beyond that the oldest is forgotten. */
export function createMemoryPendingSignIns(clock: Clock): PendingSignIns {
  // The oldest first.
  const signIns = new Map<string, PendingSignIn>()

  function find(digest: string): PendingSignIn | undefined {
    const signIn = signIns.get(digest)
    return signIn !== undefined && toSeconds(clock()) < signIn.expiresAt ? signIn : undefined
  }

  function forgetExpired(): void {
    for (const digest of signIns.keys()) {
      if (find(digest) !== undefined) return
      signIns.delete(digest)
    }
  }

  return {
    async add(signIn) {
      forgetExpired()
      signIns.set(signIn.digest, signIn)
      if (signIns.size <= maxSignIns) return
      const [oldest = ''] = signIns.keys()
      signIns.delete(oldest)
    },

    find,

    async remove(digest) {
      return find(digest) !== undefined && signIns.delete(digest)
    },

    clear() {
      signIns.clear()
    }
  }
}
