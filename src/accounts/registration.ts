import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Requester } from '../requester.js'
import type { Store, User } from '../store/store.js'
import type { Tokens } from '../tokens/tokens.js'
import { normaliseNewUserName, normaliseUserName } from './user-name.js'
import type { SeedUser } from './users-file.js'

/** The dependencies of registration. */
export interface RegistrationDependencies {
  store: Store
  passwords: Passwords
  tokens: Tokens
  /** Creates a user, unless the requester's network has created too many. */
  admitSignUp<Result>(address: string, signUp: () => Promise<Result>): Promise<Result>
  audit: Audit
  clock: Clock
  /** False: `register` refuses. */
  registrationOpen: boolean
}

/** Creates users. */
export interface Registration {
  /**
   * Creates a user, for the operator unless a requester is given. Costs one run of argon2id.
   *
   * @throws `InvalidArgumentError`, `RegistrationClosedError`, `PasswordPolicyError`, `UserAlreadyExistsError` (also for
   *   the name of a deleted user), `TooManySignUpsError`, `ServerBusyError`, `StoreUnavailableError`.
   */
  register(name: string, password: string, requester?: Requester): Promise<void>
  /**
   * Creates a user of the operator, unless the name exists. Returns the stored user, and whether it was created. Costs one run
   * of argon2id, unless a hash is given.
   *
   * @throws as `register`, except `RegistrationClosedError`.
   */
  ensureUser(given: SeedUser): Promise<{ user: User; isNew: boolean }>
}

/** See `Registration`. */
export function createRegistration(dependencies: RegistrationDependencies): Registration {
  const { store, passwords, tokens, admitSignUp, audit, clock, registrationOpen } = dependencies

  async function create(
    name: string,
    { hash, uid = createId(), claims, active = true }: Partial<SeedUser> & { hash: string }
  ): Promise<User> {
    const user: User = {
      uid,
      name,
      hash,
      state: active ? 'active' : 'deleted',
      gen: 0,
      createdAt: toSeconds(clock()),
      ...(claims !== undefined && { claims })
    }
    await store.createUser(user)
    return user
  }

  return {
    async register(name, password, requester) {
      const normalisedName = normaliseNewUserName(name)
      passwords.requireAcceptable(password)
      if (!registrationOpen) throw new Refusal('RegistrationClosedError')
      // Saves a hash; `createUser` decides.
      if (await store.findUserByName(normalisedName)) throw new Refusal('UserAlreadyExistsError')
      const signUp = async () =>
        await create(normalisedName, { hash: await passwords.hash(password, requester) })
      const user = await (requester === undefined
        ? signUp()
        : admitSignUp(requester.address, signUp).catch(
            audit.refusing({ address: requester.address, user: normalisedName })
          ))
      audit.recordAccount('sign_up', user, requester?.address ?? null)
    },

    async ensureUser({ name, password = '', ...given }) {
      const normalisedName = normaliseUserName(name)
      const known = await store.findUserByName(normalisedName)
      if (known !== undefined) return { user: known, isNew: false }
      normaliseNewUserName(name)
      tokens.requireShortClaims(given.claims)
      if (given.hash === undefined) passwords.requireAcceptable(password)
      const hash = given.hash ?? (await passwords.hash(password))
      try {
        const user = await create(normalisedName, { ...given, hash })
        audit.recordAccount('sign_up', user, null)
        return { user, isNew: true }
      } catch (error) {
        // The name may have been taken during the hashing. Otherwise the id is taken.
        const other = isTaken(error) ? await store.findUserByName(normalisedName) : undefined
        if (other === undefined) throw error
        return { user: other, isNew: false }
      }
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Refusal && error.name === 'UserAlreadyExistsError'
}
