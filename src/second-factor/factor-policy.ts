import type { User } from '../store/store.js'

/** How somebody was authenticated by a password and a code of a second factor (RFC 8176). */
export const byPasswordAndCode: readonly string[] = ['pwd', 'otp', 'mfa']

/** Whether an account must have a second factor. Costs nothing where the settings ask for none. */
export type FactorPolicy = (user: Pick<User, 'groups'>) => boolean

/** The settings of the second factor. */
export interface FactorPolicyOptions {
  /** Whether every account must have one. */
  isRequired: boolean
  /** The groups whose members must have one. */
  groups: readonly string[]
}

/** See `FactorPolicy`. */
export function createFactorPolicy({ isRequired, groups }: FactorPolicyOptions): FactorPolicy {
  if (isRequired) return () => true
  if (groups.length === 0) return () => false
  return (user) => user.groups?.some((group) => groups.includes(group)) === true
}
