import { isActiveAt } from '../accounts/account-members.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Lookup } from '../lookup.js'
import type { Requester } from '../requester.js'
import type { FactorUseKind } from '../second-factor/factor-use.js'
import type { SecretSeal } from '../second-factor/secret-seal.js'
import type { Store, User } from '../store/store.js'
import type { CodeLimits } from './code-limits.js'
import type { Throttle } from './throttle.js'

/** The dependencies of the second step of a sign-in. */
export interface FactorStepDependencies {
  store: Store
  throttle: Pick<Throttle, 'judge'>
  codeLimits: CodeLimits
  /** The encryption of secrets. */
  loadSeal(): Promise<SecretSeal>
  audit: Audit
  clock: Clock
}

/** The second step of a sign-in, and of a call that asks for a code. */
export interface FactorStep {
  /**
   * Spends a code of the second factor of this user, whose password was right. Gives the account with its new version. A code is good
   * once: of two requests with the same one at the same time, one is refused. A wrong one counts as a failed login of the name, and
   * for the account over all addresses.
   *
   * @throws `IncorrectSecondFactorError`, also when the account has changed meanwhile so that the sign-in is over;
   *   `TooManyFailuresError`, `StoreUnavailableError`.
   */
  prove(user: User, otp: string, requester: Requester): Promise<User>
  /**
   * The outcome of the verification of a code that this user can guess: of one of an app. A wrong one counts as that of `prove`.
   *
   * @throws `TooManyFailuresError`, without verifying; and the errors of the verification, which do not count.
   */
  judge(user: User, verification: () => Promise<boolean>, requester: Requester): Promise<boolean>
  /** Forgets the wrong codes of an account whose sign-in is complete. */
  forgetFailures(user: User): Lookup<unknown>
}

/** See `FactorStep`. */
export function createFactorStep(dependencies: FactorStepDependencies): FactorStep {
  const { store, throttle, codeLimits, loadSeal, audit, clock } = dependencies

  /** Spends the code, unless it is wrong; the kind of it, and the account after that. */
  async function spend({ uid, gen }: User, code: string): Promise<[FactorUseKind, User] | undefined> {
    const [{ useFactor }, seal] = await Promise.all([import('../second-factor/factor-use.js'), loadSeal()])
    for (;;) {
      const user = await store.findUserById(uid)
      const { secondFactor } = user ?? {}
      const now = toSeconds(clock())
      if (user === undefined || secondFactor === undefined) return undefined
      if (user.gen !== gen || !isActiveAt(user, now)) return undefined
      const secret = seal.open(secondFactor.secret, uid)
      const use = useFactor({ ...secondFactor, secret }, code, now)
      if (use === undefined) return undefined
      const kept = seal.isStale(secondFactor.secret, uid) ? seal.seal(secret, uid) : secondFactor.secret
      const after = { ...user, secondFactor: { ...secondFactor, ...use.after, secret: kept } }
      if (!(await store.replaceUser(user, after))) continue
      // A change since then may have ended the tokens of this password: the account of that change is not the one that was proved.
      const current = await store.findUserById(uid)
      return [use.kind, current?.gen === gen ? current : after]
    }
  }

  function judgeAttempt({ name, gen }: User, verification: () => Promise<boolean>, { address }: Requester) {
    return throttle.judge({ name, address, gen }, verification)
  }

  async function judge(user: User, verification: () => Promise<boolean>, requester: Requester) {
    return await codeLimits.judge(user.uid, () => judgeAttempt(user, verification, requester))
  }

  return {
    async prove(user, otp, requester) {
      const { canonicalCode } = await import('../second-factor/factor-use.js')
      const { isRecoveryCode } = await import('../second-factor/recovery-codes.js')
      const code = canonicalCode(otp)
      let spent: [FactorUseKind, User] | undefined
      const verify = async () => {
        spent = await spend(user, code)
        return spent !== undefined
      }
      // Nobody guesses a recovery code: it is the way in while a stranger keeps the account waiting.
      await (isRecoveryCode(code) ? judgeAttempt : judge)(user, verify, requester)
      if (spent === undefined) throw new Refusal('IncorrectSecondFactorError')
      const [kind, after] = spent as [FactorUseKind, User]
      if (kind === 'recovery_code') audit.recordAccount('recovery_code_used', after, requester.address)
      return after
    },

    judge,

    forgetFailures: ({ uid }) => codeLimits.forget(uid)
  }
}
