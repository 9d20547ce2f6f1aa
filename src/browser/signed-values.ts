import type { Signatures } from './signatures.js'

/** The text of a value that a browser keeps, or carries in a URL, with its signature. @param purpose as of `Signatures`. */
export function writeSigned(signatures: Signatures, purpose: string, value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${text}.${signatures.sign(purpose, text)}`
}

/** The value of such a text; undefined if it was not signed here for this purpose. Of what kind the value is, its purpose says. */
export function readSigned<Value>(signatures: Signatures, purpose: string, text: string): Value | undefined {
  const [encoded = '', signature = '', ...rest] = text.split('.')
  if (rest.length > 0 || !signatures.isSigned(purpose, encoded, signature)) return undefined
  return JSON.parse(Buffer.from(encoded, 'base64url').toString()) as Value
}
