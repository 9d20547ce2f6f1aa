import type { FastifyRequest } from 'fastify'
import { invalidArgument, type MissingArgument, type Refusal } from '../errors/refusals.js'
import { aliasesOf } from './argument-aliases.js'
import { isLikeJson } from './input.js'
import { PresentedCredentials } from './schemas/arguments.js'
import { tellableNames } from './tellable-names.js'

/**
 * The refusal with the likely mistake: JSON that was sent as a form, or arguments of other names. It tells names that look like
 * those of arguments, and never a value.
 *
 * @param jsonHint says what to do about JSON.
 */
export function explainMissing(missing: MissingArgument, request: FastifyRequest, jsonHint: string): Refusal {
  const { form = {}, query, json } = request.sources
  if (Object.keys(form).some(isLikeJson)) {
    return invalidArgument(missing.argument, `is missing. The body looks like JSON: ${jsonHint}`)
  }
  const names = unknownNames({ ...form, ...query, ...json }, request.routeOptions.schema?.body)
  return names.length === 0
    ? missing
    : invalidArgument(missing.argument, `is missing. Unknown: ${names.join(', ')}`)
}

function unknownNames(given: object, schema: unknown): string[] {
  const { properties = {} } = Object(schema) as { properties?: object }
  const aliases = aliasesOf(Object(schema)).map(({ alias }) => alias)
  const known = new Set([properties, PresentedCredentials.properties].flatMap(Object.keys).concat(aliases))
  // A secret that stands where a name belongs hardly ever has a value.
  const named = Object.entries(given).filter(([name, value]) => value !== '' && !known.has(name))
  return tellableNames(named.map(([name]) => name))
}
