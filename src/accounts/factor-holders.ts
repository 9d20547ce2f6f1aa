import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Requester } from '../requester.js'
import type { User } from '../store/store.js'
import type { AccessClaims } from '../tokens/claims.js'
import type { SetUpSignIn } from './complete-sign-in.js'
import { isFresh, stalePassword } from './fresh-password.js'
import type { TokenOwners } from './token-owner.js'

/** Who sets up a factor: the presenter of a token, or somebody who cannot sign in without, by a call or by a sign-in that waits for it. */
export type FactorHolder =
  | { readonly presented: AccessClaims }
  /** The secret of the sign-in. */
  | { readonly waiting: string }
  | { readonly credentials: { readonly name: string; readonly password: string } }

/** The dependencies of the judgement of holders. */
export interface FactorHoldersDependencies {
  tokenOwners: Pick<TokenOwners, 'requirePasswordPresenter'>
  /** Spends a code of the factor of a user. @throws as `FactorStep.prove`. */
  proveFactor(user: User, otp: string, requester: Requester): Promise<User>
  /** Counts a wrong code of a secret that is not a factor yet. @throws as `FactorStep.judge`. */
  judgeCode(user: User, verification: () => Promise<boolean>, requester: Requester): Promise<boolean>
  /** Gives the account that has to set up a factor before it can sign in. @throws as `SignIn.requireSetUp`. */
  requireSetUp(credentials: { name: string; password: string }, requester: Requester): Promise<User>
  /** Gives the sign-in that waits for a factor. @throws as `SignIn.waitingSetUp`. */
  waitingSetUp(secret: string): Promise<SetUpSignIn>
  audit: Audit
  clock: Clock
}

/** A holder who was judged: the account, and how the sign-in of a holder that waits for it is completed. */
export type JudgedHolder = Pick<SetUpSignIn, 'user'> & Partial<Pick<SetUpSignIn, 'complete'>>

/** Judges who may set up, replace or remove a second factor. */
export interface FactorHolders {
  /** The account of a holder, whose password was given in the last 10 minutes. @throws `PasswordAuthenticationRequiredError`, `InvalidTokenError`, `UserDoesNotExistError`; as `SignIn.requireSetUp`. */
  require(holder: FactorHolder, requester: Requester): Promise<JudgedHolder>
  /** The account after the use of a code of its factor. @throws `SecondFactorRequiredError`; as `FactorStep.prove`. */
  prove(user: User, otp: string | undefined, requester: Requester): Promise<User>
  /** Requires the right code of a secret that is not a factor yet. @throws `IncorrectSecondFactorError`, `TooManyFailuresError`. */
  requireRightCode(user: User, isRight: () => boolean, requester: Requester): Promise<void>
  /** The account of the presenter of a token, which has a factor. @throws as `require`; `SecondFactorDoesNotExistError`. */
  requireFactor(presented: AccessClaims): Promise<User>
}

/** See `FactorHolders`. */
export function createFactorHolders(dependencies: FactorHoldersDependencies): FactorHolders {
  const { tokenOwners, proveFactor, judgeCode, requireSetUp, waitingSetUp, audit, clock } = dependencies

  async function prove(user: User, otp: string | undefined, requester: Requester): Promise<User> {
    const refusing = audit.refusing({ address: requester.address, user: user.name })
    if (otp === undefined) return refusing(new Refusal('SecondFactorRequiredError'))
    return await proveFactor(user, otp, requester).catch(refusing)
  }

  return {
    async require(holder, requester) {
      if ('waiting' in holder) return await waitingSetUp(holder.waiting)
      if ('credentials' in holder) return { user: await requireSetUp(holder.credentials, requester) }
      const user = await tokenOwners.requirePasswordPresenter(holder.presented)
      if (!isFresh(holder.presented, toSeconds(clock()))) {
        throw new Refusal('PasswordAuthenticationRequiredError', { message: stalePassword })
      }
      return { user }
    },

    prove,

    async requireRightCode(user, isRight, requester) {
      const refusing = audit.refusing({ address: requester.address, user: user.name })
      const outcome = await judgeCode(user, async () => isRight(), requester).catch(refusing)
      if (!outcome) return refusing(new Refusal('IncorrectSecondFactorError'))
    },

    async requireFactor(presented) {
      const user = await tokenOwners.requirePasswordPresenter(presented)
      if (user.secondFactor === undefined) throw new Refusal('SecondFactorDoesNotExistError')
      return user
    }
  }
}
