import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Requester } from '../requester.js'
import type { Store, User } from '../store/store.js'
import type { Tokens } from '../tokens/tokens.js'
import { requireOwnClaims } from './account-members.js'
import { createRecord, type NewAccount } from './account-record.js'
import { digestOfHash, markOf } from './managed-account.js'
import { normaliseNewUserName, normaliseUserName } from './user-name.js'
import { membersOf, type SeedUser } from './users-file.js'

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
   *   the name of a deleted user, and a reserved one), `TooManySignUpsError`, `ServerBusyError`, `StoreUnavailableError`.
   */
  register(name: string, password: string, requester?: Requester): Promise<void>
  /**
   * Judges a new user of the operator, and gives its account but for the hash of its password. Claims are judged as those of a new account.
   *
   * @throws `InvalidArgumentError`, `PasswordPolicyError`.
   */
  judgeUser(given: SeedUser): NewAccount
  /**
   * Creates a user of the operator, unless the name exists, or is reserved since its account was renamed or purged. Costs one run
   * of argon2id, unless a hash is given. A managed user is marked as one.
   *
   * @throws as `register`, except `RegistrationClosedError`; `EmailTakenError`, `ExternalIdTakenError`.
   */
  ensureUser(given: SeedUser): Promise<EnsuredUser>
}

/** The stored user, and whether it was created now; none for a name that is reserved. */
export type EnsuredUser =
  | { readonly user: User; readonly isNew: boolean }
  | { readonly user: undefined; readonly isNew: false }

/** See `Registration`. */
export function createRegistration(dependencies: RegistrationDependencies): Registration {
  const { store, passwords, tokens, admitSignUp, audit, clock, registrationOpen } = dependencies

  async function create(account: NewAccount, mark?: ReturnType<typeof markOf>): Promise<User> {
    const user = { ...createRecord(account, toSeconds(clock())), ...mark }
    await store.createUser(user)
    return user
  }

  async function isReserved(name: string): Promise<boolean> {
    return (await store.findReservedName(name)) !== undefined
  }

  function judgeUser(given: SeedUser): NewAccount {
    const name = normaliseUserName(given.name)
    normaliseNewUserName(given.name)
    const account = { ...membersOf(given), name, uid: given.uid }
    requireOwnClaims(account.claims ?? {})
    tokens.requireShortClaims(account)
    if (given.password !== undefined) passwords.requireAcceptable(given.password)
    return account
  }

  return {
    judgeUser,

    async register(name, password, requester) {
      const normalisedName = normaliseNewUserName(name)
      passwords.requireAcceptable(password)
      if (!registrationOpen) throw new Refusal('RegistrationClosedError')
      // Saves a hash; `createUser` decides.
      if (await store.isNameTaken(normalisedName)) throw new Refusal('UserAlreadyExistsError')
      const signUp = async () =>
        await create({ name: normalisedName, hash: await passwords.hash(password, requester) })
      const user = await (requester === undefined
        ? signUp()
        : admitSignUp(requester.address, signUp).catch(
            audit.refusing({ address: requester.address, user: normalisedName })
          ))
      audit.recordAccount('sign_up', user, requester?.address ?? null)
    },

    async ensureUser(given) {
      const name = normaliseUserName(given.name)
      const known = await store.findUserByName(name)
      if (known !== undefined) return { user: known, isNew: false }
      if (await isReserved(name)) return { user: undefined, isNew: false }
      const account = judgeUser(given)
      const { password, managed } = given
      const hash = given.hash ?? (password === undefined ? undefined : await passwords.hash(password))
      const applied = given.hash === undefined ? hash : digestOfHash(given.hash)
      try {
        const user = await create({ ...account, hash }, managed === true ? markOf(applied) : undefined)
        audit.recordAccount('sign_up', user, null)
        return { user, isNew: true }
      } catch (error) {
        // The name may have been taken during the hashing. Otherwise the id is taken.
        const other = isRefusedName(error) ? await store.findUserByName(name) : undefined
        if (other === undefined) throw error
        return { user: other, isNew: false }
      }
    }
  }
}

function isRefusedName(error: unknown): boolean {
  return error instanceof Refusal && error.name === 'UserAlreadyExistsError'
}
