import type { FastifyRequest } from 'fastify'
import {
  type Arguments,
  emptyArguments,
  mergeArguments,
  parseForm,
  parseQuery,
  type RawQuery,
  type Sources
} from './input.js'

/**
 * The text of a form. It is parsed after the body was read: a parser of formbody must not throw, since it runs outside of what
 * Fastify answers for.
 */
export class RawForm {
  // formbody asks for a record of any members.
  [key: string]: unknown
  constructor(readonly text: string) {}
}

/** Tells the fields of a form from the members of a JSON object. */
export class MultipartForm {
  constructor(readonly values: Arguments) {}
}

/** Makes the arguments of a request one set, its `body`. @throws `MalformedRequestError`. */
export function mergeSources(request: FastifyRequest): void {
  request.sources = collect(request)
  request.body = mergeArguments(request.sources)
}

/** Leaves the arguments of an operator's call apart: a member of the body is none of the query. @throws as `mergeSources`. */
export function separateSources(request: FastifyRequest): void {
  const json = (request.body as Arguments | undefined) ?? emptyArguments()
  request.sources = { json }
  request.body = json
  request.query = parseQuery((request.query as RawQuery).text)
}

function collect(request: FastifyRequest): Sources {
  const body = request.body as Arguments | RawForm | MultipartForm | undefined
  const query = parseQuery((request.query as RawQuery).text)
  if (body === undefined) return { query }
  if (body instanceof MultipartForm) return { query, form: body.values }
  return body instanceof RawForm ? { query, form: parseForm(body.text) } : { query, json: body }
}
