import { toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Requester } from '../requester.js'
import { byPasswordAndCode, type FactorPolicy } from '../second-factor/factor-policy.js'
import type { SecretSeal } from '../second-factor/secret-seal.js'
import type { PendingFactor, Store, User } from '../store/store.js'
import { type AccessClaims, byPasswordAlone } from '../tokens/claims.js'
import { isActiveAt } from './account-members.js'
import { withFactor, withoutFactor, withoutTokens } from './account-record.js'
import type { CompleteSignIn } from './complete-sign-in.js'
import { createFactorHolders, type FactorHolder, type FactorHoldersDependencies } from './factor-holders.js'

/** The dependencies of second factors. */
export interface SecondFactorsDependencies extends FactorHoldersDependencies {
  store: Store
  requiresFactor: FactorPolicy
  /** The encryption of secrets. */
  loadSeal(): Promise<SecretSeal>
  /** The name of the service in people's apps. */
  issuer(): string
}

/** A secret as it is shown, once. */
export interface FactorOffer {
  /** In base32. */
  secret: string
  /** For authenticator apps. */
  uri: string
  /** The QR code of that, as SVG. */
  qr: string
}

/** A factor that was set up. */
export interface FactorSetUp {
  /** In base32, told once. */
  readonly recoveryCodes: string[]
  /** The account after that. */
  readonly user: User
  /** How its user is authenticated now (RFC 8176). */
  readonly amr: readonly string[]
  /** The sign-in that has waited for it. */
  readonly signIn?: CompleteSignIn
}

/** The state after a factor was removed. */
export type FactorRemoval = Pick<FactorSetUp, 'user' | 'amr'>

/**
 * The second factor of an account, as its user sets it up and removes it. The presented token stands for the password, and for the
 * factor if there is one. To set one up the password must have been given in the last 10 minutes.
 */
export interface SecondFactors {
  /**
   * Makes a secret, which is no factor yet. A present factor stays until the new one is proved.
   *
   * @throws `PasswordAuthenticationRequiredError`, `InvalidTokenError`, `UserDoesNotExistError`; `SecondFactorRequiredError` without
   *   a code of a present factor, `IncorrectSecondFactorError`; as `SignIn.requireSetUp`; `StoreUnavailableError`.
   */
  offer(holder: FactorHolder, otp: string | undefined, requester: Requester): Promise<FactorOffer>
  /**
   * Makes the offered secret of the last 10 minutes the factor, for a code of it. It ends all
   * tokens and sessions of the account but the presented token, which does not stand for the password any more. A wrong code
   * counts as at a sign-in. A sign-in that has waited for it is complete.
   *
   * @throws as `offer`; `SecondFactorDoesNotExistError` without such a secret; `TooManyFailuresError`.
   */
  setUp(holder: FactorHolder, otp: string, requester: Requester): Promise<FactorSetUp>
  /**
   * Removes the factor, unless the account must have one. It ends all tokens and sessions of the account, the presented token included:
   * they say that there is a factor.
   *
   * @throws as `offer`; `SecondFactorDoesNotExistError`, `SecondFactorSetupRequiredError`.
   */
  remove(presented: AccessClaims, otp: string | undefined, requester: Requester): Promise<FactorRemoval>
  /** New recovery codes, once; the old ones are good no more. @throws as `remove`. */
  renewRecoveryCodes(
    presented: AccessClaims,
    otp: string | undefined,
    requester: Requester
  ): Promise<string[]>
}

// In seconds.
const offerLifetime = 600

