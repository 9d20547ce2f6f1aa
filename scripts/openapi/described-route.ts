import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { type TObject, Type } from 'typebox'
import { MissingArgument, type Refusal, toUnauthorized } from '../../src/errors/refusals.js'
import { invalidClient } from '../../src/oauth/clients.js'
import {
  describeErrors,
  type ErrorFamily,
  forwardAuthErrors,
  make,
  oauthErrors,
  plainErrors
} from './described-errors.js'
import type { Operation, Reply, TaggedOperation } from './operations/operation.js'

type Auth = FastifyInstance['auth']

interface Authentication {
  /** Completes the sentence "The call takes …". */
  words?: string
  /** The alternatives among the document's security schemes; the empty one is no authentication. */
  security: Record<string, string[]>[]
  refusals: Refusal[]
}

const json = 'application/json'
const mergePatch = 'application/merge-patch+json'
const form = 'application/x-www-form-urlencoded'
const multipart = 'multipart/form-data'

const token = [{ bearer: [] }, { oauth2: [] }, { argument: [] }]
const tokenRefusals = make('InvalidTokenError', 'TokenTypeError')
const unauthorized = tokenRefusals.map(toUnauthorized) as Refusal[]
const active = [...make('AuthenticationRequiredError'), ...unauthorized]
const required = [...active, ...make('UserDoesNotExistError')]

/** The hooks of `auth` that tell who calls. */
type Policy = Exclude<keyof Auth, 'fresh'>

const authentications: Record<Policy, Authentication> = {
  optional: { security: [...token, {}], refusals: [] },
  required: { security: token, refusals: required },
  password: {
    words: 'an access token that was obtained with the password, not with a refresh token',
    security: token,
    refusals: [...required, ...make('PasswordAuthenticationRequiredError')]
  },
  passwordIfPresented: {
    words: 'an access token that was obtained with the password, not with a refresh token',
    security: [...token, {}],
    refusals: [...required, ...make('PasswordAuthenticationRequiredError')]
  },
  active: { security: token, refusals: active },
  activeIfPresented: { security: [...token, {}], refusals: active },
  subject: {
    words: 'the access token as the argument `access_token`, or in the header',
    security: token,
    refusals: [new MissingArgument('access_token'), ...tokenRefusals]
  },
  client: {
    words: 'the credentials of a client, but needs none',
    security: [{ client: [] }, {}],
    refusals: [invalidClient()]
  },
  caller: {
    words: 'the credentials of a client, or an access token',
    security: [...token, { client: [] }],
    refusals: [invalidClient(), ...unauthorized]
  },
  feedReader: {
    words: 'the credentials of a client, or an API key with the scope `revocations` or `all`',
    security: [{ client: [] }, { adminKey: [] }],
    refusals: [
      invalidClient('Basic realm="postern", Bearer realm="postern"'),
      ...make('AuthenticationRequiredError', 'InsufficientScopeError', 'TooManyFailuresError')
    ]
  }
}

const ofFixture: Authentication = {
  words: "the fixture's secret, if it has one",
  security: [{ fixture: [] }, {}],
  refusals: make('FixtureSecretRequiredError')
}

// Over the operator's socket a call takes no credentials at all.
const ofOperator = (scope: string): Authentication => ({
  words:
    `an API key with the scope \`${scope}\` or \`all\`, or an access token of a member of \`postern-admins\` that was ` +
    'obtained by password no more than 10 minutes ago',
  security: [{ bearer: [] }, { oauth2: [] }, { adminKey: [] }],
  refusals: make('AuthenticationRequiredError', 'InsufficientScopeError', 'TooManyFailuresError')
})

/** The schema of a route for @fastify/swagger. */
export function describeRoute(auth: Auth, route: RouteOptions, operation: TaggedOperation): FastifySchema {
  const { words, security, refusals } = authenticationOf(auth, route)
  const { summary, description, tag } = operation
  return {
    operationId: operationId(route),
    summary,
    description: [description ?? `${summary}.`, words && `The call takes ${words}.`, describeBodyOfGet(route)]
      .filter(Boolean)
      .join('\n\n'),
    tags: [tag],
    security,
    ...describeArguments(route, operation),
    response: {
      ...describeReplies(route, operation.replies),
      ...describeErrors([...make(...(operation.refusals ?? [])), ...refusals], errorFamily(route, operation))
    }
  }
}

