import type { IncomingHttpHeaders } from 'node:http'
import { ServiceError } from '../errors/refusals.js'

const utf8Parameter = /;\s*charset=("?)utf-8\1\s*(?=;|$)/gi

/**
 * Requires a body, if there is one, that can be read as it is: UTF-8, and without a content coding such as gzip.
 *
 * @throws `UnsupportedMediaTypeError`, with the `Accept-Encoding` that RFC 9110 §15.5.16 asks for.
 */
export function requirePlainText(headers: IncomingHttpHeaders): void {
  const { 'content-type': type, 'content-encoding': coding } = headers
  if (coding !== undefined && coding !== '' && coding.toLowerCase() !== 'identity') {
    throw new ServiceError('UnsupportedMediaTypeError', {
      message: 'The body must not be compressed.',
      headers: { 'accept-encoding': 'identity' }
    })
  }
  // Every other mention of a charset is refused, also one that is only written in a way that a reader could take for it.
  if (type?.includes(';') && /charset/i.test(type.replace(utf8Parameter, ''))) {
    throw new ServiceError('UnsupportedMediaTypeError', { message: 'The body must be UTF-8.' })
  }
}