/** See `SecondFactors`. */
export function createSecondFactors(dependencies: SecondFactorsDependencies): SecondFactors {
  const { store, requiresFactor, loadSeal, audit, clock, issuer } = dependencies
  const holders = createFactorHolders(dependencies)
  const now = () => toSeconds(clock())

  function requireRemovable(user: User): User {
    if (!requiresFactor(user)) return user
    const message = 'This account must have a second factor: set up another one in its place.'
    throw new Refusal('SecondFactorSetupRequiredError', { message })
  }

  /** Changes the record of a user who was judged; after a lost race only as long as his tokens have not ended. Returns the record after it. */
  async function change(judged: User, toAfter: (user: User) => User): Promise<User> {
    for (let user = judged; ; ) {
      const after = toAfter(user)
      if (await store.replaceUser(user, after)) return after
      const next = await store.findUserById(user.uid)
      const isSame = next !== undefined && next.gen === judged.gen && isActiveAt(next, now())
      if (!isSame) throw new Refusal('PasswordAuthenticationRequiredError')
      user = next
    }
  }

  return {
    async offer(holder, otp, requester) {
      const { user: holding } = await holders.require(holder, requester)
      const user = holding.secondFactor === undefined ? holding : await holders.prove(holding, otp, requester)
      const [{ createTotpSecret, totpUri }, { renderSVG }, seal] = await Promise.all([
        import('../second-factor/totp.js'),
        import('uqr'),
        loadSeal()
      ])
      const secret = createTotpSecret()
      const pendingFactor = { secret: seal.seal(secret, user.uid), createdAt: now() }
      await change(user, (user) => ({ ...user, pendingFactor }))
      const uri = totpUri(secret, user.name, issuer())
      return { secret, uri, qr: renderSVG(uri) }
    },

    async setUp(holder, otp, requester) {
      const { user, complete } = await holders.require(holder, requester)
      const { secret } = requireOffer(user, now())
      // No code is no wrong one, which would count.
      if (otp === '') throw new Refusal('SecondFactorRequiredError')
      const [{ matchingStep }, { canonicalCode }, { createRecoveryCodes, recoveryDigest }, seal] =
        await Promise.all([
          import('../second-factor/totp.js'),
          import('../second-factor/factor-use.js'),
          import('../second-factor/recovery-codes.js'),
          loadSeal()
        ])
      let lastStep = -1
      const isRight = () => {
        lastStep = matchingStep(seal.open(secret, user.uid), canonicalCode(otp), now(), -1) ?? -1
        return lastStep >= 0
      }
      // A right guess gives the recovery codes: a stolen token must not do for that.
      await holders.requireRightCode(user, isRight, requester)
      const codes = createRecoveryCodes()
      const factor = { secret, createdAt: now(), lastStep, recoveryCodes: codes.map(recoveryDigest) }
      const keptJti = 'presented' in holder ? holder.presented.jti : undefined
      const after = await change(user, (user) => {
        // Another one may have been offered since, to somebody else.
        if (requireOffer(user, now()).secret !== secret) throw new Refusal('IncorrectSecondFactorError')
        return withFactor(user, factor, now(), keptJti)
      })
      audit.recordAccount('second_factor_set_up', user, requester.address)
      const signIn = await complete?.(after, requester)
      return {
        recoveryCodes: codes,
        user: after,
        amr: byPasswordAndCode,
        ...(signIn !== undefined && { signIn })
      }
    },

    async remove(presented, otp, requester) {
      const holding = await holders.requireFactor(presented)
      // Before the code is spent: a recovery code would be lost for nothing.
      requireRemovable(holding)
      const user = await holders.prove(holding, otp, requester)
      const after = await change(user, (user) => withoutTokens(withoutFactor(requireRemovable(user)), now()))
      audit.recordAccount('second_factor_removed', user, requester.address)
      return { user: after, amr: byPasswordAlone }
    },

    async renewRecoveryCodes(presented, otp, requester) {
      const user = await holders.prove(await holders.requireFactor(presented), otp, requester)
      const { createRecoveryCodes, recoveryDigest } = await import('../second-factor/recovery-codes.js')
      const codes = createRecoveryCodes()
      const recoveryCodes = codes.map(recoveryDigest)
      await change(user, ({ secondFactor, ...user }) => ({
        ...user,
        ...(secondFactor !== undefined && { secondFactor: { ...secondFactor, recoveryCodes } })
      }))
      audit.recordAccount('recovery_codes_made', user, requester.address)
      return codes
    }
  }
}

/** The secret that was offered, which has not expired at this time, in seconds. @throws `SecondFactorDoesNotExistError`. */
function requireOffer({ pendingFactor }: User, now: number): PendingFactor {
  if (pendingFactor !== undefined && now - pendingFactor.createdAt <= offerLifetime) return pendingFactor
  const message = 'No second factor is being set up: POST /user/totp gives a secret, for 10 minutes.'
  throw new Refusal('SecondFactorDoesNotExistError', { message })
}
