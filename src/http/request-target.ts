/**
 * The path of a request target (RFC 9112 §3.2): without the scheme and authority of the absolute form, which may hold a
 * password, and without the query and what the router takes for a fragment.
 */
export function pathOf(target: string): string {
  return target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? ''
}
