import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are the same; how long it takes tells nothing of where they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  // Digests, since only what is of one length can be compared so.
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
