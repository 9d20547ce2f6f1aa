import { copyText } from '../copy-text.js'
import { invalidArgument } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { User } from '../store/store.js'
import { groupSet, nextGeneration } from './account-members.js'

type Loose<T> = { readonly [Key in keyof T]: T[Key] | undefined }

/** The members of an account that somebody gives it; an undefined one stays as it is. */
export type GivenMembers = Partial<
  Loose<
    Pick<
      User,
      | 'hash'
      | 'state'
      | 'email'
      | 'emailVerified'
      | 'displayName'
      | 'groups'
      | 'claims'
      | 'expiresAt'
      | 'externalId'
    >
  >
>

/** A new account: its name in canonical form, and its id if it has one already. */
export type NewAccount = GivenMembers & Pick<User, 'name'> & { readonly uid?: string | undefined }

/** The record of a new account, made at this time in seconds. @throws as `withMembers`. */
export function createRecord({ name, uid = createId(), ...members }: NewAccount, now: number): User {
  return withMembers({ uid, name, state: 'active', gen: 0, createdAt: now }, members)
}

/**
 * The record with these members, whose form was judged before. Another address is not verified unless they say so. Empty groups and
 * claims are left out.
 *
 * @throws `InvalidArgumentError` for a verified address where there is none.
 */
export function withMembers(before: User, given: GivenMembers): User {
  const email = given.email ?? before.email
  const isVerified = given.emailVerified ?? (email === before.email && before.emailVerified === true)
  if (isVerified && email === undefined)
    throw invalidArgument('email_verified', 'is for an account with an email')
  const claims = given.claims ?? before.claims
  return withoutUndefined({
    ...before,
    hash: given.hash ?? before.hash,
    state: given.state ?? before.state,
    email: email && copyText(email),
    emailVerified: isVerified || undefined,
    displayName: given.displayName === undefined ? before.displayName : copyText(given.displayName),
    groups: given.groups === undefined ? before.groups : groupSet(given.groups),
    claims: claims && Object.keys(claims).length > 0 ? claims : undefined,
    expiresAt: given.expiresAt ?? before.expiresAt,
    externalId: given.externalId === undefined ? before.externalId : copyText(given.externalId)
  })
}

/** The record with this password since this time in seconds: the link that sets one ends, and all tokens but `keptJti`. */
export function withPassword(before: User, hash: string, now: number, keptJti?: string): User {
  return { ...withoutLink(withoutTokens(before, now, keptJti)), hash, passwordChangedAt: now }
}

/** The record whose tokens have ended at this time in seconds, all but the access token `keptJti`. */
export function withoutTokens(before: User, now: number, keptJti?: string): User {
  return withoutUndefined({ ...before, gen: nextGeneration(before, now), keptJti })
}

/** The record without the link that sets a password. */
export function withoutLink(before: User): User {
  return withoutUndefined({ ...before, passwordLink: undefined })
}

function withoutUndefined(user: Loose<User>): User {
  const members = Object.entries(user).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as unknown as User
}
