import { isUtf8 } from 'node:buffer'
import { Refusal } from '../errors/refusals.js'

/** The maximum number of arguments. No call takes more than four; each further one costs time and memory for nothing. */
export const maxKeys = 1000

/** Arguments by key. Nothing is inherited, so that a key such as `__proto__` is only a key. */
export type Arguments = Record<string, unknown>

// V8 makes a dictionary of what `Object.create(null)` returns, and takes five times as long to fill it.
function EmptyArguments() {}
EmptyArguments.prototype = Object.freeze(Object.create(null))

/** No arguments yet. */
export function emptyArguments(): Arguments {
  return new (EmptyArguments as unknown as new () => Arguments)()
}

/** The unparsed query string that the server's `querystringParser` keeps for `parseQuery`. */
export interface RawQuery {
  text: string
  [key: string]: unknown
}

/** The arguments of one request by their source. A request has one body: JSON or form (of either type), never both. */
export interface Sources {
  json?: Arguments
  query?: Arguments
  form?: Arguments
  /** The access tokens in the URLs that a proxy asks about. */
  forwarded?: string[]
  /** Whether the header may hold the credential of another scheme, which is for the page: browsers present the cookie of a site. */
  ignoresOtherSchemes?: boolean
}

/** One set of arguments out of all sources: JSON wins over the query string, the query string over the form. */
export function mergeArguments({ json, query, form }: Sources): Arguments {
  if (query !== undefined && json === undefined && form === undefined) return query
  return Object.assign(emptyArguments(), form, query, json)
}

/**
 * Decodes a body as UTF-8.
 *
 * @throws `MalformedRequestError` for anything that is not UTF-8: a replacement character must never stand in for
 *   what a client meant as part of a name or a password.
 */
export function decodeUtf8(body: Buffer): string {
  if (!isUtf8(body)) throw malformedRequest('The body is not valid UTF-8.')
  return body.toString()
}

/**
 * The members of a JSON object.
 *
 * @throws `MalformedRequestError` for text that is not JSON, or is JSON but no object, and for over 1000 members.
 */
export function parseJsonArguments(text: string): Arguments {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // V8's message quotes the text, and with it, perhaps, a password.
    throw malformedRequest('The body is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedRequest('The body must be a JSON object.')
  }
  if (Object.keys(value).length > maxKeys) throw tooManyKeys()
  return copyOwn(value)
}

/**
 * The arguments of a query string, without its question mark.
 *
 * @throws `MalformedRequestError` for a repeated key, over 1000 keys, a percent-escape that is cut short or no UTF-8, and for
 *   raw bytes outside of ASCII, which a URL cannot hold (RFC 3986 §2).
 */
export function parseQuery(text: string): Arguments {
  if (text === '') return emptyArguments()
  if (/[^\x21-\x7e]/.test(text))
    throw malformedRequest('The query string holds characters that must be percent-encoded.')
  return parseUrlEncoded(text)
}

/**
 * The arguments of an `application/x-www-form-urlencoded` body that was decoded as UTF-8.
 *
 * @throws `MalformedRequestError` for a repeated key, over 1000 keys, a percent-escape that is cut short or no UTF-8, and for
 *   a replacement character, the trace of bytes that are no UTF-8.
 */
export function parseForm(text: string): Arguments {
  if (text.includes('\ufffd')) throw malformedRequest('The body is not valid UTF-8.')
  try {
    return parseUrlEncoded(text)
  } catch (error) {
    throw isLikeJson(text)
      ? malformedRequest('The body looks like JSON, and its Content-Type is a form.')
      : error
  }
}

/** Whether a text, or what has become of it as the key of a form, begins as a JSON object does. */
export function isLikeJson(text: string): boolean {
  return /^\s*\{/.test(text)
}

function parseUrlEncoded(text: string): Arguments {
  const values = emptyArguments()
  // Most texts hold neither: a token does not.
  const isEncoded = text.includes('%') || text.includes('+')
  let count = 0
  for (let start = 0, end: number; start <= text.length; start = end + 1) {
    end = indexOrEnd(text, '&', start)
    count += 1
    if (count > maxKeys) throw tooManyKeys()
    if (end === start) continue
    const pair = text.slice(start, end)
    const separator = indexOrEnd(pair, '=', 0)
    const key = decode(pair.slice(0, separator), isEncoded)
    if (key in values) throw malformedRequest('A key is given more than once.')
    values[key] = decode(pair.slice(separator + 1), isEncoded)
  }
  return values
}

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from)
  return index === -1 ? text.length : index
}

function decode(text: string, isEncoded: boolean): string {
  if (!isEncoded) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformedRequest('A percent-escape is malformed or is not UTF-8.')
  }
}

// `Object.assign` from a JSON object calls the `__proto__` setter of an ordinary target; these arguments inherit none, so that
// even that key stays data.
function copyOwn(value: object): Arguments {
  return Object.assign(emptyArguments(), value)
}

/** The refusal of over 1000 arguments. */
export function tooManyKeys(): Refusal {
  return malformedRequest(`There are over ${maxKeys} keys.`)
}

/** A `MalformedRequestError` that names the fault without quoting the input. */
export function malformedRequest(message: string): Refusal {
  return new Refusal('MalformedRequestError', { message })
}
