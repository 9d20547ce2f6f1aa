import { createHash } from 'node:crypto'

/** A strong validator of the content (RFC 9110 §8.8.3). */
export function entityTag(content: string | Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url')}"`
}

/** Whether `If-None-Match` names this tag; compared weakly (RFC 9110 §13.1.2), since proxies make a tag weak when they compress. */
export function isMatched(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return tags.includes('*') || tags.includes(etag)
}

/** Whether `If-Match` allows a change of what has this tag; compared strongly (RFC 9110 §13.1.1). Without it any change is. */
export function isExpected(ifMatch: string | undefined, etag: string): boolean {
  const tags = ifMatch?.split(',').map((tag) => tag.trim()) ?? ['*']
  return tags.includes('*') || tags.includes(etag)
}
