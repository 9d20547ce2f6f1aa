import { isDeepStrictEqual } from 'node:util'
import { withMembers } from '../accounts/account-record.js'
import { appliedHash, digestOfHash, markOf, withoutMark } from '../accounts/managed-account.js'
import { membersOf, type SeedUser } from '../accounts/users-file.js'
import type { Passwords } from '../passwords/passwords.js'
import type { User } from '../store/store.js'
import { changeAccount, type NewHash } from './account-changes.js'

/** The password of a managed account: its new hash if it has changed, and how the file's is known again. */
export interface FilePassword {
  readonly hash: NewHash
  readonly applied: string | undefined
}

const memberNames = {
  email: 'email',
  emailVerified: 'email_verified',
  displayName: 'display_name',
  groups: 'groups',
  claims: 'claims',
  state: 'state',
  expiresAt: 'expires_at',
  externalId: 'external_id'
} as const satisfies Partial<Record<keyof User, string>>

/**
 * Compares the password in the file with the one that was applied. Of a password the argon2id hash of its application is kept
 * and no faster digest, nor one with a key from the data folder: whoever has users.json has most likely the folder, and
 * would guess by that digest instead of by the hash. So the comparison costs a verification; with a `hash` in the file it costs nothing.
 *
 * @throws as `Passwords.verify` and `Passwords.hash`.
 */
export async function filePassword(
  before: User,
  { hash, password }: SeedUser,
  passwords: Passwords
): Promise<FilePassword> {
  if (hash !== undefined) {
    const applied = digestOfHash(hash)
    return { hash: applied === before.appliedPassword ? undefined : hash, applied }
  }
  if (password === undefined) return { hash: undefined, applied: undefined }
  const former = appliedHash(before)
  if (former !== undefined && (await passwords.verify(former, password))) {
    // Else it would stay the cheaper one to guess by, once the parameters are raised.
    const applied = passwords.needsRehash(former) ? await passwords.hash(password) : former
    return { hash: undefined, applied }
  }
  const applied = await passwords.hash(password)
  return { hash: applied, applied }
}

/**
 * The managed account as the file says at this time in seconds: a member that the file leaves out is none. Whether the address is
 * verified stays, unless the file says it. It ends tokens and links as `changeAccount` does.
 *
 * @throws as `changeAccount`.
 */
export function reconciled(before: User, given: SeedUser, password: FilePassword, now: number): User {
  const { email, displayName, groups, claims, state, externalId, expiresAt, emailVerified } = membersOf(given)
  const patch = {
    email: email ?? null,
    ...(emailVerified !== undefined && { email_verified: emailVerified }),
    display_name: displayName ?? null,
    groups: [...(groups ?? [])],
    state: state ?? 'active',
    expires_at: expiresAt ?? null,
    external_id: externalId ?? null
  }
  // Not by the patch, which would merge the claims. A kept argon2 hash of the same password is renewed with the account's.
  const hash = before.hash === appliedHash(before) ? password.applied : undefined
  const base = withMembers(before, { claims: claims ?? null, ...(isRenewal(before, password) && { hash }) })
  return { ...withoutMark(changeAccount(base, patch, password.hash, now)), ...markOf(password.applied) }
}

/** The names of the members that a change by the file is about. */
export function changedMembers(before: User, after: User, { hash }: FilePassword): string[] {
  const changed = Object.entries(memberNames)
    .filter(([key]) => !isDeepStrictEqual(before[key as keyof User], after[key as keyof User]))
    .map(([, name]) => name)
  return hash === undefined ? changed : [...changed, 'password']
}

function isRenewal(before: User, { hash, applied }: FilePassword): boolean {
  return (
    hash === undefined &&
    applied !== undefined &&
    appliedHash(before) !== undefined &&
    applied !== before.appliedPassword
  )
}
