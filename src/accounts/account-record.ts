import { copyText } from '../copy-text.js'
import { invalidArgument } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { SecondFactor, User } from '../store/store.js'
import { groupSet, nextGeneration } from './account-members.js'

type Loose<T> = { readonly [Key in keyof T]: T[Key] | undefined }

/** The members of an account beside its name and its ids; an undefined one is none. */
export type NewMembers = Partial<
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

/** The members of an account that somebody gives it: an undefined one stays as it is, null removes one. */
export type GivenMembers = {
  readonly [Key in keyof NewMembers]: Key extends 'state' ? NewMembers[Key] : NewMembers[Key] | null
}

/** A new account: its name in canonical form, and its id if it has one already. */
export type NewAccount = NewMembers & Pick<User, 'name'> & { readonly uid?: string | undefined }

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
  const email = chosen(before.email, given.email)
  const isVerified = chosen(email === before.email && before.emailVerified, given.emailVerified) === true
  if (isVerified && email === undefined)
    throw invalidArgument('email_verified', 'is for an account with an email')
  const displayName = chosen(before.displayName, given.displayName)
  const externalId = chosen(before.externalId, given.externalId)
  const claims = chosen(before.claims, given.claims)
  return withoutUndefined({
    ...before,
    hash: chosen(before.hash, given.hash),
    state: given.state ?? before.state,
    email: email && copyText(email),
    emailVerified: isVerified || undefined,
    displayName: displayName && copyText(displayName),
    groups: given.groups === undefined ? before.groups : groupSet(given.groups ?? []),
    claims: claims && Object.keys(claims).length > 0 ? claims : undefined,
    expiresAt: chosen(before.expiresAt, given.expiresAt),
    externalId: externalId && copyText(externalId)
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

/**
 * The record with this second factor since this time in seconds: all tokens but `keptJti` end, since they were obtained without it.
 */
export function withFactor(before: User, secondFactor: SecondFactor, now: number, keptJti?: string): User {
  return withoutTokens({ ...withoutFactor(before), secondFactor }, now, keptJti)
}

/** The record without a second factor, and without one that is being set up. */
export function withoutFactor(before: User): User {
  return withoutUndefined({ ...before, secondFactor: undefined, pendingFactor: undefined })
}

/** The record without the link that sets a password. */
export function withoutLink(before: User): User {
  return withoutUndefined({ ...before, passwordLink: undefined })
}

function chosen<T>(before: T, given: T | null | undefined): T | undefined {
  return given === undefined ? before : (given ?? undefined)
}

function withoutUndefined(user: Loose<User>): User {
  const members = Object.entries(user).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as unknown as User
}
