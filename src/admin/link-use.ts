import { isActiveAt } from '../accounts/account-members.js'
import { createRecord, withPassword } from '../accounts/account-record.js'
import { normaliseNewUserName } from '../accounts/user-name.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { invalidArgument, MissingArgument, Refusal } from '../errors/refusals.js'
import type { Passwords } from '../passwords/passwords.js'
import type { Requester } from '../requester.js'
import type { Invitation, Store, User } from '../store/store.js'
import { linkDigest } from './links.js'
import type { NameDecision } from './name-decision.js'

/** The dependencies of the use of links. */
export interface LinkUseDependencies {
  store: Store
  passwords: Passwords
  audit: Audit
  clock: Clock
  decideName: NameDecision
}

/** The password that somebody with a link sets, and the name that he chooses if his invitation names none. */
export interface LinkRequest {
  pass: string
  user?: string | undefined
}

/** The use of a link, and for whom it is. */
export interface LinkPurpose {
  readonly kind: 'password' | 'account'
  /** The name of the account, unless the guest chooses it. */
  readonly user?: string | undefined
  /** The e-mail address that an invitation gives the account. */
  readonly email?: string | undefined
}

/** Spends links. */
export interface LinkUse {
  /** The purpose of a link, which stays as it was. @throws `LinkGoneError`, as `spend`; `StoreUnavailableError`. */
  look(token: string): Promise<LinkPurpose>
  /**
   * Sets a password, or makes an account, as the link says, and ends the link. Nobody is signed in. A request that is refused
   * for its name or its password leaves the link as it was. An invitation counts for no limit of sign-ups, and works while
   * registration is closed. Costs one run of argon2id, for a good link alone.
   *
   * @throws `LinkGoneError` for a link that is spent or outlived, or never was one; `InvalidArgumentError`,
   *   `PasswordPolicyError`, `UserAlreadyExistsError`, `EmailTakenError`, `ServerBusyError`, `StoreUnavailableError`.
   */
  spend(token: string, request: LinkRequest, requester: Requester): Promise<LinkPurpose['kind']>
}

/** See `LinkUse`. */
export function createLinkUse({ store, passwords, audit, clock, decideName }: LinkUseDependencies): LinkUse {
  const now = () => toSeconds(clock())

  /** The account whose password the link sets; undefined if the link is none, or has been spent or outlived. */
  async function findUser(digest: string): Promise<User | undefined> {
    const user = await store.findUserByLink(digest)
    const { digest: current, expiresAt = 0 } = user?.passwordLink ?? {}
    const isGood = current === digest && now() < expiresAt
    return user !== undefined && isGood && isActiveAt(user, now()) ? user : undefined
  }

  async function setPassword(digest: string, pass: string, requester: Requester): Promise<void> {
    passwords.requireAcceptable(pass)
    const hash = await passwords.hash(pass, requester)
    for (;;) {
      const user = await findUser(digest)
      if (user === undefined) throw new Refusal('LinkGoneError')
      if (!(await store.replaceUser(user, withPassword(user, hash, now())))) continue
      audit.recordAccount('password_set_by_link', user, requester.address)
      return
    }
  }

  async function makeAccount(
    invitation: Invitation,
    { pass, user }: LinkRequest,
    requester: Requester
  ): Promise<void> {
    const name = chosenName(invitation, user)
    passwords.requireAcceptable(pass)
    // Saves a hash; `createUser` decides.
    if (await store.findUserByName(name)) throw new Refusal('UserAlreadyExistsError')
    const { email, groups, id } = invitation
    const record = createRecord({ name, email, groups, hash: await passwords.hash(pass, requester) }, now())
    await store.createUser(record, { ...(await decideName(name)), invitationId: id })
    audit.recordAccount('invitation_used', record, requester.address)
  }

  async function requireInvitation(digest: string): Promise<Invitation> {
    const invitation = await store.findInvitation(digest)
    if (invitation === undefined || now() >= invitation.expiresAt) throw new Refusal('LinkGoneError')
    return invitation
  }

  return {
    async look(token) {
      const digest = linkDigest(token)
      const account = await findUser(digest)
      if (account !== undefined) return { kind: 'password', user: account.name }
      const { user, email } = await requireInvitation(digest)
      return { kind: 'account', user, email }
    },

    async spend(token, request, requester) {
      const digest = linkDigest(token)
      if ((await findUser(digest)) !== undefined) {
        await setPassword(digest, request.pass, requester)
        return 'password'
      }
      await makeAccount(await requireInvitation(digest), request, requester)
      return 'account'
    }
  }
}

function chosenName({ user: invited }: Invitation, given: string | undefined): string {
  if (invited === undefined && given === undefined) throw new MissingArgument('user')
  const name = invited ?? normaliseNewUserName(given ?? '')
  const isOther = invited !== undefined && given !== undefined && normaliseNewUserName(given) !== invited
  if (isOther) throw invalidArgument('user', 'is not the name that the invitation gives')
  return name
}
