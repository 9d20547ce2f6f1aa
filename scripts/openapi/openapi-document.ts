import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { Type } from 'typebox'
import service from '../../src/app.js'
import { loadConfig } from '../../src/config/config.js'
import { refusals } from '../../src/errors/refusals.js'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { version } from '../../src/version.js'
import { oauthErrors, plainErrors, sharedResponses } from './described-errors.js'
import { describeRoute } from './described-route.js'
import { operations, tags } from './operations/operations.js'

const description = `
Users, passwords and signed JSON Web Tokens.

**Arguments** are strings. Each call but those of OAuth, of the operator and of a fixture takes them as a JSON object, as a form or in the query
string, on every method, or some here and some there: JSON wins over the query string, the query string over the form. Prefer
a body: query strings end up in logs. Of \`GET\` only the query string is shown here, since browsers send no body with it.

\`username\`, \`password\` and \`current_password\` are other names of \`user\`, \`pass\` and \`current_pass\`.

**Tokens** are presented as \`Authorization: Bearer …\`, as the bare value of that header, or as \`access_token\` among the
arguments, in whichever of the three places.

**Errors** all have the same shape; go by \`error_name\`. Those of \`/oauth/…\` have OAuth's. A call lists its own refusals by
their status, and as \`default\` those that any call may meet. Besides them, an unknown path is 404 \`NotFoundError\`, and another method on one of these paths is 405 \`MethodNotAllowedError\`, with
the header \`Allow\`.

\`HEAD\` works where \`GET\` does, and is not listed.
`

const Refusal = Type.Object({
  statusCode: Type.Integer({ description: 'The status of the reply.' }),
  error: Type.String({ description: "HTTP's words for the status." }),
  error_name: Type.Enum(Object.keys(refusals), {
    type: 'string',
    description: 'What went wrong. These names are stable.'
  }),
  message: Type.String({ description: 'What went wrong, for people.' })
})

const OAuthRefusal = Type.Object(
  { error: Type.String(), error_description: Type.String() },
  { description: 'An error of OAuth (RFC 6749 §5.2).' }
)

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
  oauth2: {
    type: 'oauth2',
    description:
      'Signs in by name and password. Of a client that the service does not know, the id may be any.',
    // The service says where it is.
    flows: { password: { tokenUrl: '/oauth/token', scopes: {} } }
  },
  argument: {
    type: 'apiKey',
    in: 'query',
    name: 'access_token',
    description: 'An access token among the arguments: in the query string, a JSON body or a form.'
  },
  fixture: { type: 'http', scheme: 'bearer', description: '`POSTERN_FIXTURE_SECRET`.' },
  adminKey: {
    type: 'http',
    scheme: 'bearer',
    description: "An API key of the operator's, or `POSTERN_ADMIN_KEY`."
  },
  client: {
    type: 'http',
    scheme: 'basic',
    description: 'The id and secret of a client of `POSTERN_OAUTH_CLIENTS`.'
  }
} as const

interface Call {
  requestBody?: { required?: boolean }
  parameters?: unknown[]
  responses: Record<string, object>
}

/**
 * The OpenAPI document of the service, made from the schemas and hooks of its routes and from `operations`.
 *
 * @throws `Error` for a route that `operations` says nothing of, and for an operation without a route.
 */
export async function createDocument(): Promise<object> {
  const app = Fastify()
  const missing = new Set(Object.keys(operations))
  await app.register(swagger, {
    stripBasePath: false,
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Postern',
        version,
        description: description.trim(),
        contact: { name: 'Postern' },
        license: { name: 'MIT', identifier: 'MIT' }
      },
      // The service says which one it is: POSTERN_ISSUER, or this.
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: {
        schemas: { Error: Refusal, OAuthError: OAuthRefusal } as never,
        responses: sharedResponses as never,
        securitySchemes
      }
    },
    transform({ url, route }) {
      // Pages, namespaces, and preflights are no calls.
      const isPage = /^\/$|^\/(?:docs|ns)\//.test(url) || route.config?.isPage
      if (isPage || route.method === 'OPTIONS') return { url, schema: { hide: true } }
      // HEAD, which every GET route answers too, is not described.
      const [method = ''] = [route.method].flat()
      const key = `${method} ${url}`
      const operation = operations[key]
      if (operation === undefined) throw new Error(`scripts/openapi/operations says nothing of ${key}`)
      missing.delete(key)
      return { url, schema: describeRoute(app.auth, { ...route, method }, operation) }
    }
  })
  // A fixture has all calls.
  const options = fixtureOptions({
    environment: { POSTERN_METRICS: 'true', POSTERN_ADMIN: 'http' },
    clock: Date.now
  })
  await app.register(service, { ...options, config: loadConfig(options.environment) })
  await app.ready()
  const document = app.swagger()
  await app.close()
  if (missing.size > 0)
    throw new Error(`scripts/openapi/operations tells of what is no route: ${[...missing]}`)
  // The order of the calls is that of the table, not that of the files.
  const order = Object.keys(operations).map((key) => key.replace(/^\S+ /, '').replace(/:(\w+)/g, '{$1}'))
  const inOrder = ([a]: [string, unknown], [b]: [string, unknown]) => order.indexOf(a) - order.indexOf(b)
  document.paths = Object.fromEntries(Object.entries(document.paths ?? {}).sort(inOrder))
  for (const [path, calls] of Object.entries(document.paths as Record<string, Record<string, Call>>)) {
    const { name } = path.startsWith('/oauth/') ? oauthErrors : plainErrors
    delete calls.head
    for (const { requestBody, parameters, responses } of Object.values(calls)) {
      // The plugin holds the body for the only place of arguments.
      if (requestBody !== undefined && parameters !== undefined) requestBody.required = false
      // The plugin takes a reference in this place for that of a schema.
      responses.default = { $ref: `#/components/responses/${name}` }
    }
  }
  return document
}
