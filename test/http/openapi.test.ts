import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { Compile } from 'typebox/compile'
import { refusals } from '../../src/errors/refusals.js'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { createServer } from '../../src/server/server.js'
import {
  bearer,
  cheap,
  type Method,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  startService,
  temporaryFolder,
  transports
} from '../support/helper.js'

interface Schema {
  properties?: Record<string, { enum?: unknown[]; examples?: unknown[] }>
}

interface Media {
  schema: Schema
  example?: unknown
  examples?: Record<string, { value: unknown }>
}

interface Described {
  $ref?: string
  content?: Record<string, Media>
}

interface Operation {
  security?: Record<string, string[]>[]
  description?: string
  parameters?: (Media & { name: string; in: string })[]
  requestBody?: Described
  responses: Record<string, Described>
}

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, object>
    responses: Record<string, Described>
    securitySchemes: Record<string, { type: string; flows?: object }>
  }
  info: { contact?: object }
  servers: { url: string }[]
  tags: { name: string }[]
}

const fixtureSecret = 'of-this-fixture-alone'
const adminKey = 'a-key-of-the-operator-of-more-than-32-characters'

async function read(t: Test, environment = {}) {
  const { app } = await startService(t, environment)
  const reply = await app.inject('/openapi.json')
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  return { app, document: reply.json() as Document }
}

/** The document of all calls that there are. */
async function readAll(t: Test) {
  const app = startFixture(t)
  await app.ready()
  return { document: (await app.inject('/openapi.json')).json() as Document }
}

/** With all calls that there are. */
function startFixture(t: Test) {
  const usersFile = join(temporaryFolder(t), 'users.json')
  writeFileSync(usersFile, '[]')
  const environment = {
    ...cheap,
    POSTERN_METRICS: 'true',
    POSTERN_FIXTURE_SECRET: fixtureSecret,
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: adminKey,
    POSTERN_USERS_FILE: usersFile
  }
  const app = createServer(fixtureOptions({ environment, clock: Date.now }), { write: () => {} })
  t.teardown(() => app.close())
  return app
}

function operationsOf({ paths }: Document): [name: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation
    ])
  )
}

function fits({ components }: Document, schema: object, value: unknown): boolean {
  const {
    $ref: reference,
    allOf = [],
    anyOf
  } = schema as { $ref?: string; allOf?: object[]; anyOf?: object[] }
  const found = reference === undefined ? schema : components.schemas[nameIn(reference)]
  const { allOf: _, anyOf: __, ...own } = found as { allOf?: object[]; anyOf?: object[] }
  const fitsPart = (part: object) => fits({ components } as Document, part, value)
  return Compile(own).Check(value) && allOf.every(fitsPart) && (anyOf === undefined || anyOf.some(fitsPart))
}

function nameIn(reference: string): string {
  return reference.replace(/^.*\//, '')
}

/** The response of a call to this status: its own, or the one that it shares with others. */
function responseOf({ components }: Document, { responses }: Operation, status: number) {
  const response = responses[status] ?? responses.default
  return response?.$ref === undefined ? response : components.responses[nameIn(response.$ref)]
}

function examplesOf({ example, examples = {} }: Media): unknown[] {
  const named = Object.values(examples).map(({ value }) => value)
  return example === undefined ? named : [...named, example]
}

t.test('the document is valid OpenAPI 3.1', async (t) => {
  const { document } = await readAll(t)
  const validator = new Validator()
  t.match(await validator.validate({ ...document }), { valid: true })
  t.equal(validator.version, '3.1')
})

t.test('every call is in the document, and nothing else', async (t) => {
  const { document } = await readAll(t)
  const routes = new Set<string>()
  const app = startFixture(t)
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.isPage) return
    for (const name of [method].flat()) routes.add(`${name} ${url.replace(/:(\w+)/g, '{$1}')}`)
  })
  await app.ready()
  const calls = [...routes].filter((route) => !/^HEAD |^OPTIONS | \/(?:docs|ns)\/| \/$/.test(route))
  t.same(
    operationsOf(document)
      .map(([name]) => name)
      .sort(),
    calls.sort()
  )
  t.ok(calls.length > 20)
})

