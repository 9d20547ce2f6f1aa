import { createHash } from 'node:crypto'
import { Refusal } from '../errors/refusals.js'
import type { User } from '../store/store.js'

const hashDigest = 'sha256:'

/**
 * The text that tells a hash in the users file from another one. A digest without a salt is enough: who guesses a password pays for
 * the hash first.
 */
export function digestOfHash(hash: string): string {
  return hashDigest + createHash('sha256').update(hash).digest('hex')
}

/** The hash that a password in the users file was applied as, and is verified against; undefined if there is none. */
export function appliedHash({ appliedPassword }: Pick<User, 'appliedPassword'>): string | undefined {
  return appliedPassword?.startsWith(hashDigest) ? undefined : appliedPassword
}

/** The mark of an account that the users file manages, with its password as the file had it. */
export function markOf(appliedPassword: string | undefined): Pick<User, 'managedBy' | 'appliedPassword'> {
  return { managedBy: 'file', ...(appliedPassword !== undefined && { appliedPassword }) }
}

/** The account without that mark. */
export function withoutMark({ managedBy, appliedPassword, ...user }: User): User {
  return user
}

/** Requires a password that the users file does not manage. @throws `ManagedByFileError`. */
export function requireOwnPassword({ appliedPassword }: Pick<User, 'appliedPassword'>): void {
  if (appliedPassword !== undefined) throw new Refusal('ManagedByFileError')
}

/** Requires an account that the users file does not bring back to what it says. @throws `ManagedByFileError`. */
export function requireUnmanaged({ managedBy }: Pick<User, 'managedBy'>): void {
  if (managedBy === undefined) return
  throw new Refusal('ManagedByFileError', { message: 'The users file of the service manages this account.' })
}
