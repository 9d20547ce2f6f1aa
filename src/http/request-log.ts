import type { FastifyRequest } from 'fastify'
import { argumentNames, secretArguments } from './argument-names.js'
import { isFromOperatorSocket } from './operator-calls.js'
import { pathOf } from './request-target.js'

// The user information before the host: in an authority, the whole target of a CONNECT, or after two slashes.
const userInfo = /^(\/{2,})?[^/]*@/

// Anything in a path that looks like a JWT, or a key of the operator's calls: it came there by mistake, and works all the same.
const tokenInPath = /(?:eyJ|pak_)[\w-]*[\w.%-]*/g

// The token of a link. It belongs there, and works for whoever reads it.
const linkInPath = /(\/link\/).+/is

// Arguments in a path, as of `/token;pass=…` (RFC 3986 §3.3): no call takes any there.
const argumentsInPath = /[;&=?].*/s

// ASCII that is percent-encoded, perhaps several times over.
const encodedAscii = /%(?:25)*([2-7][\da-f])/gi

/** The path of a URL as it may be told: nothing in it, decoded or not, looks like a token, an argument or credentials. */
export function describePath(url: string): string {
  const path = pathOf(url)
  const plain = decodeAscii(path)
  const told = plain
    .replace(userInfo, '$1[removed]@')
    .replace(linkInPath, '$1[removed]')
    .replace(tokenInPath, '[removed]')
    .replace(argumentsInPath, ';[removed]')
  return told === plain ? path : told
}

/**
 * A path whose ASCII is decoded, and that may be malformed otherwise. More than once, since the digits may be encoded, too; and so
 * often only, since a URL can be made that takes all day.
 */
export function decodeAscii(path: string): string {
  let plain = path
  for (let round = 0; round < 3 && plain.includes('%'); round += 1) {
    plain = plain.replace(encodedAscii, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
  return plain
}

/**
 * A URL as it may be logged: every value of the query string is removed, and every key that is no argument of Postern,
 * since a secret may stand in any of them by mistake.
 */
function withoutSecrets(url: string): string {
  const path = describePath(url)
  // The router takes a fragment for a query, although no client should send one.
  const query = /[?#](.*)$/s.exec(url)?.[1]
  return query === undefined ? path : `${path}?${query.split('&').map(withoutValue).join('&')}`
}

function withoutValue(pair: string): string {
  const [key = ''] = pair.split('=', 1)
  return argumentNames.has(key) ? `${key}=[removed]` : '[removed]'
}

/** The arguments of a call without secrets: no `Secret` of a schema, and nothing that looks like a token. */
export function withoutSecretArguments(values: Record<string, unknown>): Record<string, unknown> {
  const isSecret = (key: string, value: unknown) =>
    secretArguments.has(key) || (typeof value === 'string' && /^(?:eyJ|pak_)/.test(value))
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, isSecret(key, value) ? '[removed]' : value])
  )
}

/** The logged parts of a request: no header, no body, no value of its query string. */
export function describeRequest({
  id,
  method,
  url,
  ip,
  raw
}: Pick<FastifyRequest, 'id' | 'method' | 'url' | 'ip' | 'raw'>) {
  return { id, method, url: withoutSecrets(url), address: isFromOperatorSocket(raw) ? 'socket' : ip }
}
