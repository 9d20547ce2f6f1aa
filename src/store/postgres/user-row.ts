import { emailKey, type User } from '../store.js'
import { presentMembers } from './row-values.js'

/** The columns of a user, for the alias `u`. */
export const userColumns = `u.uid, u.name, u.state, u.gen, u.version, u.external_id AS "externalId", u.expires_at AS "expiresAt",
  u.managed_by AS "managedBy", u.last_login_at AS "lastLoginAt", u.claims, u.record`

/** A row with these columns; all are null where a join has found none. */
export type UserRow = { [Name in keyof User]: User[Name] | null } & { version: number; record: Partial<User> }

/** The user of a row. */
export function toUser({ record, version, ...columns }: UserRow): User {
  return { ...record, ...presentMembers(columns), ...(version > 0 && { version }) } as User
}

/** The columns that each change of a user writes. */
export function toUserRow(user: User): Record<string, unknown> {
  const { uid, name, state, gen, version, lastLoginAt, externalId, expiresAt, managedBy, claims, ...record } =
    user
  return {
    name,
    state,
    gen,
    email_key: user.email === undefined ? null : emailKey(user.email),
    external_id: externalId ?? null,
    link_digest: user.passwordLink?.digest ?? null,
    expires_at: expiresAt ?? null,
    managed_by: managedBy ?? null,
    claims: claims === undefined ? null : JSON.stringify(claims),
    record: JSON.stringify(record)
  }
}