t.test('every refusal is in the document, and all examples fit their schemas', async (t) => {
  const { document } = await readAll(t)
  const named = new Set<string>()
  const check = (name: string, { content = {} }: Described) => {
    for (const [type, media] of Object.entries(content)) {
      for (const example of examplesOf(media)) t.ok(fits(document, media.schema, example), `${name} ${type}`)
      for (const example of Object.keys(media.examples ?? {})) named.add(example)
      for (const [argument, schema] of Object.entries(media.schema.properties ?? {})) {
        for (const example of schema.examples ?? [])
          t.ok(fits(document, schema, example), `${name} ${argument}`)
      }
    }
  }
  for (const [name, { parameters = [], requestBody, responses }] of operationsOf(document)) {
    for (const parameter of parameters) {
      for (const example of examplesOf(parameter)) t.ok(fits(document, parameter.schema, example), name)
    }
    if (requestBody !== undefined) check(name, requestBody)
    for (const [status, response] of Object.entries(responses)) check(`${name} ${status}`, response)
  }
  for (const [name, response] of Object.entries(document.components.responses)) check(name, response)
  t.same(
    Object.keys(refusals).filter((name) => !named.has(name)),
    // Of pages, of no call, of a test.
    [
      'ForeignFormError',
      'InsecureAddressError',
      'NotFoundError',
      'MethodNotAllowedError',
      'InjectedFaultError'
    ]
  )
})

t.test('each error reply says which names it may have', async (t) => {
  const { document } = await readAll(t)
  const namesOf = (path: string, method: string, status: number, key = 'error_name') => {
    const media = document.paths[path]?.[method]?.responses[status]?.content?.['application/json']
    return media?.schema.properties?.[key]?.enum
  }
  t.same(namesOf('/token', 'get', 404), ['IncorrectPasswordError'])
  t.same(namesOf('/user', 'patch', 401), [
    'AuthenticationRequiredError',
    'InvalidTokenError',
    'TokenTypeError'
  ])
  t.same(namesOf('/oauth/token', 'post', 401, 'error'), ['invalid_client'])
})

t.test('a refusal that any call may meet is described once', async (t) => {
  const { document } = await readAll(t)
  for (const [name, { responses }] of operationsOf(document)) {
    const family = name.includes(' /oauth/') ? 'OAuthError' : 'Error'
    t.same(responses.default, { $ref: `#/components/responses/${family}` }, name)
    t.same(
      Object.keys(responses).filter((status) => ['408', '413', '415', '417', '431', '500'].includes(status)),
      [],
      name
    )
    t.ok(Object.keys(responses).length < 10, name)
  }
  const { content } = document.components.responses.Error ?? {}
  t.same(Object.keys(content?.['application/json']?.examples ?? {}), [
    'MalformedRequestError',
    'PayloadTooLargeError',
    'UnsupportedMediaTypeError',
    'ExpectationFailedError',
    'InternalServerError',
    'ServerBusyError',
    'StoreUnavailableError',
    'RequestTimeoutError',
    'HeadersTooLargeError'
  ])
  // Where a status is the call's own, too, the shared refusal of that status is among its names.
  const media = document.paths['/user']?.post?.responses[400]?.content?.['application/json']
  t.ok(media?.schema.properties?.error_name?.enum?.includes('MalformedRequestError'))
})

t.test('a token is presented as Bearer first, and a client can get one by the password flow', async (t) => {
  for (const [POSTERN_ISSUER, tokenUrl] of [
    ['', '/oauth/token'],
    ['https://id.example.org/auth/', 'https://id.example.org/auth/oauth/token']
  ] as const) {
    const { document } = await read(t, { POSTERN_ISSUER })
    const { securitySchemes } = document.components
    t.equal(Object.keys(securitySchemes)[0], 'bearer')
    t.match(securitySchemes.oauth2, { type: 'oauth2', flows: { password: { tokenUrl, scopes: {} } } })
    const secured = operationsOf(document).filter(([, { security = [] }]) =>
      security.some(({ bearer }) => bearer)
    )
    t.ok(secured.length > 6)
    for (const [name, { security }] of secured)
      t.same(security?.slice(0, 2), [{ bearer: [] }, { oauth2: [] }], name)
  }
})

