import { isUtf8 } from 'node:buffer'
import { type Static, Type } from 'typebox'
import { invalidArgument } from '../errors/refusals.js'

const defaultLimit = 50
const maxLimit = 200

// The times of JavaScript's dates, in seconds, have no more.
const timeDigits = 13

/** The arguments of every list. */
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLimit })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 8192 }))
}

/** Those arguments, of a list that has no others. */
export const PageRequest = Type.Object(PageQuery, { additionalProperties: false })
export type PageRequest = Static<typeof PageRequest>

/** A page of what is in order, and the position of the next one, unless this is the last. */
export interface Page<Item> {
  items: readonly Item[]
  next?: string
}

/** The most items of the page. */
export function limitOf({ limit = defaultLimit }: PageRequest): number {
  return limit
}

/** The position after which a page begins; undefined for the first. @throws `InvalidArgumentError` for what is no cursor. */
export function positionOf({ cursor }: PageRequest): string | undefined {
  if (cursor === undefined) return undefined
  const bytes = Buffer.from(cursor, 'base64url')
  if (bytes.toString('base64url') !== cursor || !isUtf8(bytes)) {
    throw invalidArgument('cursor', 'must be the next of the page before')
  }
  return bytes.toString()
}

/** A position as the next call gives it back. */
export function cursorOf(position: string): string {
  return Buffer.from(position).toString('base64url')
}

/** A page of a list that is at hand, the oldest items first. @throws `InvalidArgumentError` for what is no cursor. */
export function pageByAge<Item extends { readonly createdAt: number; readonly id: string }>(
  items: readonly Item[],
  request: PageRequest
): Page<Item> {
  const after = positionOf(request)
  const limit = limitOf(request)
  const rest = items
    .map((item) => ({ item, key: ageKey(item) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(({ item }) => item),
    ...(rest.length > limit && last !== undefined && { next: cursorOf(last.key) })
  }
}

function ageKey({ createdAt, id }: { createdAt: number; id: string }): string {
  return `${String(createdAt).padStart(timeDigits, '0')}.${id}`
}
