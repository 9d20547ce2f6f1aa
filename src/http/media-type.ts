import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../errors/refusals.js'

const utf8Parameter = /;\s*charset=("?)utf-8\1\s*(?=;|$)/gi

/**
 * Requires a body, if there is one, that can be read as it is: UTF-8, and without a content coding such as gzip.
 *
 * @throws `UnsupportedMediaTypeError`, with the `Accept-Encoding` that RFC 9110 §15.5.16 asks for.
 */
export function requirePlainText(headers: IncomingHttpHeaders): void {
  const { 'content-type': type, 'content-encoding': coding } = headers
  if (coding !== undefined && coding !== '' && coding.toLowerCase() !== 'identity') {
    throw new Refusal('UnsupportedMediaTypeError', {
      message: 'The body must not be compressed.',
      headers: { 'accept-encoding': 'identity' }
    })
  }
  if (type?.includes(';')) requireUtf8Charset(type)
}

/**
 * Requires that a media type names no charset but UTF-8.
 *
 * @throws `UnsupportedMediaTypeError`, also for what is only written in a way that a reader could take for another one.
 */
export function requireUtf8Charset(type: string): void {
  if (/charset/i.test(type.replace(utf8Parameter, ''))) {
    throw new Refusal('UnsupportedMediaTypeError', { message: 'The body must be UTF-8.' })
  }
}

/**
 * Requires a body, if there is one, of this one type: before it is read.
 *
 * @throws `UnsupportedMediaTypeError`.
 */
export function requireMediaType(headers: IncomingHttpHeaders, required: string): void {
  const { 'content-type': type } = headers
  if (type === undefined || type.split(';', 1)[0]?.trim().toLowerCase() === required) return
  throw new Refusal('UnsupportedMediaTypeError', { message: `The body must be ${required}.` })
}

const json = /^\s*application\/(?:json|merge-patch\+json)\s*(;|$)/i

/**
 * Requires a body, if there is one, of JSON, also as a merge patch (RFC 7396 §4), which is then read as other JSON is: before it
 * is read. A body without a type is of none.
 *
 * @throws `UnsupportedMediaTypeError`.
 */
export function requireJson(headers: IncomingHttpHeaders): void {
  const { 'content-type': type, 'content-length': length = '0', 'transfer-encoding': coding } = headers
  const isEmpty = Number(length) === 0 && coding === undefined
  if (type === undefined && isEmpty) return
  if (type === undefined || !json.test(type)) {
    throw new Refusal('UnsupportedMediaTypeError', {
      message: 'The body must be application/json or application/merge-patch+json.'
    })
  }
  headers['content-type'] = 'application/json'
}