t.test('arguments are described in all the places where they are taken', async (t) => {
  const { document } = await readAll(t)
  const { paths } = document
  const places = (path: string, method: string) => {
    const operation = paths[path]?.[method]
    return {
      query: operation?.parameters?.map(({ name }) => name) ?? [],
      body: Object.keys(operation?.requestBody?.content ?? {})
    }
  }
  const all = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']
  t.same(places('/user', 'post'), { query: ['user', 'pass'], body: all })
  t.same(places('/user', 'patch'), { query: ['pass', 'current_pass'], body: all })
  t.same(places('/refresh_token', 'delete'), { query: ['refresh_token'], body: all })
  t.same(places('/token', 'get'), { query: ['user', 'pass', 'otp'], body: [] })
  for (const type of all) t.match(paths['/token']?.get?.description, type)
  t.same(places('/oauth/token', 'post'), { query: [], body: ['application/x-www-form-urlencoded'] })
})

/** Expects replies to be described; remembers which ones there were. */
function createExpectation(t: Test, document: Document) {
  const seen = new Set<string>()
  const expect = (method: Method, path: string, reply: LightMyRequestResponse) => {
    const { statusCode, headers, body } = reply
    const name = `${method} ${path} ${statusCode}`
    seen.add(name)
    const operation = document.paths[path]?.[method.toLowerCase()]
    const response = operation && responseOf(document, operation, statusCode)
    if (response === undefined || (statusCode < 400 && !operation?.responses[statusCode])) return t.fail(name)
    const { content = {} } = response
    if (Object.keys(content).length === 0) return t.equal(body, '', name)
    const type = headers['content-type']?.toString().split(';')[0] ?? ''
    const media = content[type]
    if (media === undefined) return t.fail(`${name} ${type}`)
    return t.ok(fits(document, media.schema, /[/+]json$/.test(type) ? JSON.parse(body) : body), name)
  }
  return { seen, expect }
}

