import { Refusal } from '../errors/refusals.js'
import { isNamed } from './header-name.js'

/** The headers by which a proxy tells of the request that it asks about: those of Caddy and Traefik, or those of an nginx recipe. */
export type HeaderFamily = 'forwarded' | 'nginx'

/** The request that a proxy asks about. */
export interface ForwardedRequest {
  /** Scheme, host and port of the page (RFC 6454 §6.2). */
  readonly origin: string
  /** Path and query as they were sent: no URL parser has had them. */
  readonly uri: string
  readonly method: string
}

const names = {
  url: 'x-original-url',
  uri: 'x-original-uri',
  proto: 'x-forwarded-proto',
  host: 'x-forwarded-host',
  forwardedUri: 'x-forwarded-uri',
  method: 'x-forwarded-method'
} as const

/**
 * Reads the headers of one family; those of the other one are a client's.
 *
 * @param rawHeaders names and values in turn: an object would hide a second header of one name.
 * @throws `MalformedRequestError` for a header that is missing, sent twice, or malformed; its message names the header.
 */
export function readForwardedRequest(rawHeaders: readonly string[], family: HeaderFamily): ForwardedRequest {
  const read = (name: string) => readOnce(rawHeaders, name)
  const url = family === 'nginx' ? read(names.url) : undefined
  if (url !== undefined) return fromUrl(url, read(names.method))
  const uriName = family === 'nginx' ? names.uri : names.forwardedUri
  const uri = required(uriName, read(uriName))
  if (!uri.startsWith('/')) throw malformed(uriName, 'must begin with a slash')
  return { origin: readForwardedOrigin(rawHeaders), uri, method: required(names.method, read(names.method)) }
}

/**
 * The origin of the page that a proxy hands a request for, of `X-Forwarded-Proto` and `X-Forwarded-Host`.
 *
 * @throws as `readForwardedRequest`.
 */
export function readForwardedOrigin(rawHeaders: readonly string[]): string {
  // Some proxies name the protocol of a WebSocket, whose page has the other scheme.
  const proto = required(names.proto, readOnce(rawHeaders, names.proto)).replace(/^ws/i, 'http')
  const host = required(names.host, readOnce(rawHeaders, names.host))
  return parseOrigin(`${proto}://${host}`, names.host)
}

function fromUrl(text: string, method: string | undefined): ForwardedRequest {
  const [, origin = '', uri = ''] = /^(https?:\/\/[^/?#\\]+)(\/.*)?$/is.exec(text) ?? []
  return { origin: parseOrigin(origin, names.url), uri: uri || '/', method: required(names.method, method) }
}

// A service has a few sites. A text that is no origin is not kept.
const maxOrigins = 1000
const origins = new Map<string, string>()

function parseOrigin(text: string, name: string): string {
  const known = origins.get(text)
  if (known !== undefined) return known
  const isPlain = /^https?:\/\/[^\s/?#@\\,]+$/i.test(text) && URL.canParse(text)
  if (!isPlain) throw malformed(name, 'must name a host of http or https')
  const { origin } = new URL(text)
  if (origins.size >= maxOrigins) origins.clear()
  origins.set(text, origin)
  return origin
}

function readOnce(rawHeaders: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!isNamed(rawHeaders[index] ?? '', name)) continue
    if (found !== undefined) throw malformed(name, 'was sent twice')
    found = rawHeaders[index + 1]
  }
  return found
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw malformed(name, 'is missing: the proxy must send it')
  return value
}

function malformed(name: string, rule: string): Refusal {
  return new Refusal('MalformedRequestError', { message: `The header ${name} ${rule}.` })
}
