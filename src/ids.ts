import { randomFillSync } from 'node:crypto'

/** The pattern of an id, as JSON Schema takes it. */
export const idPattern = '^[0-9a-f]{32}$'

const pattern = new RegExp(idPattern)
const idLength = 16
// Each call of the generator takes as long as a tenth of a signature.
const pool = Buffer.alloc(128 * idLength)
let used = pool.length

/** A new id: 32 random hex digits, so that nobody can guess it, and no two are the same. */
export function createId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const end = used + idLength
  const id = pool.toString('hex', used, end)
  // An id may be a credential: nothing but the caller keeps it.
  pool.fill(0, used, end)
  used = end
  return id
}

/** Whether this is an id as `createId` makes them. */
export function isId(value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value)
}
