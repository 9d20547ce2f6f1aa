import { isActiveAt } from '../accounts/account-members.js'
import { invalidArgument, Refusal } from '../errors/refusals.js'
import { isUsableHash, usableHashRule } from '../passwords/hash-formats.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Link, Store, User } from '../store/store.js'
import type { NewAccount } from './account-changes.js'
import { type AccountView, describeAccount } from './account-view.js'
import { type Actor, requesterOf } from './authorization.js'
import { createLink, type GivenLink, invitationTtl } from './links.js'
import type { NameDecision } from './name-decision.js'
import type { NewRecord } from './new-record.js'
import type { RecordChanges } from './record-change.js'

/** The dependencies of the creation of accounts. */
export interface UserCreationDependencies {
  store: Store
  passwords: Passwords
  changes: RecordChanges
  decideName: NameDecision
  newRecord: NewRecord
  /** The address of a link with this token. */
  linkUrl(token: string): string
}

/** A new account, with the link that sets its password if one was asked for. */
export type CreatedAccount = AccountView & {
  invite_url?: string
  invite_expires_at?: GivenLink['expires_at']
}

/** Creates accounts for the operator. */
export interface UserCreation {
  /**
   * Creates an account. Costs one run of argon2id if it is given a password.
   *
   * @throws `InsufficientScopeError`, `InvalidArgumentError`, `PasswordPolicyError`, `UserAlreadyExistsError` (also for a name
   *   that is reserved), `EmailTakenError`, `ExternalIdTakenError`, `ServerBusyError`, `StoreUnavailableError`.
   */
  create(given: NewAccount, actor: Actor): Promise<CreatedAccount>
}

const ways = ['pass', 'hash', 'invite'] as const

/** See `UserCreation`. */
export function createUserCreation(dependencies: UserCreationDependencies): UserCreation {
  const { store, passwords, changes, decideName, newRecord, linkUrl } = dependencies

  /** The record without its password, judged in full. */
  function judge({ user, pass, hash, invite, claims, ...members }: NewAccount, actor: Actor): User {
    const [, second] = ways.filter((way) => ({ pass, hash, invite })[way] || undefined)
    if (second !== undefined) throw invalidArgument(second, `takes none of ${ways.join(', ')} beside it`)
    if (pass !== undefined) passwords.requireAcceptable(pass)
    if (hash !== undefined && !isUsableHash(hash)) {
      throw invalidArgument('hash', usableHashRule)
    }
    const record = newRecord({ name: user, claims, members }, actor)
    if (invite === true && !isActiveAt(record, record.createdAt)) {
      throw invalidArgument('invite', 'takes an active account')
    }
    return record
  }

  return {
    async create(given, actor) {
      const judged = judge(given, actor)
      // Saves a hash; `createUser` decides.
      if (await store.findUserByName(judged.name)) throw new Refusal('UserAlreadyExistsError')
      const { pass, hash = pass === undefined ? undefined : await passwords.hash(pass, requesterOf(actor)) } =
        given
      const invitation = given.invite === true ? createLink(judged.createdAt, invitationTtl) : undefined
      const user = { ...judged, ...(hash !== undefined && { hash }), ...linkOf(invitation) }
      await store.createUser(user, await decideName(user.name))
      await changes.record(actor, { name: 'account_created' }, user, user)
      if (invitation === undefined) return describeAccount(user)
      const { token, link } = invitation
      return { ...describeAccount(user), invite_url: linkUrl(token), invite_expires_at: link.expiresAt }
    }
  }
}

function linkOf(invitation: { link: Link } | undefined): Pick<User, 'passwordLink'> {
  return invitation === undefined ? {} : { passwordLink: invitation.link }
}
