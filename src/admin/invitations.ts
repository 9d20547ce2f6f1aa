import { type Static, Type } from 'typebox'
import { Email, Groups, groupSet } from '../accounts/account-members.js'
import { normaliseNewUserName } from '../accounts/user-name.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { Invitation, Store } from '../store/store.js'
import type { Tokens } from '../tokens/tokens.js'
import { type Actor, requireRightToGive } from './authorization.js'
import { createLink, type GivenLink, invitationTtl, LinkTtl } from './links.js'
import { type Page, type PageRequest, pageByAge } from './paging.js'

const maxNameLength = 4 * 255

// Four bytes a character.
const longestName = '\u{1f600}'.repeat(255)

/** An invitation: the name, the address and the groups of the account that it makes, and its lifetime. */
export const InvitationRequest = Type.Object(
  {
    user: Type.Optional(Type.String({ minLength: 1, maxLength: maxNameLength })),
    email: Type.Optional(Email),
    groups: Type.Optional(Groups),
    expires_in: LinkTtl
  },
  { additionalProperties: false }
)
export type InvitationRequest = Static<typeof InvitationRequest>

/** An invitation as it is listed, without its link. Times are in seconds since the epoch. */
export interface InvitationView {
  id: string
  created_at: number
  expires_at: number
  user?: string
  email?: string
  groups: readonly string[]
}

/** The dependencies of invitations. */
export interface InvitationsDependencies {
  store: Store
  tokens: Pick<Tokens, 'requireShortClaims'>
  audit: Audit
  clock: Clock
  /** The address of a link with this token. */
  linkUrl(token: string): string
}

/** Invites people to make an account of their own. */
export interface Invitations {
  /**
   * An invitation with its link, once.
   *
   * @throws `InsufficientScopeError`, `InvalidArgumentError`, also for groups that would make the tokens of the account too long,
   *   `UserAlreadyExistsError`, `EmailTakenError`, `StoreUnavailableError`.
   */
  invite(request: InvitationRequest, actor: Actor): Promise<GivenLink & { id: string }>
  /** A page of the invitations that have not expired, the oldest first. @throws `InvalidArgumentError` for what is no cursor. */
  list(request: PageRequest): Promise<Page<InvitationView>>
  /** The invitation of this id, which may have expired. @throws `InvitationDoesNotExistError`. */
  require(id: string): Promise<InvitationView>
  /**
   * Removes an invitation: its link is of no use any more.
   *
   * @throws `InvitationDoesNotExistError`, `InsufficientScopeError` for one into `postern-admins`, `StoreUnavailableError`.
   */
  remove(id: string, actor: Actor): Promise<void>
}

/** See `Invitations`. */
export function createInvitations(dependencies: InvitationsDependencies): Invitations {
  const { store, tokens, audit, clock, linkUrl } = dependencies

  async function requireFree({ user, email }: Pick<Invitation, 'user' | 'email'>): Promise<void> {
    if (user !== undefined && (await store.findUserByName(user))) throw new Refusal('UserAlreadyExistsError')
    if (email !== undefined && (await store.findUserByEmail(email))) throw new Refusal('EmailTakenError')
  }

  async function find(id: string): Promise<Invitation> {
    const invitation = (await store.listInvitations()).find((one) => one.id === id)
    if (invitation === undefined) throw new Refusal('InvitationDoesNotExistError')
    return invitation
  }

  return {
    require: async (id) => describe(await find(id)),

    async invite({ user, email, groups = [], expires_in = invitationTtl }, actor) {
      requireRightToGive(actor, groups)
      const createdAt = toSeconds(clock())
      const { token, link } = createLink(createdAt, expires_in)
      const given = groupSet(groups)
      const invitation: Invitation = {
        id: createId(),
        createdAt,
        ...link,
        ...(user !== undefined && { user: normaliseNewUserName(user) }),
        ...(email !== undefined && { email }),
        ...(given !== undefined && { groups: given })
      }
      tokens.requireShortClaims({ name: invitation.user ?? longestName, groups: given })
      await requireFree(invitation)
      await store.createInvitation(invitation)
      audit.recordAction('invitation_made', actor, detailsOf(invitation))
      return { id: invitation.id, url: linkUrl(token), expires_at: link.expiresAt }
    },

    async list(request) {
      const now = toSeconds(clock())
      const living = (await store.listInvitations()).filter(({ expiresAt }) => now < expiresAt)
      const { items, ...next } = pageByAge(living, request)
      return { items: items.map(describe), ...next }
    },

    async remove(id, actor) {
      const invitation = await find(id)
      requireRightToGive(actor, invitation.groups ?? [])
      if (!(await store.removeInvitation(id))) throw new Refusal('InvitationDoesNotExistError')
      audit.recordAction('invitation_removed', actor, detailsOf(invitation))
    }
  }
}

function detailsOf({ id, user }: Invitation) {
  return { detail: `invitation ${id}`, ...(user !== undefined && { user }) }
}

function describe({ id, createdAt, expiresAt, user, email, groups = [] }: Invitation): InvitationView {
  return {
    id,
    created_at: createdAt,
    expires_at: expiresAt,
    ...(user !== undefined && { user }),
    ...(email !== undefined && { email }),
    groups
  }
}
