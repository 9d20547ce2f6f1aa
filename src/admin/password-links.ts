import { type Static, Type } from 'typebox'
import { isActiveAt } from '../accounts/account-members.js'
import { requireOwnPassword } from '../accounts/managed-account.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { User } from '../store/store.js'
import type { Actor } from './authorization.js'
import { createLink, type GivenLink, LinkTtl, passwordLinkTtl } from './links.js'
import type { RecordChanges } from './record-change.js'

/** The lifetime of a password link. */
export const PasswordLinkRequest = Type.Object({ expires_in: LinkTtl }, { additionalProperties: false })
export type PasswordLinkRequest = Static<typeof PasswordLinkRequest>

/** The dependencies of password links. */
export interface PasswordLinksDependencies {
  clock: Clock
  changes: RecordChanges
  /** The address of a link with this token. */
  linkUrl(token: string): string
}

/** Makes links with which a user sets a password. */
export interface PasswordLinks {
  /**
   * A link for an account, once. It ends the one that there was, and no token.
   *
   * @throws `UserDoesNotExistError`, also for an account that is barred, since its link would be of no use;
   *   `InsufficientScopeError`, `ManagedByFileError`, `StoreUnavailableError`.
   */
  makePasswordLink(uid: string, request: PasswordLinkRequest, actor: Actor): Promise<GivenLink>
}

/** See `PasswordLinks`. */
export function createPasswordLinks({ clock, changes, linkUrl }: PasswordLinksDependencies): PasswordLinks {
  return {
    async makePasswordLink(uid, { expires_in = passwordLinkTtl }, actor) {
      const now = toSeconds(clock())
      const { token, link } = createLink(now, expires_in)
      const change = (before: User) => {
        if (!isActiveAt(before, now)) {
          const message = 'The account is not active: nobody could sign in with the new password.'
          throw new Refusal('UserDoesNotExistError', { message })
        }
        requireOwnPassword(before)
        return { after: { ...before, passwordLink: link } }
      }
      await changes.replace(uid, actor, change, { name: 'password_link_made' })
      return { url: linkUrl(token), expires_at: link.expiresAt }
    }
  }
}