t.test('what the calls answer is what the document says', async (t) => {
  const { app, document } = await read(t, { POSTERN_METRICS: 'true', POSTERN_LOGIN_MAX_FAILURES: '2' })
  const { seen, expect } = createExpectation(t, document)
  const call = async (method: Method, path: string, values = {}, headers = {}) => {
    for (const by of path.startsWith('/oauth/') ? (['form', 'json'] as const) : transports)
      expect(method, path, await send(app, method, path, values, { by, headers }))
  }

  const pass = 'wonderland'
  const token = bearer(await signUp(app, 'alice', pass))
  const refreshing = await refreshToken(app, token.authorization.replace('Bearer ', ''))
  const byRefreshToken = bearer((await send(app, 'GET', '/token', { user: refreshing })).body)
  for (const [name] of operationsOf(document)) {
    const [method, path] = name.split(' ') as [Method, string]
    if (path.startsWith('/fixture/')) continue
    await call(method, path)
    await call(method, path, { access_token: 'x' })
    expect(method, path, await app.inject({ method, url: `${path}?a=%zz` }))
    expect(method, path, await send(app, method, path, { user: 'x'.repeat(65_536) }))
    const headers = { 'content-type': 'text/plain' }
    expect(method, path, await app.inject({ method, url: path, headers, body: 'x' }))
  }
  await call('POST', '/user', { user: 'bob', pass })
  await call('POST', '/user', { user: '\u200b', pass })
  await call('GET', '/user', {}, token)
  await call('GET', '/check', {}, token)
  await call('POST', '/check', {}, token)
  await call('GET', '/token', { user: 'alice', pass })
  await call('POST', '/token', { user: 'alice', pass })
  await call('GET', '/token', { user: 'carol', pass })
  await call('GET', '/refresh_token', {}, token)
  await call('GET', '/refresh_token', {}, byRefreshToken)
  await call('GET', '/refresh_tokens', {}, token)
  await call('DELETE', '/refresh_token', { refresh_token: refreshing }, token)
  await call('DELETE', '/refresh_tokens', {}, bearer(await signIn(app, 'alice', pass)))
  await call('DELETE', '/refresh_tokens', {}, byRefreshToken)
  await call('POST', '/oauth/token', { grant_type: 'password', username: 'alice', password: pass })
  await call('POST', '/oauth/token', { grant_type: 'password', username: 'dave', password: pass })
  await call('POST', '/oauth/token', { grant_type: 'password', username: 'carol', password: pass })
  await call('POST', '/oauth/token', { grant_type: 'x' })
  await call('POST', '/oauth/introspect', { token: refreshing }, token)
  await call('POST', '/oauth/introspect', { token: token.authorization.slice(7) }, token)
  await call('POST', '/oauth/revoke', { token: 'x' })
  await call('POST', '/oauth/revoke', { token: 'x' }, { authorization: 'Basic eDp5' })
  const again = await signIn(app, 'alice', pass)
  const renewed = await refresh(app, await refreshToken(app, again))
  await call('PATCH', '/user', { pass: 'looking-glass' }, bearer(renewed))
  await call('PATCH', '/user', { pass: 'looking-glass' }, bearer(again))
  const last = bearer(await signIn(app, 'alice', 'looking-glass'))
  await call('DELETE', '/user', {}, last)
  await call('DELETE', '/user', {}, last)
  await call('PATCH', '/user', { pass }, last)
  await call('GET', '/refresh_tokens', {}, last)
  await call('GET', '/token', { user: 'alice', pass: 'looking-glass' })
  const { etag } = (await app.inject('/.well-known/jwks.json')).headers
  await call('GET', '/.well-known/jwks.json', {}, { 'if-none-match': etag })

  for (const name of [
    'POST /user 201',
    'POST /user 403',
    'GET /user 204',
    'PATCH /user 200',
    'PATCH /user 401',
    'PATCH /user 403',
    'PATCH /user 404',
    'DELETE /user 204',
    'DELETE /user 404',
    'GET /token 200',
    'GET /token 403',
    'GET /token 404',
    'GET /token 429',
    'POST /token 200',
    'GET /check 200',
    'POST /check 200',
    'GET /check 400',
    'GET /refresh_token 200',
    'DELETE /refresh_token 204',
    'GET /refresh_tokens 404',
    'POST /oauth/token 200',
    'POST /oauth/token 429',
    'POST /oauth/introspect 401',
    'POST /oauth/revoke 401',
    'GET /.well-known/jwks.json 304',
    'GET /metrics 200',
    'GET /version 413',
    'GET /version 415'
  ])
    t.ok(seen.has(name), name)
})

t.test('so it is with the calls that control a fixture', async (t) => {
  const { document } = await readAll(t)
  const app = startFixture(t)
  const { expect } = createExpectation(t, document)
  const examples = operationsOf(document).filter(([name]) => name.includes(' /fixture/'))
  t.ok(examples.length > 10)
  // Those that remove what others need come last.
  for (const [name, { requestBody }] of examples.sort(([one], [other]) => other.localeCompare(one))) {
    const [method, path] = name.split(' ') as [Method, string]
    const url = path.replace('{user}', 'alice').replace('{name}', 'here')
    expect(method, path, await app.inject({ method, url }))
    const payloads = examplesOf(requestBody?.content?.['application/json'] ?? { schema: {} })
    for (const payload of payloads.length === 0 ? [undefined] : (payloads as object[])) {
      const reply = await app.inject({
        method,
        url,
        headers: bearer(fixtureSecret),
        ...(payload !== undefined && { payload })
      })
      expect(method, path, reply)
    }
  }
})

