import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { normaliseUserName } from '../accounts/user-name.js'
import { invalidArgument } from '../errors/refusals.js'
import { isId } from '../ids.js'
import { isImportableHash, usableHashRule } from '../passwords/hash-formats.js'
import { NewAccount } from './account-changes.js'
import { maxLineLength } from './import-request.js'

const { user, hash, invite: _, pass: __, ...members } = NewAccount.properties

const Time = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000 })

/** An account as `user export` prints it. An import keeps its uid and its times, and does not take the mark of the users file. */
const ImportedAccount = Type.Object(
  {
    user,
    hash,
    ...members,
    uid: Type.Optional(Type.Refine(Type.String(), isId, () => 'must be 32 hex digits')),
    created_at: Type.Optional(Time),
    password_changed_at: Type.Optional(Time),
    last_login_at: Type.Optional(Time),
    managed_by: Type.Optional(Type.Literal('file'))
  },
  { additionalProperties: false }
)
export type ImportedAccount = Static<typeof ImportedAccount>

const compile = () => Compile(ImportedAccount)
let validator: ReturnType<typeof compile> | undefined

/** The user that a line is about, as far as it says so. */
export function namedUser(value: unknown): string | undefined {
  const { user } = Object(value) as { user?: unknown }
  return typeof user === 'string' ? user : undefined
}

/** The value of a line; undefined for one that is no JSON, or too long to be looked at. */
export function parseLine(line: string): unknown {
  if (line.length > maxLineLength) return undefined
  try {
    return JSON.parse(line)
  } catch {
    // V8's message quotes the text.
    return undefined
  }
}

/**
 * The account that is the value of this line, its name in canonical form.
 *
 * @throws `InvalidArgumentError` that names the member, and never repeats its value.
 */
export function requireAccount(value: unknown, line: string): ImportedAccount {
  if (line.length > maxLineLength)
    throw invalidArgument('line', `must be at most ${maxLineLength} characters`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument('line', 'must be a JSON object')
  }
  validator ??= compile()
  if (!validator.Check(value)) throw faultOf(validator.Errors(value))
  if (value.hash !== undefined && !isImportableHash(value.hash)) {
    throw invalidArgument('hash', `${usableHashRule}, within the bounds of an import`)
  }
  return { ...value, user: normaliseUserName(value.user) }
}

// An unknown member comes first: it is most likely the misspelt one that is missing.
function faultOf(errors: readonly TLocalizedValidationError[]) {
  const unknown = errors.find(({ keyword }) => keyword === 'boolean')
  if (unknown !== undefined) return invalidArgument(memberOf(unknown), 'is no member of an account')
  const [error] = errors
  if (error?.keyword === 'required') {
    return invalidArgument(String(error.params.requiredProperties[0]), 'is missing')
  }
  return invalidArgument(error === undefined ? 'line' : memberOf(error), error?.message ?? 'is malformed')
}

// Somebody's secret may stand in the place of a name.
function memberOf({ instancePath }: TLocalizedValidationError): string {
  const [, name = ''] = instancePath.split('/')
  return /^[a-z_]{1,32}$/.test(name) ? name : 'a member'
}