function errorFamily({ config }: RouteOptions, { isOAuth }: Operation): ErrorFamily {
  if (isOAuth) return oauthErrors
  return config?.isForwarded ? forwardAuthErrors : plainErrors
}

function authenticationOf(auth: Auth, { preValidation, config }: RouteOptions): Authentication {
  if (config?.isControl) return ofFixture
  if (config?.scope !== undefined) return ofOperator(config.scope)
  const hooks = [preValidation].flat()
  const kind = (Object.keys(authentications) as Policy[]).find((name) => hooks.includes(auth[name]))
  return kind === undefined ? { security: [], refusals: [] } : authentications[kind]
}

function operationId({ method, url }: RouteOptions): string {
  const words = url.split(/\W|_/).filter(Boolean)
  const capitalized = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${String(method).toLowerCase()}${capitalized.join('')}`
}

// OpenAPI gives a body of GET no meaning, and with one a page could not try the call.
function describeBodyOfGet({ method, schema, config }: RouteOptions): string | undefined {
  if (method !== 'GET' || schema?.body === undefined || config?.scope !== undefined) return undefined
  return (
    'Rather than in the query string, send the arguments as a body, wherever the client can do so with `GET`: ' +
    `as a JSON object (\`${json}\`) or as a form (\`${form}\` or \`${multipart}\`), with the same names.`
  )
}

// A browser sends no body with GET. Elsewhere the body is what should be used, and what has the examples.
function describeArguments(route: RouteOptions, operation: Operation) {
  const { method, schema, config } = route
  const { arguments: examples = {}, isOAuth } = operation
  if (config?.scope !== undefined) return describeOperatorArguments(route, operation)
  if (schema?.body === undefined) return {}
  const taken = schema.body as TObject
  if (method === 'GET') {
    const querystring = annotate(taken, (argument) => ({ 'x-examples': toExamples(examples, argument) }))
    return { querystring }
  }
  // With examples of each argument, too, since a page has a field for each one of a form.
  const valuesOf = (argument: string) =>
    Object.values(examples)
      .map((values) => values[argument])
      .filter((value) => value !== undefined)
  const body = {
    ...annotate(taken, (argument) => ({ examples: valuesOf(argument) })),
    'x-examples': toExamples(examples)
  }
  if (isOAuth) return { body, consumes: [form] }
  // A fixture's arguments are not only strings.
  return config?.isControl
    ? { body, consumes: [json] }
    : { body, consumes: [json, form, multipart], querystring: Type.Partial(taken) }
}

// Body and query are apart: each takes what it says and nothing else.
function describeOperatorArguments(
  { method, schema, config }: RouteOptions,
  { arguments: examples = {}, text }: Operation
) {
  const { body, querystring } = schema as { body?: TObject; querystring?: TObject }
  const hasMembers = (taken: TObject | undefined) => Object.keys(taken?.properties ?? {}).length > 0
  return {
    ...(hasMembers(querystring) && { querystring }),
    ...(config?.bodyType !== undefined && {
      body: { type: 'string', 'x-examples': { lines: { value: text } } },
      consumes: [config.bodyType]
    }),
    ...(config?.bodyType === undefined &&
      hasMembers(body) && {
        body: { ...body, 'x-examples': toExamples(examples) },
        consumes: method === 'PATCH' ? [mergePatch, json] : [json]
      })
  }
}

function annotate(taken: TObject, annotation: (argument: string) => object) {
  const properties = Object.entries(taken.properties).map(([argument, schema]) => [
    argument,
    { ...schema, ...annotation(argument) }
  ])
  return { ...taken, properties: Object.fromEntries(properties) }
}

/** OpenAPI's examples: of all arguments together, or of one. */
function toExamples(examples: Record<string, Record<string, unknown>>, argument?: string) {
  const values = Object.entries(examples).map(([name, all]) => ({
    name,
    value: argument === undefined ? all : all[argument]
  }))
  return Object.fromEntries(
    values.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, { value }])
  )
}

function describeReplies({ schema }: RouteOptions, replies: Record<string, Reply>) {
  const schemas = Object(schema?.response) as Record<string, object>
  const described = Object.entries(replies).map(([status, reply]) => {
    const { description, type, example, otherTypes = {} } = reply
    if (type === undefined) return [status, { description, type: 'null' }]
    const media = { schema: reply.schema ?? schemas[status] ?? {}, ...(example !== undefined && { example }) }
    return [status, { description, content: { [type]: media, ...otherTypes } }]
  })
  return Object.fromEntries(described)
}
