import { type Lookup, whenFound } from '../lookup.js'
import type { FailureCount, FailureCounts } from '../store/failure-counts.js'
import { keyOf } from './failure-keys.js'
import type { Allowance } from './failure-limits.js'
import { createOngoingAttempts } from './ongoing-attempts.js'

/**
 * Limits the wrong codes of an account after the right password, over all addresses: after ten the account waits, for a minute, then
 * twice as long after each further one, up to an hour. A complete sign-in forgets them.
 */
export interface CodeLimits {
  /**
   * Returns the outcome of the verification of a code, and counts a wrong one. Of verifications at the same time no more begin than
   * there are codes left.
   *
   * @param uid the account.
   * @throws `TooManyFailuresError` with `Retry-After`, without verifying; and the errors of the verification, which do not count.
   */
  judge(uid: string, verification: () => Promise<boolean>): Promise<boolean>
  /** Forgets the wrong codes of an account. */
  forget(uid: string): Lookup<unknown>
}

/** The number of wrong codes before an account has to wait for the first time. */
export const maxCodeFailures = 10

// In seconds.
const firstWait = 60
const longestWait = 3600

// In seconds, from the first wrong code on. After its end the short waits begin anew, so it is long:
// docs/operate/second-factor.md says how long it takes to guess a code.
const window = 30 * 86_400

/** See `CodeLimits`. @param maxFailures before the first wait; 0: no limit. */
export function createCodeLimits(maxFailures: number, failureCounts: FailureCounts): CodeLimits {
  if (maxFailures === 0) return { judge: (_uid, verification) => verification(), forget() {} }
  const attempts = createOngoingAttempts()

  function allowanceOf(key: string): Lookup<Allowance> {
    return whenFound(failureCounts.find([countOf(key)]), ([tally]) => {
      const left = maxFailures - (tally?.failures ?? 0)
      if (left > 0) return { key, left, wait: 0 }
      return whenFound(failureCounts.findPauses([key]), ([wait = 0]) =>
        // One is left: it begins the next wait.
        ({ key, left: wait > 0 ? 0 : 1, wait })
      )
    })
  }

  async function count(key: string): Promise<void> {
    const [tally] = await failureCounts.add([countOf(key)], window)
    const surplus = (tally?.failures ?? 0) - maxFailures
    if (surplus < 0) return
    await failureCounts.pause([{ key, duration: Math.min(firstWait * 2 ** surplus, longestWait) }])
  }

  return {
    async judge(uid, verification) {
      const key = keyOf('code', uid)
      const end = await attempts.begin(async () => [await allowanceOf(key)])
      try {
        const isRight = await verification()
        if (!isRight) await count(key)
        return isRight
      } finally {
        end()
      }
    },

    forget: (uid) => failureCounts.forget(countOf(keyOf('code', uid)))
  }
}

function countOf(key: string): FailureCount {
  return { kind: 'code', key }
}
