import { type TSchema, Type } from 'typebox'
import { type Arguments, emptyArguments } from './input.js'

/**
 * The arguments of a query string as the types of their schema: whole numbers in digits, and `true` or `false`. Any other text
 * stays as it is, for the schema to refuse.
 */
export function typedQuery(given: Arguments, schema: TSchema): Arguments {
  const { properties = {} } = schema as { properties?: Record<string, TSchema> }
  const typed = Object.assign(emptyArguments(), given)
  for (const [name, value] of Object.entries(given)) {
    const expected = properties[name]
    if (expected !== undefined) typed[name] = typedValue(String(value), expected)
  }
  return typed
}

function typedValue(text: string, schema: TSchema): unknown {
  if (Type.IsInteger(schema)) return /^\d{1,15}$/.test(text) ? Number(text) : text
  if (Type.IsBoolean(schema)) return text === 'true' ? true : text === 'false' ? false : text
  return text
}
