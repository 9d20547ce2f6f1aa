import { type TSchema, Type } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { copyText } from '../copy-text.js'
import { invalidArgument } from '../errors/refusals.js'
import type { User } from '../store/store.js'
import { reservedClaims } from '../tokens/claims.js'

const maxEmailLength = 254
const maxLocalPartLength = 64
const maxTextLength = 255
const maxGroups = 100
const maxClaimsLength = 4096
const maxClaimsDepth = 8

/** The group of the operator's people, who may call what the operator may. */
export const adminsGroup = 'postern-admins'

// RFC 5321 §4.1.2, without quoted local parts and address literals, which mail providers do not give. Beyond ASCII by RFC 6531.
const localPart = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u
const domain =
  /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?)*$/u

const groupName = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

// Nobody reads them, and a database or a terminal may not take them.
const unreadable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

/** An e-mail address (RFC 5321). */
export const Email = Type.Refine(
  Type.String(),
  isEmail,
  () => `must be an e-mail address of at most ${maxEmailLength} characters`
)

/** The name by which people know the user. */
export const DisplayName = Type.Refine(
  Type.String(),
  isText,
  () => `must be 1 to ${maxTextLength} characters, none of them control characters`
)

/** Requires a display name that an account may have. @throws `InvalidArgumentError` that says what is wrong with it. */
export function requireDisplayName(displayName: string): void {
  requireMember('display_name', DisplayName, displayName)
}

/** The groups of a user, in any order. */
export const Groups = Type.Refine(
  Type.Array(Type.String()),
  (groups) => groups.length <= maxGroups && groups.every((group) => groupName.test(group)),
  () =>
    `must be at most ${maxGroups} groups, each of 1 to 64 letters, digits and ._:- and beginning with a letter or a digit`
)

/** A user's own claims, beside those of Postern. */
export const OwnClaims = Type.Refine(
  Type.Refine(
    Type.Record(Type.String(), Type.Unknown()),
    (claims) => !Object.keys(claims).some((name) => reservedClaims.has(name)),
    () =>
      `must not hold a claim that Postern makes: ${[...reservedClaims].join(', ')}; groups and email are members of the account`
  ),
  isBounded,
  () =>
    `must be at most ${maxClaimsLength / 1024} KiB of JSON, ${maxClaimsDepth} levels deep, of well-formed Unicode without U+0000`
)

/** Requires claims that an account may be given as its own. @throws `InvalidArgumentError` that says what is wrong with them. */
export function requireOwnClaims(claims: Readonly<Record<string, unknown>>): void {
  requireMember('claims', OwnClaims, claims)
}

/** The id of an account in the system that it was imported from. */
export const ExternalId = Type.Refine(
  Type.String(),
  isText,
  () => `must be 1 to ${maxTextLength} characters, none of them control characters`
)

/** A state of an account. */
export const State = Type.Enum(['active', 'disabled', 'deleted'])

/** The groups as an account keeps them, a sorted set; undefined for none. */
export function groupSet(groups: readonly string[]): readonly string[] | undefined {
  return groups.length === 0 ? undefined : [...new Set(groups)].sort().map(copyText)
}

/** The groups of the second account that the first has not. */
export function givenGroups(
  { groups: had = [] }: Pick<User, 'groups'>,
  { groups = [] }: Pick<User, 'groups'>
): string[] {
  return groups.filter((group) => !had.includes(group))
}

/** Whether a user may act at this time, in seconds: neither disabled, deleted nor expired. */
export function isActiveAt({ state, expiresAt }: Pick<User, 'state' | 'expiresAt'>, now: number): boolean {
  return state === 'active' && (expiresAt === undefined || now < expiresAt)
}

/**
 * The token generation that ends all earlier tokens. It follows the time, in seconds, so that an account from a restored backup
 * does not get the same one a second time.
 */
export function nextGeneration({ gen }: Pick<User, 'gen'>, now: number): number {
  return Math.max(gen + 1, now)
}

function requireMember(argument: string, schema: TSchema, value: unknown): void {
  if (Check(schema, value)) return
  const [error] = Errors(schema, value)
  throw invalidArgument(argument, error?.message ?? 'is malformed')
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  return (
    at > 0 &&
    text.length <= maxEmailLength &&
    local.length <= maxLocalPartLength &&
    localPart.test(local) &&
    domain.test(text.slice(at + 1))
  )
}

function isText(text: string): boolean {
  const { length } = [...text.slice(0, 2 * maxTextLength + 1)]
  return length >= 1 && length <= maxTextLength && text.isWellFormed() && !unreadable.test(text)
}

// The depth comes first: V8 gives up on the text of thousands of levels.
function isBounded(claims: object): boolean {
  return isSound(claims, 1) && Buffer.byteLength(JSON.stringify(claims)) <= maxClaimsLength
}

function isSound(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  if (depth > maxClaimsDepth) return false
  return Object.entries(value).every(([key, member]) => isSound(key, depth) && isSound(member, depth + 1))
}
