import { randomBytes } from 'node:crypto'

/** The pattern of an id, as JSON Schema takes it. */
export const idPattern = '^[0-9a-f]{32}$'

const pattern = new RegExp(idPattern)

/** A new id: 32 random hex digits, so that nobody can guess it, and no two are the same. */
export function createId(): string {
  return randomBytes(16).toString('hex')
}

/** Whether this is an id as `createId` makes them. */
export function isId(value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value)
}
