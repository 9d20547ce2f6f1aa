import type { BusboyInstance } from '@fastify/busboy'
import type { ServiceError } from '../errors/refusals.js'
import { type Arguments, decodeUtf8, malformedRequest, maxKeys, tooManyKeys } from './input.js'
import { requireUtf8Charset } from './media-type.js'

// A part's own header, with the lines that continue it.
const contentTypes = /^content-type:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*/gim

// RFC 7578 §4.7: no browser encodes a part any more. What is encoded all the same would be taken as it stands.
const plainEncodings = new Set(['7bit', '8bit', 'binary'])

/**
 * The text fields of a `multipart/form-data` body (RFC 7578). The parser is loaded at the first one.
 *
 * @throws `MalformedRequestError` for a file, a repeated key, over 1000 keys, a field that is encoded, and for what is no
 *   such body or no UTF-8; `UnsupportedMediaTypeError` for a part of another charset.
 */
export async function parseMultipart(body: Buffer, contentType: string): Promise<Arguments> {
  const text = decodeUtf8(body)
  for (const [type] of text.matchAll(contentTypes)) requireUtf8Charset(type)
  // Before the parser, which makes a stream of each part.
  if (text.split('\r\n--', maxKeys + 3).length > maxKeys + 2) throw tooManyKeys()
  const parser = await createParser(body, contentType)
  return await new Promise((resolve, reject) => {
    const values: Arguments = Object.create(null)
    let refusal: ServiceError | undefined
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

async function createParser({ length }: Buffer, contentType: string): Promise<BusboyInstance> {
  const { Busboy } = await import('@fastify/busboy')
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { fields: maxKeys, files: 0, fieldSize: length }
    })
  } catch {
    // There is no boundary.
    throw notMultipart()
  }
}

function notMultipart(): ServiceError {
  return malformedRequest('The body is not valid multipart/form-data.')
}
