import { isFresh, stalePassword } from '../accounts/fresh-password.js'
import type { TokenOwners } from '../accounts/token-owner.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Lookup } from '../lookup.js'
import { isSameSecret } from '../secrets.js'
import type { Throttle } from '../sign-in/throttle.js'
import type { AccessClaims } from '../tokens/claims.js'
import { type ApiKeys, adminKeyName, scopesOf } from './api-keys.js'
import { type Actor, actorOf, type Scope } from './authorization.js'

/** The dependencies of the operator's authentication. */
export interface OperatorAuthenticationDependencies {
  /** The key of the settings, which has all rights; undefined if there is none. */
  adminKey: string | undefined
  apiKeys: Pick<ApiKeys, 'find'>
  tokenOwners: Pick<TokenOwners, 'requirePasswordPresenter'>
  throttle: Pick<Throttle, 'countWrongKey'>
  clock: Clock
}

/** A credential for the operator's calls, as it came. */
export interface OperatorCredential {
  /** Without the scheme; undefined if there is not exactly one. */
  text: string | undefined
  /** The client's IP address. */
  address: string
  /** The claims of the credential, if it is an access token. @throws `InvalidTokenError`, `TokenTypeError`. */
  claims(): Lookup<AccessClaims | undefined>
}

/** Tells who calls what the operator may. */
export interface OperatorAuthentication {
  /**
   * The key or the user of a credential. A user is one who has given the password within the last 10 minutes; one that is no
   * member of `postern-admins` has no scopes.
   *
   * @throws `AuthenticationRequiredError` without a credential, and for a wrong one; `TooManyFailuresError` for wrong keys.
   */
  authenticate(credential: OperatorCredential): Promise<Actor>
  /** The user of these claims of an access token, as `authenticate`. @throws `AuthenticationRequiredError`. */
  identifyPresenter(claims: AccessClaims, address: string): Promise<Actor>
}

const all: ReadonlySet<Scope> = new Set(['all'])

/** See `OperatorAuthentication`. */
export function createOperatorAuthentication(
  dependencies: OperatorAuthenticationDependencies
): OperatorAuthentication {
  const { adminKey, apiKeys, tokenOwners, throttle, clock } = dependencies

  async function requireActor(claims: AccessClaims | undefined, address: string): Promise<Actor> {
    if (claims === undefined) throw new Refusal('AuthenticationRequiredError')
    const user = await tokenOwners.requirePasswordPresenter(claims)
    if (!isFresh(claims, toSeconds(clock()))) {
      throw refused(stalePassword)
    }
    return actorOf(user, address)
  }

  async function authenticateUser({ address, claims }: OperatorCredential): Promise<Actor> {
    return await requireActor(await claims(), address)
  }

  return {
    async authenticate(credential) {
      const { text, address } = credential
      if (text === undefined) throw refused('This call needs one credential, as Authorization: Bearer.')
      if (adminKey !== undefined && isSameSecret(text, adminKey)) {
        return { name: `key:${adminKeyName}`, address, scopes: all }
      }
      // The beginning of every JWT.
      if (text.startsWith('eyJ')) return await authenticateUser(credential).catch(asUnauthenticated)
      const key = await apiKeys.find(text)
      if (key === undefined) {
        await throttle.countWrongKey(address)
        throw refused('The key is wrong, was removed, or has expired.')
      }
      return { name: `key:${key.name}`, address, scopes: new Set(scopesOf(key)) }
    },

    async identifyPresenter(claims, address) {
      return await requireActor(claims, address).catch(asUnauthenticated)
    }
  }
}

/** The refusal of a token as that of a credential: its owner's state is nobody else's business. */
function asUnauthenticated(error: unknown): never {
  if (!(error instanceof Refusal) || error.statusCode >= 500) throw error
  throw refused(error.message)
}

function refused(message: string): Refusal {
  return new Refusal('AuthenticationRequiredError', { message })
}
