import { isImportableHash } from '../passwords/hash-formats.js'

/** The members of an account, as a line of `POST /admin/import` has them. */
export type AccountMembers = Record<string, unknown>

/** One account of a file. */
export interface ImportRecord {
  /** Its line, or the number of its entry where the file is one document. The first is 1. */
  line: number
  account: AccountMembers
  /** The reason why its hash cannot be taken; the account then has none. */
  refusedHash?: string
  /** The reason why it is no account at all. */
  fault?: string
}

/** The text of a file that is imported. */
export interface ImportSource {
  /** Without their line breaks. */
  lines(): AsyncIterable<string>
  text(): Promise<string>
  /** The text of the file with the parameters of the hashes, where they are in one of their own. */
  hashConfig?: string
  /** In seconds since the epoch. */
  now: number
}

/**
 * Reads the accounts of a file.
 *
 * @throws `InvalidFile` for a file that is not of the format.
 */
export type ImportReader = (source: ImportSource) => AsyncIterable<ImportRecord>

/** A file that is not what it should be. The message says what is wrong and quotes nothing. */
export class InvalidFile extends Error {
  override readonly name = 'InvalidFile'
}

const kinds: readonly [RegExp, string][] = [
  [/^\$apr1\$/, 'MD5 of Apache ($apr1$)'],
  [/^\{SHA\}/, 'SHA-1 without a salt ({SHA})'],
  [/^\$1\$/, 'MD5 crypt ($1$)'],
  [/^\$[56]\$/, 'SHA crypt ($5$, $6$)'],
  [/^\$(?:argon2|2[aby]\$|scrypt|pbkdf2-sha(?:256|512)\$)/, 'beyond the bounds of an import, or malformed'],
  [/^[./A-Za-z0-9]{13}$/, 'DES crypt']
]

/** The hash as a member of an account, or the reason why it cannot be taken. Neither without a hash. */
export function withHash(
  account: AccountMembers,
  hash: string | undefined
): Pick<ImportRecord, 'account' | 'refusedHash'> {
  if (hash === undefined || hash === '') return { account }
  if (isImportableHash(hash)) return { account: { ...account, hash } }
  const [, kind = 'of a kind that is not taken'] = kinds.find(([pattern]) => pattern.test(hash)) ?? []
  return { account, refusedHash: `its hash is ${kind}` }
}

/** The account without the members that are undefined or null. */
export function given(members: AccountMembers): AccountMembers {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null)
  )
}

/** The JSON value of a text. @throws `InvalidFile`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // V8's message quotes the text.
    throw new InvalidFile('it is not valid JSON')
  }
}

/**
 * The value of a member that has JSON as a text. A text that is none stays one: the service then refuses the account by its name, and
 * the others are imported.
 */
export function embeddedJson(member: unknown): unknown {
  if (typeof member !== 'string') return member
  if (member === '') return undefined
  try {
    return JSON.parse(member)
  } catch {
    return member
  }
}

/** Whether it is an object with members. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A member that is a text with anything in it; undefined for any other. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The objects of a list; a fault in the place of what is none. */
export function* recordsOf(
  list: unknown,
  read: (entry: Record<string, unknown>) => Omit<ImportRecord, 'line'>
): Generator<ImportRecord> {
  if (!Array.isArray(list)) throw new InvalidFile('it has no list of users')
  for (const [index, entry] of list.entries()) yield recordOf(entry, index + 1, read)
}

/** The record of an entry; a fault if that is no object. */
export function recordOf(
  entry: unknown,
  line: number,
  read: (entry: Record<string, unknown>) => Omit<ImportRecord, 'line'>
): ImportRecord {
  return isObject(entry) ? { line, ...read(entry) } : { line, account: {}, fault: 'it must be a JSON object' }
}

/** A time in milliseconds, also as a text, in seconds. */
export function secondsOf(milliseconds: unknown): number | undefined {
  const number = Number(milliseconds)
  return milliseconds !== null && milliseconds !== '' && Number.isFinite(number)
    ? Math.floor(number / 1000)
    : undefined
}

/** A time as a text, in seconds. */
export function timeOf(text: unknown): number | undefined {
  // PostgreSQL writes a space and an offset of hours.
  const iso = textOf(text)
    ?.replace(' ', 'T')
    .replace(/(:\d\d(?:\.\d+)?[+-]\d\d)$/, '$1:00')
  const time = iso === undefined ? Number.NaN : Date.parse(iso)
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000)
}
