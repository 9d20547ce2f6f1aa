import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { describeFault, readSettingDocument, wrongDocument } from '../config/setting-document.js'
import { Refusal } from '../errors/refusals.js'
import type { StartupError } from '../errors/startup-error.js'
import { isId } from '../ids.js'
import { isUsableHash, usableHashRule } from '../passwords/hash-formats.js'
import { emailKey } from '../store/store.js'
import { newlyReservedClaims, reservedClaims } from '../tokens/claims.js'
import { DisplayName, Email, ExternalId, Groups, State } from './account-members.js'
import type { NewMembers } from './account-record.js'
import { normaliseUserName } from './user-name.js'

// The range of JavaScript's dates, in seconds.
const maxTime = 8_640_000_000_000

// A file may name accounts that an older release has made, whose claims it judges no more. A new account is judged as it is made.
const formerlyReserved = [...reservedClaims].filter((name) => !newlyReservedClaims.has(name))
const SeedClaims = Type.Refine(
  Type.Record(Type.String(), Type.Unknown()),
  (claims) => !formerlyReserved.some((name) => Object.hasOwn(claims, name)),
  () => `must not hold a claim that Postern makes: ${formerlyReserved.join(', ')}`
)

/**
 * A user of the file: its name, a password or a hash of one, and other members of an account. `active: false` is deleted. A managed
 * one is kept as the file says.
 */
export const SeedUser = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    password: Type.Optional(Type.String({ minLength: 1 })),
    hash: Type.Optional(Type.Refine(Type.String(), isUsableHash, () => usableHashRule)),
    uid: Type.Optional(Type.Refine(Type.String(), isId, () => 'must be 32 hex digits')),
    email: Type.Optional(Email),
    email_verified: Type.Optional(Type.Boolean()),
    display_name: Type.Optional(DisplayName),
    groups: Type.Optional(Groups),
    claims: Type.Optional(SeedClaims),
    state: Type.Optional(State),
    active: Type.Optional(Type.Boolean()),
    managed: Type.Optional(Type.Boolean()),
    external_id: Type.Optional(ExternalId),
    expires_at: Type.Optional(Type.Integer({ minimum: 0, maximum: maxTime }))
  },
  { additionalProperties: false }
)
type SeedMembers = Static<typeof SeedUser>
/** An undefined member counts as left out. */
export type SeedUser = { [Member in keyof SeedMembers]: SeedMembers[Member] | undefined } & { name: string }

/** The members of the account of such a user, as a record holds them. */
export function membersOf(user: SeedUser): NewMembers {
  const { email, groups, claims, state, active } = user
  return {
    email,
    emailVerified: user.email_verified,
    displayName: user.display_name,
    groups,
    claims,
    state: state ?? (active === false ? 'deleted' : 'active'),
    externalId: user.external_id,
    expiresAt: user.expires_at
  }
}

/**
 * The users in a file of JSON or YAML: an array of `SeedUser`, each with either a password or a hash; a managed one may have neither.
 *
 * @throws `StartupError` (wrong setting) that says which member of which user is wrong, and never quotes it.
 */
export async function readUsersFile(path: string): Promise<SeedUser[]> {
  return requireUsers(await readSettingDocument(usersFile, path))
}

const usersFile = { setting: 'POSTERN_USERS_FILE', content: 'an array of users' }

const compileUsers = () => Compile(Type.Array(SeedUser))
// Cached for the next start in this process: tests start many.
let validator: ReturnType<typeof compileUsers> | undefined

type Refuse = (reason: string) => Error

/**
 * The same for users in memory.
 *
 * @param wrong makes what is thrown of the reason; as `readUsersFile` unless told otherwise.
 */
export function requireUsers(given: unknown, wrong: Refuse = wrongFile): SeedUser[] {
  const value = Array.isArray(given) ? given.map((user, index) => byOwnNames(user, index, wrong)) : given
  validator ??= compileUsers()
  if (!validator.Check(value)) {
    throw wrong(describeFault(validator.Errors(value), 'a user'))
  }
  requireDifferent(value, wrong)
  const seen = new Set<string>()
  for (const [index, user] of value.entries()) {
    requireOnePassword(user, index, wrong)
    if (user.state !== undefined && user.active !== undefined) {
      throw wrong(`/${index} must not have both state and active`)
    }
    const name = requireName(user.name, index, wrong)
    if (seen.has(name)) throw wrong(`/${index}/name is the same as an earlier one`)
    seen.add(name)
  }
  return value
}

// A managed user may have none: it sets one by a link, and keeps it.
function requireOnePassword({ password, hash, managed }: SeedUser, index: number, wrong: Refuse): void {
  const isOne = (password === undefined) !== (hash === undefined)
  const isNone = password === undefined && hash === undefined
  if (isOne || (isNone && managed === true)) return
  throw wrong(`/${index} must have either a password or a hash`)
}

/** Refuses a file with two users that cannot both be accounts. */
function requireDifferent(users: readonly SeedUser[], wrong: Refuse): void {
  for (const member of ['uid', 'email', 'external_id'] as const) {
    const seen = new Set<string>()
    for (const [index, { [member]: value }] of users.entries()) {
      if (value === undefined) continue
      const key = member === 'email' ? emailKey(value) : value
      if (seen.has(key)) throw wrong(`/${index}/${member} is the same as an earlier one`)
      seen.add(key)
    }
  }
}

// The names that the calls, and those who write JavaScript, have for the same.
const otherNames = {
  user: 'name',
  username: 'name',
  pass: 'password',
  emailVerified: 'email_verified',
  displayName: 'display_name',
  externalId: 'external_id',
  expiresAt: 'expires_at'
}

function byOwnNames(user: unknown, index: number, wrong: Refuse): unknown {
  if (typeof user !== 'object' || user === null || Array.isArray(user)) return user
  const named: Record<string, unknown> = { ...user }
  for (const [other, name] of Object.entries(otherNames)) {
    if (!Object.hasOwn(named, other)) continue
    if (Object.hasOwn(named, name) && named[name] !== named[other]) {
      throw wrong(`/${index}/${other} differs from ${name}`)
    }
    named[name] = named[other]
    delete named[other]
  }
  return named
}

function requireName(name: string, index: number, wrong: Refuse): string {
  try {
    return normaliseUserName(name)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw wrong(`/${index}/name is refused: ${error.message}`)
  }
}

function wrongFile(reason: string): StartupError {
  return wrongDocument(usersFile, reason)
}
