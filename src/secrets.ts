import { createHash, timingSafeEqual } from 'node:crypto'

/** Constant-time comparison of two secrets: its duration does not reveal where they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  // Digests, since the comparison takes only inputs of equal length.
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