t.test("so it is with the operator's calls", async (t) => {
  const { document } = await readAll(t)
  const app = startFixture(t)
  const { seen, expect } = createExpectation(t, document)
  const operated = operationsOf(document).filter(([name]) => name.includes(' /admin/'))
  t.ok(operated.length > 18)
  const made = await app.inject({
    method: 'POST',
    url: '/admin/users',
    headers: bearer(adminKey),
    payload: { user: 'bob', pass: 'wonderland', email: 'bob@example.org', display_name: 'Bob', groups: ['a'] }
  })
  const { uid } = made.json()
  const [token, secret] = [await signIn(app, 'bob'), { headers: bearer(adminKey) }]
  await refreshToken(app, token)
  const urls = async (path: string) => {
    const idOf = async (url: string, list: string) => (await app.inject({ url, ...secret })).json()[list][0]
    if (path.includes('/sessions/'))
      return (await idOf(`/admin/users/${uid}/sessions`, 'refresh_tokens'))?.jti
    if (path.includes('/invites/')) return (await idOf('/admin/invites', 'invites'))?.id
    return path.includes('/api-keys/') ? (await idOf('/admin/api-keys', 'api_keys'))?.id : 'x'
  }
  const ofSession = '/admin/users/{uid}/sessions/{id}'
  const { refresh_tokens: sessions } = (
    await app.inject({ url: `/admin/users/${uid}/sessions`, ...secret })
  ).json()
  const ended = {
    method: 'DELETE',
    url: `/admin/users/${uid}/sessions/${sessions[0].jti}`,
    ...secret
  } as const
  expect('DELETE', ofSession, await app.inject(ended))
  // Those that remove what others need come last.
  for (const [name, { requestBody }] of operated.sort(([one], [other]) => other.localeCompare(one))) {
    const [method, path] = name.split(' ') as [Method, string]
    const url = path
      .replace('{uid}', uid)
      .replace('{user}', 'bob')
      .replace(/\{(id|kid)\}/, String(await urls(path)))
    expect(method, path, await app.inject({ method, url }))
    expect(
      method,
      path,
      await app.inject({ method, url: url.replace(uid, 'x').replace('bob', 'x'), ...secret })
    )
    expect(method, path, await app.inject({ method, url: `${url}?unknown=1`, ...secret }))
    const [[type, media] = []] = Object.entries(requestBody?.content ?? {})
    const payloads = examplesOf(media ?? { schema: {} })
    for (const payload of payloads.length === 0 ? [undefined] : (payloads as object[])) {
      const headers = { ...secret.headers, ...(typeof payload === 'string' && { 'content-type': type }) }
      expect(method, path, await app.inject({ method, url, headers, ...(payload && { payload }) }))
    }
    const succeeded = [200, 201, 204].some((status) => seen.has(`${name} ${status}`))
    t.ok(succeeded || name.includes('signing-keys/'), `${name} succeeds`)
  }
})

const assets = {
  '/docs': 'text/html; charset=utf-8',
  '/docs/start.js': 'text/javascript; charset=utf-8',
  '/docs/swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  '/docs/swagger-ui.css': 'text/css; charset=utf-8'
}

t.test('the page and its parts are there, each with its type, for GET and HEAD', async (t) => {
  const { app } = await startService(t)
  for (const [url, type] of Object.entries(assets)) {
    const reply = await app.inject(url)
    t.equal(reply.statusCode, 200)
    t.equal(reply.headers['content-type'], type)
    t.equal(reply.headers['x-content-type-options'], 'nosniff')
    const head = await app.inject({ method: 'HEAD', url })
    t.equal(head.statusCode, 200)
    t.equal(head.body, '')
    t.equal(head.headers['content-length'], String(reply.rawPayload.length))
    t.equal(head.headers['content-type'], type)
    const refusal = await app.inject({ method: 'POST', url })
    t.equal(refusal.statusCode, 405)
    t.equal(refusal.headers.allow, 'GET, HEAD')
  }
})

