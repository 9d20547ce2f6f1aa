import { normaliseUserName } from '../accounts/user-name.js'
import { toSeconds } from '../clock.js'
import { isTokenRefusal, Refusal } from '../errors/refusals.js'
import type { Requester } from '../requester.js'
import { byPasswordAndCode, type FactorPolicy } from '../second-factor/factor-policy.js'
import type { User } from '../store/store.js'
import type { FactorStep } from './factor-step.js'
import { createPasswordStep, type PasswordStep, type PasswordStepDependencies } from './password-step.js'
import { createWaitingSignIns, signInIsOver, type WaitingSignInsDependencies } from './waiting-sign-ins.js'

/** The dependencies of signing in. */
export interface SignInDependencies extends PasswordStepDependencies, WaitingSignInsDependencies {
  factorStep: FactorStep
  requiresFactor: FactorPolicy
}

/** The credentials that a sign-in takes. */
export interface Credentials {
  name: string
  password: string
  /** A TOTP code or a recovery code. */
  otp?: string | undefined
}

/** A complete sign-in. Nothing else leads to tokens or a session. */
export interface CompleteSignIn {
  readonly user: User
  /** When the password was given, in seconds. */
  readonly authTime: number
  /** How the user was authenticated (RFC 8176); undefined for the password alone. */
  readonly amr: readonly string[] | undefined
}

/** The second step that a sign-in waits for: the code of a second factor, or that the user sets one up. */
export type SecondStep = 'second_factor' | 'set_up'

/** The state of a sign-in after its first step. */
export type SignInState =
  | { readonly kind: 'complete'; readonly signIn: CompleteSignIn }
  /** The secret finds the sign-in again. It is for one browser, for 5 minutes. */
  | { readonly kind: SecondStep; readonly user: User; readonly secret: string }

/**
 * Signing in as a state machine: password, then the second factor if the account has one, then complete. An account that must have a
 * second factor, and has none, stays before it: it sets one up, and begins anew.
 */
export interface SignIn extends Pick<PasswordStep, 'verifyPassword'> {
  /**
   * Both steps at once, for a call. Costs one argon2id verification, whether or not the name exists; a second run renews a hash that
   * was made with other parameters. An account without a password is as an unknown name.
   *
   * @throws `InvalidArgumentError`, `IncorrectPasswordError` for an unknown name too; only after the right password
   *   `UserDeactivatedError`, `SecondFactorRequiredError` without a code, `IncorrectSecondFactorError`,
   *   `SecondFactorSetupRequiredError`; `TooManyFailuresError`, `ServerBusyError`, `StoreUnavailableError`.
   */
  atOnce(credentials: Credentials, requester: Requester): Promise<CompleteSignIn>
  /** The first step, for a browser. Costs and throws as `atOnce`, but for the refusals of a second step. */
  begin(name: string, password: string, requester: Requester): Promise<SignInState>
  /** The sign-in of this secret that waits for its second step; undefined for one that is over, or never was one. */
  waiting(secret: string): Promise<{ kind: SecondStep; user: User } | undefined>
  /**
   * The second step of a sign-in that was begun, for the code of a second factor. A wrong code leaves it as it was.
   *
   * @throws `InvalidTokenError` for a sign-in that is over, or never was one; as `FactorStep`.
   */
  finish(secret: string, otp: string, requester: Requester): Promise<CompleteSignIn>
  /**
   * The account of a name with this password that has to set up a second factor before it can sign in. Costs as `atOnce`.
   *
   * @throws as `atOnce`; `AuthenticationRequiredError` for an account that can sign in without that.
   */
  requireSetUp(credentials: Credentials, requester: Requester): Promise<User>
}

/** See `SignIn`. Loads nothing of second factors before the first one is used. */
export function createSignIn(dependencies: SignInDependencies): SignIn {
  const { store, throttle, audit, clock, factorStep, requiresFactor } = dependencies
  const passwordStep = createPasswordStep(dependencies)
  const waiting = createWaitingSignIns(dependencies)
  const now = () => toSeconds(clock())

  function secondStepOf(user: User): SecondStep | undefined {
    if (user.secondFactor !== undefined) return 'second_factor'
    return requiresFactor(user) ? 'set_up' : undefined
  }

  async function complete(
    user: User,
    authTime: number,
    { address }: Requester,
    amr?: CompleteSignIn['amr']
  ): Promise<CompleteSignIn> {
    await throttle.complete({ name: user.name, address, gen: user.gen })
    store.touchUser(user.uid, now())
    audit.recordAccount('login', user, address)
    return { user, authTime, amr }
  }

  async function completeWithCode(user: User, authTime: number, requester: Requester) {
    await factorStep.forgetFailures(user)
    return await complete(user, authTime, requester, byPasswordAndCode)
  }

  /** Requires what the account needs beside the password. */
  async function completeAtOnce(user: User, otp: string | undefined, requester: Requester) {
    switch (secondStepOf(user)) {
      case undefined:
        return await complete(user, now(), requester)
      case 'set_up':
        throw new Refusal('SecondFactorSetupRequiredError')
      case 'second_factor':
        if (otp === undefined) throw new Refusal('SecondFactorRequiredError')
        return await completeWithCode(await factorStep.prove(user, otp, requester), now(), requester)
    }
  }

  return {
    verifyPassword: passwordStep.verifyPassword,

    async atOnce({ name, password, otp }, requester) {
      const canonicalName = normaliseUserName(name)
      const user = await passwordStep.prove(canonicalName, password, requester)
      const refusing = audit.refusing({ address: requester.address, user: canonicalName })
      return await completeAtOnce(user, otp, requester).catch(refusing)
    },

    async begin(name, password, requester) {
      const user = await passwordStep.prove(normaliseUserName(name), password, requester)
      const kind = secondStepOf(user)
      if (kind === undefined) return { kind: 'complete', signIn: await complete(user, now(), requester) }
      return { kind, user, secret: await waiting.begin(user) }
    },

    async waiting(secret) {
      try {
        const { user } = await waiting.require(secret)
        const kind = secondStepOf(user)
        return kind && { kind, user }
      } catch (error) {
        if (isTokenRefusal(error)) return undefined
        throw error
      }
    },

    async finish(secret, otp, requester) {
      const { pending, user } = await waiting.require(secret)
      const refusing = audit.refusing({ address: requester.address, user: user.name })
      if (user.secondFactor === undefined) throw signInIsOver()
      const proved = await factorStep.prove(user, otp, requester).catch(refusing)
      // Two requests may have had two good codes.
      await waiting.end(pending)
      return await completeWithCode(proved, pending.authTime, requester)
    },

    async requireSetUp({ name, password }, requester) {
      const canonicalName = normaliseUserName(name)
      const user = await passwordStep.prove(canonicalName, password, requester)
      const step = secondStepOf(user)
      if (step === 'set_up') return user
      const refusing = audit.refusing({ address: requester.address, user: canonicalName })
      return refusing(
        new Refusal(step === undefined ? 'AuthenticationRequiredError' : 'SecondFactorRequiredError')
      )
    }
  }
}
