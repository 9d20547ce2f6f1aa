import type { CompleteSignIn, SetUpSignIn } from '../accounts/complete-sign-in.js'
import { normaliseUserName } from '../accounts/user-name.js'
import { toSeconds } from '../clock.js'
import { invalidArgument, Refusal } from '../errors/refusals.js'
import type { Requester } from '../requester.js'
import { byPasswordAndCode, type FactorPolicy } from '../second-factor/factor-policy.js'
import type { User } from '../store/store.js'
import type { FactorStep } from './factor-step.js'
import { createPasswordStep, type PasswordStep, type PasswordStepDependencies } from './password-step.js'
import { createWaitingSignIns, signInIsOver, type WaitingSignInsDependencies } from './waiting-sign-ins.js'

export type { CompleteSignIn } from '../accounts/complete-sign-in.js'

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

/** The second step that a sign-in waits for: the code of a second factor, or that the user sets one up. */
export type SecondStep = 'second_factor' | 'set_up'

/** A sign-in that was begun, as a page shows it again. */
export interface WaitingSignIn {
  readonly kind: SecondStep
  readonly user: User
  readonly returnTo?: string
}

/** The state of a sign-in after its first step. */
export type SignInState =
  | { readonly kind: 'complete'; readonly signIn: CompleteSignIn }
  /** The secret finds the sign-in again. It is for one browser, for 5 minutes. */
  | { readonly kind: SecondStep; readonly user: User; readonly secret: string }

/**
 * Signing in as a state machine: password, then the second factor if the account has one, then complete. An account that must have a
 * second factor, and has none, stays before it until it has set one up: then a browser's sign-in is complete, and a call begins anew.
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
  /**
   * The first step, for a browser. Costs and throws as `atOnce`, but for the refusals of a second step.
   *
   * @param returnTo where the browser goes in the end, at most 2,048 characters. It was judged before.
   */
  begin(name: string, password: string, requester: Requester, returnTo?: string): Promise<SignInState>
  /** The sign-in that this secret finds; undefined for one that is over, or never was one. @throws `StoreUnavailableError`. */
  waiting(secret: string): Promise<WaitingSignIn | undefined>
  /**
   * The second step of a sign-in that was begun, for the code of a second factor. A wrong code leaves it as it was.
   *
   * @throws `InvalidTokenError` for a sign-in that is over, or never was one; as `FactorStep`.
   */
  finish(secret: string, otp: string, requester: Requester): Promise<CompleteSignIn>
  /** A sign-in that waits until its user has set up a second factor. @throws `InvalidTokenError` for any other. */
  waitingSetUp(secret: string): Promise<SetUpSignIn>
  /**
   * The account of a name with this password that has to set up a second factor before it can sign in. Costs as `atOnce`.
   *
   * @throws as `atOnce`; `AuthenticationRequiredError` for an account that can sign in without that.
   */
  requireSetUp(credentials: Credentials, requester: Requester): Promise<User>
}

const maxReturnToLength = 2048

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
    amr?: CompleteSignIn['amr'],
    returnTo?: string
  ): Promise<CompleteSignIn> {
    await throttle.complete({ name: user.name, address, gen: user.gen })
    store.touchUser(user.uid, now())
    audit.recordAccount('login', user, address)
    return { user, authTime, amr, ...(returnTo !== undefined && { returnTo }) }
  }

  async function completeWithCode(user: User, authTime: number, requester: Requester, returnTo?: string) {
    await factorStep.forgetFailures(user)
    return await complete(user, authTime, requester, byPasswordAndCode, returnTo)
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

    async begin(name, password, requester, returnTo) {
      requireShort(returnTo)
      const user = await passwordStep.prove(normaliseUserName(name), password, requester)
      const kind = secondStepOf(user)
      if (kind !== undefined) return { kind, user, secret: await waiting.begin(user, returnTo) }
      return { kind: 'complete', signIn: await complete(user, now(), requester, undefined, returnTo) }
    },

    async waiting(secret) {
      const found = await waiting.find(secret)
      const kind = found && secondStepOf(found.user)
      if (found === undefined || kind === undefined) return undefined
      const { returnTo } = found.pending
      return { kind, user: found.user, ...(returnTo !== undefined && { returnTo }) }
    },

    async finish(secret, otp, requester) {
      const { pending, user } = await waiting.require(secret)
      const refusing = audit.refusing({ address: requester.address, user: user.name })
      if (user.secondFactor === undefined) throw signInIsOver()
      const proved = await factorStep.prove(user, otp, requester).catch(refusing)
      // Two requests may have had two good codes.
      await waiting.end(pending)
      return await completeWithCode(proved, pending.authTime, requester, pending.returnTo)
    },

    async waitingSetUp(secret) {
      const { pending, user } = await waiting.require(secret)
      if (secondStepOf(user) !== 'set_up') throw signInIsOver()
      return {
        user,
        // The factor has raised the generation, by which the record is over.
        complete: (after, requester) => completeWithCode(after, pending.authTime, requester, pending.returnTo)
      }
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

/** @throws `InvalidArgumentError`. */
function requireShort(returnTo: string | undefined): void {
  if (returnTo === undefined || returnTo.length <= maxReturnToLength) return
  throw invalidArgument('return_to', `takes at most ${maxReturnToLength} characters`)
}
