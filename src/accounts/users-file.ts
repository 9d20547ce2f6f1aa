import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { readSettingFile } from '../config/setting-file.js'
import { Refusal } from '../errors/refusals.js'
import { StartupError } from '../errors/startup-error.js'
import { isId } from '../ids.js'
import { isUsableHash } from '../passwords/hash-formats.js'
import { reservedClaims } from '../tokens/claims.js'
import { normaliseUserName } from './user-name.js'

/** A user's own claims, beside those of Postern. */
export const ExtraClaims = Type.Refine(
  Type.Record(Type.String(), Type.Unknown()),
  (claims) => !Object.keys(claims).some((name) => reservedClaims.has(name)),
  () => `must not hold a claim that Postern makes: ${[...reservedClaims].join(', ')}`
)

/** An initial user: its name, and a password or a hash of one. */
export const SeedUser = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    password: Type.Optional(Type.String({ minLength: 1 })),
    hash: Type.Optional(
      Type.Refine(Type.String(), isUsableHash, () => 'must be a usable argon2 or bcrypt hash')
    ),
    uid: Type.Optional(Type.Refine(Type.String(), isId, () => 'must be 32 hex digits')),
    claims: Type.Optional(ExtraClaims),
    active: Type.Optional(Type.Boolean())
  },
  { additionalProperties: false }
)
export type SeedUser = Static<typeof SeedUser>

/**
 * The users in a JSON file: an array of `SeedUser`, each with either a password or a hash.
 *
 * @throws `StartupError` (wrong setting) that says which member of which user is wrong, and never quotes it.
 */
export async function readUsersFile(path: string): Promise<SeedUser[]> {
  return requireUsers(parse((await readSettingFile('POSTERN_USERS_FILE', path)).toString()))
}

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
    throw wrong(faultOf(validator.Errors(value)))
  }
  const seen = new Set<string>()
  for (const [index, user] of value.entries()) {
    if ((user.password === undefined) === (user.hash === undefined)) {
      throw wrong(`/${index} must have either a password or a hash`)
    }
    const name = requireName(user.name, index, wrong)
    if (seen.has(name)) throw wrong(`/${index}/name is the same as an earlier one`)
    seen.add(name)
  }
  return value
}

// An unknown member comes first: it is most likely the misspelt one that is missing.
function faultOf(errors: readonly TLocalizedValidationError[]): string {
  const unknown = errors.find(({ keyword }) => keyword === 'boolean')
  if (unknown !== undefined) return `${unknown.instancePath} is no member of a user`
  const [error] = errors
  if (error?.keyword === 'required')
    return `${error.instancePath}/${error.params.requiredProperties[0]} is missing`
  if (error?.keyword === 'type')
    return `${error.instancePath || 'the document'} must be of the type ${error.params.type}`
  return `${error?.instancePath} ${error?.message}`
}

// The names that the calls have for the same.
const otherNames = { user: 'name', username: 'name', pass: 'password' }

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

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // V8's message quotes the text.
    throw wrongFile('it is not valid JSON')
  }
}

function wrongFile(reason: string): StartupError {
  const message = `POSTERN_USERS_FILE takes a JSON file with an array of users: ${reason}`
  return new StartupError('wrongSetting', message)
}
