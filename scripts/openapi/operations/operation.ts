import type { TSchema } from 'typebox'
import type { Refusal, RefusalName } from '../../../src/errors/refusals.js'

/** The part of a call's description that its schemas and hooks, the source of arguments and authentication, do not hold. */
export interface Operation {
  summary: string
  description?: string
  /** Examples by a few words: arguments with their values. */
  arguments?: Record<string, Record<string, unknown>>
  /** An example of the body of a call that takes no JSON. */
  text?: string
  /** The replies of success, by status. */
  replies: Record<number, Reply>
  /** The refusals that are this call's own: those of authentication, and those that any call may meet, are added. */
  refusals?: (RefusalName | Refusal)[]
  /** Whether it belongs to OAuth, which takes nothing but a form and has an error body of its own. */
  isOAuth?: boolean
}

/** A reply of success; without a type it is empty. */
export interface Reply {
  description: string
  type?: string
  /** Where the route itself has none. */
  schema?: TSchema | { type: 'string' }
  example?: unknown
  /** Further types that it may have, with their schemas. */
  otherTypes?: Record<string, { schema: { type: 'string' } }>
}

/** An operation of the document, with the group that it is in. */
export interface TaggedOperation extends Operation {
  tag: string
}
