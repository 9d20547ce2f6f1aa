import type { Session, User } from '../store/store.js'

/** An account as the operator's calls tell it: neither its hash nor its link. Times are in seconds since the epoch. */
export interface AccountView {
  uid: string
  user: string
  /** As it is stored: an account whose `expires_at` has passed is barred whatever its state. */
  state: User['state']
  has_password: boolean
  email?: string
  /** Only with an `email`. */
  email_verified?: boolean
  display_name?: string
  groups: readonly string[]
  claims: Readonly<Record<string, unknown>>
  expires_at?: number
  external_id?: string
  created_at: number
  password_changed_at?: number
  last_login_at?: number
  managed_by?: 'file'
}

/** The account with what it has beside its record. */
export interface AccountDetails extends AccountView {
  /** The number of its living sessions. */
  sessions: number
  /** The number of its second factors: 1 with TOTP. */
  factors: number
}

/** An account, as the operator's calls tell it. */
export function describeAccount(user: User): AccountView {
  const { email, displayName, expiresAt, externalId, passwordChangedAt, lastLoginAt, managedBy } = user
  return {
    uid: user.uid,
    user: user.name,
    state: user.state,
    has_password: user.hash !== undefined,
    ...(email !== undefined && { email, email_verified: user.emailVerified === true }),
    ...(displayName !== undefined && { display_name: displayName }),
    groups: user.groups ?? [],
    claims: user.claims ?? {},
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    ...(externalId !== undefined && { external_id: externalId }),
    created_at: user.createdAt,
    ...(passwordChangedAt !== undefined && { password_changed_at: passwordChangedAt }),
    ...(lastLoginAt !== undefined && { last_login_at: lastLoginAt }),
    ...(managedBy !== undefined && { managed_by: managedBy })
  }
}

/** The same with the number of these living sessions. */
export function describeInFull(user: User, sessions: readonly Session[]): AccountDetails {
  return {
    ...describeAccount(user),
    sessions: sessions.length,
    factors: user.secondFactor === undefined ? 0 : 1
  }
}

/** The validator of a record (RFC 9110 §8.8.3). It changes with each change that the operator may make. */
export function versionTag({ version = 0 }: Pick<User, 'version'>): string {
  return `"${version}"`
}
