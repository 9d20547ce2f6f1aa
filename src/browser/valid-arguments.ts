import type { Static, TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { toRefusal } from '../http/schema-compilers.js'

/** These arguments, judged as those of a call with this schema. @throws `InvalidArgumentError` that names the one that is wrong. */
export function requireValid<Schema extends TSchema>(schema: Schema, given: unknown): Static<Schema> {
  if (!Check(schema, given)) throw toRefusal(Errors(schema, given))
  return given as Static<Schema>
}
