import { isNamed } from './header-name.js'

const bearer = /^bearer +([!-~]+) *$/i

/**
 * The Bearer credential of a request (RFC 6750 §2.1), in its one `Authorization` header; undefined without one, for another
 * scheme, and for several headers.
 *
 * @param rawHeaders names and values in turn: an object would hide a second header.
 */
export function bearerCredential(rawHeaders: readonly string[]): string | undefined {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && isNamed(rawHeaders[index - 1] ?? '', 'authorization')
  )
  const [value = '', ...others] = values
  return others.length > 0 ? undefined : bearer.exec(value)?.[1]
}
