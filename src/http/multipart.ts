import type { BusboyInstance } from '@fastify/busboy'
import type { Refusal } from '../errors/refusals.js'
import {
  type Arguments,
  decodeUtf8,
  emptyArguments,
  malformedRequest,
  maxKeys,
  tooManyKeys
} from './input.js'
import { requireUtf8Charset } from './media-type.js'

// RFC 2046 §5.1.1, and what else can be quoted without an escape.
const boundaryParameter = /;\s*boundary=(?:"([^"\\]+)"|([^\s;"\\]+))/i

// The `Content-Type` in the head of a part, with its continuation lines.
const contentTypes = /^content-type:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*/gim

// RFC 7578 §4.7: no browser encodes a part any more. An encoded part would be read without being decoded.
const plainEncodings = new Set(['7bit', '8bit', 'binary'])

/**
 * The text fields of a `multipart/form-data` body (RFC 7578). The parser is loaded at the first one.
 *
 * @throws `MalformedRequestError` for a file, a repeated key, over 1000 keys, a field that is encoded, and for what is no
 *   such body or no UTF-8; `UnsupportedMediaTypeError` for a part of another charset.
 */
export async function parseMultipart(body: Buffer, contentType: string): Promise<Arguments> {
  const text = decodeUtf8(body)
  const [, quoted, plain] = boundaryParameter.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw notMultipart()
  // One piece stands before the first part, and one after the last.
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`, maxKeys + 3)
  // Before the parser, which makes a stream of each part.
  if (pieces.length > maxKeys + 2) throw tooManyKeys()
  for (const piece of pieces) requireUtf8Head(piece)
  const parser = await createParser(body, boundary)
  return await new Promise((resolve, reject) => {
    const values = emptyArguments()
    let refusal: Refusal | undefined
    const refuse = (message: string) => {
      refusal ??= malformedRequest(message)
    }
    parser.on('field', (name: string | undefined, value, _isNameCut, _isValueCut, encoding) => {
      if (name === undefined || name.includes('\ufffd')) refuse('A part has no name that can be read.')
      else if (!plainEncodings.has(encoding)) refuse('A part must not be encoded.')
      else if (name in values) refuse('A key is given more than once.')
      else values[name] = value
    })
    parser.on('filesLimit', () => refuse('No argument is a file.'))
    parser.on('fieldsLimit', () => {
      refusal ??= tooManyKeys()
    })
    parser.on('error', () => reject(notMultipart()))
    parser.on('finish', () => (refusal === undefined ? resolve(values) : reject(refusal)))
    parser.end(body)
  })
}

// Only the head is checked: a line in the value of a field may look like a header.
function requireUtf8Head(part: string): void {
  const [head = ''] = part.split('\r\n\r\n', 1)
  for (const [type] of head.matchAll(contentTypes)) requireUtf8Charset(type)
}

// With the boundary as it was read here, so that the parser sees the same parts.
async function createParser({ length }: Buffer, boundary: string): Promise<BusboyInstance> {
  const { Busboy } = await import('@fastify/busboy')
  return new Busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    limits: { fields: maxKeys, files: 0, fieldSize: length }
  })
}

function notMultipart(): Refusal {
  return malformedRequest('The body is not valid multipart/form-data.')
}
