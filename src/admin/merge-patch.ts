import { isDeepStrictEqual } from 'node:util'

/** The members of a JSON object. `__proto__` is one like any other. */
export type Members = Readonly<Record<string, unknown>>

/** A JSON merge patch applied to an object (RFC 7396 §2): null removes a member, an object is merged, anything else replaces. */
export function mergePatch(target: Members, patch: Members): Members {
  const merged = new Map(Object.entries(target))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else if (isObject(value)) merged.set(name, mergePatch(objectOr(merged.get(name)), value))
    else merged.set(name, value)
  }
  // An assignment would take `__proto__` for the prototype.
  return Object.fromEntries(merged)
}

/** The merge patch that makes the second object of the first; it is empty if they are alike. A null of the second removes what it names. */
export function mergePatchBetween(before: Members, after: Members): Members {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  const changed = Object.entries(after).filter(
    ([name, value]) => !(Object.hasOwn(before, name) && isDeepStrictEqual(before[name], value))
  )
  return Object.fromEntries([
    ...removed.map((name) => [name, null]),
    ...changed.map(([name, value]) => {
      const former = Object.hasOwn(before, name) ? before[name] : undefined
      return [name, isObject(value) ? mergePatchBetween(objectOr(former), value) : value]
    })
  ])
}

/** Whether a JSON value is at most so many levels deep. Costs no more than these levels. */
export function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((member) => isWithinDepth(member, levels - 1))
}

function objectOr(value: unknown): Members {
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
