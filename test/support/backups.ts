import { createHash } from 'node:crypto'
import type { StoreContent, StoreDump } from '../../src/store/store.js'

/** The SHA-256 of a text, in hex. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A dump with arrays in the place of its lists, which a test can compare. */
export function withArrays({
  knownTime,
  ...lists
}: StoreDump): StoreContent & { readonly knownTime: number } {
  const arrays = Object.entries(lists).map(([name, list]) => [name, [...list]])
  return { knownTime, ...(Object.fromEntries(arrays) as unknown as StoreContent) }
}
