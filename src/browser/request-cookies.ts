/**
 * The value of a cookie in this header (RFC 6265bis §5.8.3). Undefined if it is not there once: a second one of the same name was planted, and
 * nobody can say which.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  const values: string[] = []
  for (const pair of header.split(';')) {
    const text = pair.trim()
    if (text.startsWith(name) && text[name.length] === '=') values.push(text.slice(name.length + 1))
  }
  return values.length === 1 ? values[0] : undefined
}