t.test(
  'C11: the document has the calls of this server, no unused part, and an address for clients',
  async (t) => {
    const pathsOf = ({ paths }: Document) => Object.keys(paths)
    const { document } = await read(t)
    t.same(document.servers, [{ url: '/' }])
    t.same(
      pathsOf(document).filter((path) => /^\/(fixture|metrics|docs\/)/.test(path)),
      []
    )
    t.notOk(document.tags.some(({ name }) => name === 'fixture' || name === 'admin'))
    t.notOk(
      pathsOf(document).some((path) => path.startsWith('/admin')),
      'they are on the socket alone'
    )
    t.notOk(document.components.securitySchemes?.fixture)
    const { document: all } = await readAll(t)
    t.ok(pathsOf(all).includes('/metrics') && pathsOf(all).includes('/fixture/users/{user}'))
    t.ok(all.components.securitySchemes?.fixture)
    for (const each of [document, all]) {
      const used = JSON.stringify(each.paths)
      for (const [kind, parts] of Object.entries(each.components)) {
        for (const name of Object.keys(parts)) {
          const isUsed = used.includes(kind === 'securitySchemes' ? `{"${name}":[]}` : `/${kind}/${name}"`)
          t.ok(isUsed, `${kind} ${name}`)
        }
      }
    }
    t.ok(all.info.contact)
    for (const [name, { description }] of operationsOf(all)) t.ok(description, name)
    for (const [POSTERN_ISSUER, url] of [
      ['https://id.example.org/auth/', 'https://id.example.org/auth'],
      ['postern', '/']
    ] as const)
      t.same((await read(t, { POSTERN_ISSUER })).document.servers, [{ url }])
  }
)

t.test('L12: with POSTERN_DOCS=off neither the page nor the document is there', async (t) => {
  const { app } = await startService(t, { POSTERN_DOCS: 'off' })
  for (const url of ['/openapi.json', ...Object.keys(assets)])
    t.equal((await app.inject(url)).statusCode, 404)
  t.equal((await app.inject('/version')).statusCode, 200)
  const { app: on } = await startService(t, { POSTERN_DOCS: 'on' })
  t.equal((await on.inject('/openapi.json')).statusCode, 200)
})

t.test('the document, the page and its parts are sent again only once they have changed', async (t) => {
  const { app, document } = await read(t)
  const { expect } = createExpectation(t, document)
  for (const url of ['/openapi.json', ...Object.keys(assets)]) {
    const { headers } = await app.inject(url)
    t.equal(headers['cache-control'], 'no-cache', url)
    const again = await app.inject({ url, headers: { 'if-none-match': String(headers.etag) } })
    t.equal(again.statusCode, 304, url)
    if (!url.startsWith('/docs/')) expect('GET', url, again)
    t.equal(again.headers.etag, headers.etag)
    t.equal(again.headers['content-security-policy'], headers['content-security-policy'])
    const changed = await app.inject({ url, headers: { 'if-none-match': '"x"' } })
    t.equal(changed.statusCode, 200, url)
  }
})

t.test('nothing else below /docs is there', async (t) => {
  const { app } = await startService(t)
  for (const name of ['', 'LICENSE', 'openapi.json', '%2e%2e/package.json', '..%2fopenapi.json'])
    t.equal((await app.inject(`/docs/${name}`)).statusCode, 404, name)
})

t.test('the page loads its own parts and nothing else, which its policy enforces', async (t) => {
  const { app } = await startService(t)
  const { headers, body } = await app.inject('/docs')
  const policy = headers['content-security-policy']?.toString().split(';')
  t.ok(policy?.includes("default-src 'none'"))
  t.ok(policy?.includes("script-src 'self'"))
  t.notMatch(policy, /unsafe|http|\*/)
  const loaded = [...body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url = '']) => url)
  t.same(loaded.sort(), ['data:,', 'docs/start.js', 'docs/swagger-ui-bundle.js', 'docs/swagger-ui.css'])
  t.notMatch(body, /<script[^>]*>[^<]|<style|\son\w+=/)
  t.notMatch((await app.inject('/docs/start.js')).body, /https?:/)
  const styles = (await app.inject('/docs/swagger-ui.css')).body
  t.notMatch(styles, /@import|url\((?!["']?data:)/)
})
