import { isDeepStrictEqual } from 'node:util'
import { type Static, type TSchema, Type } from 'typebox'
import {
  adminsGroup,
  DisplayName,
  Email,
  ExternalId,
  Groups,
  givenGroups,
  isActiveAt,
  requireOwnClaims,
  State
} from '../accounts/account-members.js'
import { withMembers, withoutFactor, withoutLink, withoutTokens } from '../accounts/account-record.js'
import { normaliseNewUserName } from '../accounts/user-name.js'
import type { User } from '../store/store.js'
import { reservedClaims } from '../tokens/claims.js'
import { isWithinDepth, mergePatch } from './merge-patch.js'

// The range of JavaScript's dates, in seconds.
const maxTime = 8_640_000_000_000

// No name and no password that is allowed is longer; the domain judges the rest.
const maxNameLength = 4 * 255
const maxPasswordLength = 4 * 1024

// No claims that are allowed are deeper. A patch is judged before it is merged, since a body may hold thousands of levels.
const maxPatchDepth = 8

const UserName = Type.String({ minLength: 1, maxLength: maxNameLength })
const Password = Type.String({ minLength: 1, maxLength: maxPasswordLength, writeOnly: true })
const Claims = Type.Refine(
  Type.Record(Type.String(), Type.Unknown()),
  (claims) => isWithinDepth(claims, maxPatchDepth),
  () => `must be at most ${maxPatchDepth} levels deep`
)
const nullable = <Schema extends TSchema>(schema: Schema, options = {}) =>
  Type.Optional(Type.Union([schema, Type.Null()], options))

const members = {
  email: Email,
  email_verified: Type.Boolean(),
  display_name: DisplayName,
  groups: Groups,
  claims: Claims,
  expires_at: Type.Integer({ minimum: 0, maximum: maxTime }),
  external_id: ExternalId
}

/** A new account: its name, what the operator sets of it, and at most one of a password, a hash of one and an invitation. */
export const NewAccount = Type.Object(
  {
    user: UserName,
    pass: Type.Optional(Password),
    hash: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, writeOnly: true })),
    invite: Type.Optional(Type.Boolean()),
    state: Type.Optional(State),
    ...Type.Partial(Type.Object(members)).properties
  },
  { additionalProperties: false }
)
export type NewAccount = Static<typeof NewAccount>

/** A merge patch (RFC 7396) of what the operator sets of an account. Null removes a member, `pass` included. */
export const AccountPatch = Type.Object(
  {
    user: Type.Optional(UserName),
    pass: nullable(Password, { writeOnly: true }),
    state: Type.Optional(State),
    email: nullable(members.email),
    email_verified: nullable(members.email_verified),
    display_name: nullable(members.display_name),
    groups: nullable(members.groups),
    claims: nullable(members.claims),
    expires_at: nullable(members.expires_at),
    external_id: nullable(members.external_id),
    second_factor: Type.Optional(Type.Null({ description: 'Null removes the second factor.' }))
  },
  { additionalProperties: false }
)
export type AccountPatch = Static<typeof AccountPatch>

/** The members of a patch that a new account has, too, beside its name and its password. */
export type MemberPatch = Omit<AccountPatch, 'user' | 'pass' | 'second_factor'>

/** The password that a change gives: its hash, null for none from now on, undefined for the one that the account has. */
export type NewHash = string | null | undefined

/**
 * The account with these members. A changed e-mail address is not verified, unless the patch says so.
 *
 * @throws as `withMembers`; `InvalidArgumentError` for claims that an account may not have. A claim that Postern makes since, and
 *   that the account had before, may stay as it is.
 */
export function withPatch(before: User, patch: MemberPatch): User {
  return withMembers(before, {
    state: patch.state,
    email: patch.email,
    emailVerified: patch.email_verified,
    displayName: patch.display_name,
    groups: patch.groups,
    claims: patchedClaims(before.claims, patch.claims),
    expiresAt: patch.expires_at,
    externalId: patch.external_id
  })
}

/**
 * The account after this change by the operator, at a time in seconds. A taken group, a rename, a new state, a new password and the
 * removal of a second factor raise the token generation, which ends all earlier tokens, the kept one included. A new password, state or e-mail address
 * ends the password link, and so does membership of `postern-admins`.
 *
 * @throws as `withPatch`; `InvalidArgumentError` for a name that no new account may have.
 */
export function changeAccount(
  before: User,
  { user, pass, second_factor: factor, ...patch }: AccountPatch,
  hash: NewHash,
  now: number
): User {
  const name = user === undefined ? before.name : renamed(before, user)
  const base = factor === null ? withoutFactor(before) : before
  const changed = withPatch({ ...base, name }, patch)
  const hasNewState = changed.state !== before.state || isActiveAt(changed, now) !== isActiveAt(before, now)
  const hasNewPassword = hash !== undefined
  const hasLostFactor = changed.secondFactor === undefined && before.secondFactor !== undefined
  const endsTokens =
    hasNewState ||
    hasNewPassword ||
    hasLostFactor ||
    name !== before.name ||
    givenGroups(changed, before).length > 0
  // Its maker may not set the password of a member.
  const isNewAdmin = givenGroups(before, changed).includes(adminsGroup)
  const endsLink = hasNewState || hasNewPassword || isNewAdmin || changed.email !== before.email
  const ended = endsTokens ? withoutTokens(changed, now) : changed
  const after = endsLink ? withoutLink(ended) : ended
  return hasNewPassword ? { ...withMembers(after, { hash }), passwordChangedAt: now } : after
}

// An account that is older than the rules for new names keeps its name.
function renamed(before: User, name: string): string {
  return name === before.name ? name : normaliseNewUserName(name)
}

function patchedClaims(before: User['claims'], patch: MemberPatch['claims']): MemberPatch['claims'] {
  if (patch === undefined || patch === null) return patch
  const claims = mergePatch(before ?? {}, patch)
  const isLegacy = (name: string) =>
    reservedClaims.has(name) &&
    before !== undefined &&
    Object.hasOwn(before, name) &&
    isDeepStrictEqual(before[name], claims[name])
  const judged = Object.fromEntries(Object.entries(claims).filter(([name]) => !isLegacy(name)))
  requireOwnClaims(judged)
  return claims
}
