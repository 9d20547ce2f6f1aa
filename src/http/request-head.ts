import type { IncomingMessage } from 'node:http'
import { Refusal } from '../errors/refusals.js'
import { isNamed } from './header-name.js'

/**
 * Requires of a request's head what HTTP asks for and the parser lets pass: one `Host`, which only HTTP/1.0 may leave out
 * (RFC 9112 §3.2), one `Content-Type` at most, and no expectation but `100-continue` (RFC 9110 §10.1.1).
 *
 * @param request whose `headers` hide every header of these names but the first.
 * @throws `MalformedRequestError`, `ExpectationFailedError`.
 */
export function requireSoundHead({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  let hosts = 0
  let types = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (isNamed(name, 'host')) hosts += 1
    else if (isNamed(name, 'content-type')) types += 1
  }
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) throw malformed('Host', 'exactly once')
  if (types > 1) throw malformed('Content-Type', 'at most once')
  requireKnownCoding(headers['transfer-encoding'], httpVersion)
  const { expect } = headers
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw new Refusal('ExpectationFailedError')
  }
}

// Node's parser refuses a coding that does not end with `chunked`, or has it twice, and overlooks any before it.
const codedChunks = /^(?!.*chunked.*chunked).*[,\s]chunked$/is

// RFC 9112 §6.1: another coding, or one in HTTP/1.0, which has none, may hide where the request ends.
function requireKnownCoding(coding: string | undefined, httpVersion: string): void {
  if (coding === undefined || (httpVersion !== '1.0' && !codedChunks.test(coding))) return
  throw new Refusal('MalformedRequestError', {
    message: 'The header Transfer-Encoding must be chunked, and is not for HTTP/1.0.',
    headers: { connection: 'close' }
  })
}

function malformed(header: string, rule: string): Refusal {
  return new Refusal('MalformedRequestError', { message: `The header ${header} must be given ${rule}.` })
}
