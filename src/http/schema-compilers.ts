import fastJsonStringify, { type Schema } from 'fast-json-stringify'
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify'
import { Compile, type Validator } from 'typebox/compile'
import { invalidArgument, MissingArgument, Refusal } from '../errors/refusals.js'
import { aliasesOf, byOwnNames, contradiction, nameSent } from './argument-aliases.js'
import type { Arguments } from './input.js'
import { typedQuery } from './query-values.js'
import { tellableNames } from './tellable-names.js'

type Factories = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>

/**
 * Fastify's `compilersFactory`: arguments are judged by TypeBox, without any coercion, and refused as `InvalidArgumentError`;
 * replies are written by fast-json-stringify. A schema is compiled at the route's first request, or reply, since to compile
 * all of them would hold up the start.
 */
export const schemaCompilers: Factories = {
  // Its type describes Ajv's own compiler; what is called is a compiler of Fastify's.
  buildValidator: (() => compileValidator) as unknown as NonNullable<Factories['buildValidator']>,

  buildSerializer:
    () =>
    ({ schema }) => {
      let serialize: ReturnType<typeof fastJsonStringify> | undefined
      return (data: unknown) => {
        serialize ??= fastJsonStringify(schema as Schema)
        return serialize(data)
      }
    }
}

const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  // A call that refuses unknown arguments takes one name for each of its own.
  const aliases = httpPart === 'body' && !isClosed(schema) ? aliasesOf(schema) : []
  let validator: Validator | undefined
  return (given: Arguments) => {
    const unclear = contradiction(given, aliases)
    if (unclear !== undefined) {
      return { error: invalidArgument(unclear.name, `differs from ${unclear.alias}`) }
    }
    validator ??= Compile(schema)
    const named = byOwnNames(given, aliases)
    const value = httpPart === 'querystring' ? typedQuery(named, schema) : named
    if (validator.Check(value)) return { value }
    return { error: toRefusal(validator.Errors(value), (name) => nameSent(name, given, aliases)) }
  }
}

/** An error of TypeBox's. */
export interface SchemaError {
  keyword: string
  schemaPath: string
  instancePath: string
  message: string
  params: object
}

/**
 * The refusal of a value that a schema refuses: it names the argument and what it takes, and never repeats the value.
 *
 * @param nameOf gives the name by which an argument was sent.
 */
export function toRefusal(
  errors: readonly SchemaError[],
  nameOf: (argument: string) => string = (argument) => argument
): Refusal {
  const [error] = errors
  if (error === undefined) return new Refusal('InvalidArgumentError')
  const { requiredProperties: [missing] = [] } = error.params as { requiredProperties?: string[] }
  if (missing !== undefined) return new MissingArgument(missing)
  const closed = errors.find(({ params }) => 'additionalProperties' in params)
  if (closed !== undefined && error.schemaPath.endsWith('/additionalProperties'))
    return unknownMembers(closed)
  const literals = errors.flatMap(({ instancePath, params }) =>
    instancePath === error.instancePath && 'allowedValue' in params ? [params.allowedValue] : []
  )
  const rule = literals.length > 1 ? `must be one of ${literals.join(', ')}` : ruleOf(error)
  return invalidArgument(nameOf(error.instancePath.slice(1)), rule)
}

function unknownMembers({ instancePath, params }: SchemaError): Refusal {
  const { additionalProperties: names } = params as { additionalProperties: string[] }
  const told = tellableNames(names)
  const where = instancePath.slice(1)
  if (told.length === 0)
    return invalidArgument(where === '' ? 'arguments' : where, 'must not have unknown members')
  return invalidArgument(
    told.map((name) => (where === '' ? name : `${where}/${name}`)).join(', '),
    'unknown here'
  )
}

function isClosed(schema: object): boolean {
  return 'additionalProperties' in schema && schema.additionalProperties === false
}

function ruleOf({ keyword, params, message }: SchemaError): string {
  if (keyword === 'minLength') return 'must not be empty'
  if (keyword === 'maxLength') return 'is too long'
  if ('allowedValues' in params)
    return `must be one of ${Array.from(params.allowedValues as string[]).join(', ')}`
  const { type } = params as { type?: unknown }
  return keyword === 'type' && type === 'string' ? 'must be a string' : message
}
