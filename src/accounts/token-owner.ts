import { invalidToken, ServiceError, toUnauthorized } from '../errors/refusals.js'
import type { Store, User } from '../store/store.js'
import type { AccessClaims, Claims } from '../tokens/claims.js'

/** Judges verified tokens by what has become of their accounts since they were issued. */
export interface Holders {
  /**
   * The account of a token, which may be deactivated: the contract tells that case apart.
   *
   * @throws `InvalidTokenError` for a token of an unknown account or of an older generation; of one that is revoked, or
   *   whose session has ended.
   */
  require(claims: Claims): Promise<User>
  /** The active account of the access token that a call presents. @throws as `require` but as a 401; `UserDoesNotExistError`. */
  requirePresenter(claims: AccessClaims): Promise<User>
  /**
   * The same for a call that needs the password: a token that outlived a password change, or the end of all sessions, does not
   * stand for the password any more. @throws as `requirePresenter`; `PasswordAuthenticationRequiredError`.
   */
  requirePasswordPresenter(claims: AccessClaims): Promise<User>
}

/** See `Holders`. */
export function createHolders(store: Store): Holders {
  async function requireHolder(claims: Claims): Promise<User> {
    const user = await store.findUserById(claims.uid)
    if (user === undefined) throw invalidToken('The account of the token is not known here.')
    if (claims.gen !== user.gen && claims.jti !== user.keptJti) {
      throw invalidToken('The password was changed, or all sessions were ended, after the token was issued.')
    }
    if (await store.isTokenRevoked(claims.jti)) throw invalidToken('The token has been revoked.')
    if (claims.jti !== user.keptJti) await requireSession(claims)
    return user
  }

  async function requireSession({ token_type, sid, jti }: Claims): Promise<void> {
    const id = token_type === 'refresh_token' ? (sid ?? jti) : sid
    if (id !== undefined && (await store.findSession(id)) === undefined) {
      throw invalidToken('The token has been revoked.')
    }
  }

  async function requirePresenter(claims: AccessClaims): Promise<User> {
    const user = await requireHolder(claims).catch((error: unknown) => {
      throw toUnauthorized(error)
    })
    if (!user.active) throw new ServiceError('UserDoesNotExistError')
    return user
  }

  return {
    require: requireHolder,
    requirePresenter,

    async requirePasswordPresenter(claims) {
      const user = await requirePresenter(claims)
      if (!isByPassword(claims, user)) throw new ServiceError('PasswordAuthenticationRequiredError')
      return user
    }
  }
}

/** Whether a token still stands for the password: it was obtained with it, and is of the account's current generation. */
export function isByPassword(claims: AccessClaims, { gen }: Pick<User, 'gen'>): boolean {
  return claims.authentication_method === 'password' && claims.gen === gen
}
