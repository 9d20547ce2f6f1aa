import { createHash } from 'node:crypto'

/** The beginning of the SHA-256 of a text, for an address that changes with it. */
export function shortDigest(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
