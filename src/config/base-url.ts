// Blanks, controls and backslashes, which a URL parser drops or rewrites, have no place in a link.
const plain = /^[\x21-\x5b\x5d-\x7e]{1,1024}$/

/** Whether this is the URL of a service, perhaps with a path, that a path can be added to. */
export function isBaseUrl(text: string): boolean {
  if (!plain.test(text) || !URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  const isHttp = protocol === 'http:' || protocol === 'https:'
  return isHttp && [username, password, search, hash].every((part) => part === '') && !/[?#]/.test(text)
}
