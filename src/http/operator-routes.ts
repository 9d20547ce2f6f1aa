import { type TSchema, Type } from 'typebox'

/** The parts of a route that the operator's calls have in common. */
export interface OperatorRoute {
  url: string
  config?: { scope?: unknown }
  schema?: { body?: unknown; querystring?: unknown }
}

/**
 * Completes a route of an operator's call: body and query take the members of their schemas and no others, none where there is no
 * schema.
 *
 * @param isScope whether this is the name of a scope.
 * @throws `Error` for a route without a scope, which would be open to every key.
 */
export function completeOperatorRoute(route: OperatorRoute, isScope: (name: string) => boolean): void {
  const { scope } = route.config ?? {}
  if (typeof scope !== 'string' || !isScope(scope)) throw new Error(`${route.url} has no scope`)
  route.schema = {
    ...route.schema,
    body: closed(route.schema?.body),
    querystring: closed(route.schema?.querystring)
  }
}

/** The schema without room for other members; the one of an object without any, where there is none. */
function closed(schema: unknown): TSchema {
  if (schema === undefined) return Type.Object({}, { additionalProperties: false })
  // TypeBox keeps what it knows of a schema in members that a spread would leave behind.
  const copy = Object.create(
    Object.getPrototypeOf(schema),
    Object.getOwnPropertyDescriptors(schema as object)
  )
  return Object.assign(copy, { additionalProperties: false })
}
