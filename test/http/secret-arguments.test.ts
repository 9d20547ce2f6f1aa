import type { FastifyInstance, RouteOptions } from 'fastify'
import t, { type Test } from 'tap'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { secretArguments } from '../../src/http/argument-names.js'
import { isSecret } from '../../src/http/schemas/secret.js'
import { createServer } from '../../src/server/server.js'
import { cheap, createClock, type Method, send, transports } from '../support/helper.js'

interface Call {
  method: Method
  url: string
  isControl: boolean
  taken: Record<string, object>
}

/** A fixture, which records its requests, with all calls and all lines of its log. */
async function startFixture(t: Test) {
  const log: string[] = []
  const environment = {
    ...cheap,
    POSTERN_LOG_LEVEL: 'trace',
    POSTERN_ADMIN: 'http',
    POSTERN_OAUTH_CLIENTS: 'service:a secret of the client'
  }
  const options = fixtureOptions({ environment, clock: createClock(), users: [] })
  const app = createServer(options, { write: (line) => log.push(line) })
  t.teardown(() => app.close())
  const calls: Call[] = []
  app.addHook('onRoute', ({ method, url, schema, config }: RouteOptions) => {
    const { properties: taken = {} } = Object(schema?.body) as { properties?: Record<string, object> }
    const isControl = config?.isControl === true
    for (const name of [method].flat()) {
      if (name !== 'HEAD') calls.push({ method: name, url, isControl, taken } as Call)
    }
  })
  await app.ready()
  return { app, log, calls }
}

/** All of what the arguments of a call can be sent as; a form takes strings only. */
async function sendAll(app: FastifyInstance, { method, url }: Call, values: Record<string, unknown>) {
  const isText = Object.values(values).every((value) => typeof value === 'string')
  const replies = []
  for (const by of isText ? transports : (['json'] as const)) {
    replies.push(await send(app, method, url, values as Record<string, string>, { by }))
  }
  return replies
}

// A new argument fails the test below: mark it as a `Secret`, or add it here if everybody may read its value.
const told = [
  'user',
  'username',
  'grant_type',
  'token_type_hint',
  // Of the operator.
  'state',
  'email',
  'email_verified',
  'display_name',
  'groups',
  'expires_at',
  'external_id',
  'invite',
  'kind',
  'purge',
  'free_name',
  'name',
  'recipient',
  'scopes',
  'claims',
  'second_factor',
  // Of the control of a fixture.
  'active',
  'token_type',
  'authentication_method',
  'expires_in',
  'preset',
  'now',
  'advance',
  'frozen',
  'route',
  'times',
  'status',
  'delay',
  'drop',
  // It holds passwords: each is a `Secret` of its own, and no body of a control call is told anywhere.
  'users',
  'cursor',
  'wait'
]

t.test('every argument of a call is marked as a secret, or known to be none', async (t) => {
  const { calls } = await startFixture(t)
  const names = calls.flatMap(({ taken }) => Object.keys(taken))
  const marked = calls.flatMap(({ taken }) =>
    Object.keys(taken).filter((name) => isSecret(taken[name] ?? {}))
  )
  t.same([...new Set(names)].filter((name) => !marked.includes(name)).sort(), [...told].sort())
  t.same(
    marked.filter((name) => !secretArguments.has(name)),
    [],
    'the schema of each is among those that the names are derived from'
  )
})

t.test('passwords, tokens and the secrets of clients are marked', (t) => {
  t.same([...secretArguments].sort(), [
    'access_token',
    'client_secret',
    'current_pass',
    'current_password',
    'hash',
    'lines',
    'otp',
    'pass',
    'password',
    'refresh_token',
    'token',
    'totp'
  ])
  t.end()
})

t.test('the value of a marked argument is in no log line, no error and no record of a fixture', async (t) => {
  const { app, log, calls } = await startFixture(t)
  const said: string[] = []
  for (const call of calls.filter(({ isControl, url }) => !isControl && !url.startsWith('/docs'))) {
    const own = Object.keys(call.taken).filter((name) => secretArguments.has(name))
    for (const names of [...own.map((name) => [name]), [...secretArguments]]) {
      for (const value of ['hunter2', 'hunter2'.repeat(1000), { hunter2: 'hunter2' }]) {
        const secrets = Object.fromEntries(names.map((name) => [name, value]))
        const replies = await sendAll(app, call, { user: 'alice', grant_type: 'password', ...secrets })
        said.push(...replies.map(({ body }) => body))
      }
    }
  }
  const { body } = await app.inject('/fixture/requests')
  for (const name of secretArguments) t.match(body, `"${name}":"[removed]"`, 'it was recorded')
  t.ok(log.length > said.length, 'every request was logged')
  t.same(
    [...log, ...said, body].filter((text) => text.includes('hunter2')),
    []
  )
})

t.test('a link and a key in a path are told nowhere', async (t) => {
  const { app, log } = await startFixture(t)
  const token = 'hunter2'.repeat(6)
  const paths = [
    `/link/${token}`,
    `/LINK/${token}`,
    `//link/${token}`,
    `/%6Cink/${token}`,
    `/link%2F${token}`,
    `/link/${token}/more`,
    `/link/${token.repeat(80)}`,
    `/admin/api-keys/pak_${token}`,
    `/pak_${token}?pak_${token}`
  ]
  for (const path of paths) {
    for (const method of ['GET', 'POST'] as const) {
      const { body, headers } = await app.inject({ method, url: path })
      // The page of a link leads to itself, in other languages.
      if (!/html/.test(String(headers['content-type']))) t.notMatch(body, 'hunter2', path)
    }
  }
  const { body } = await app.inject('/fixture/requests')
  // The router refuses the longest one unseen.
  t.ok(log.length >= 2 * (paths.length - 1))
  t.same(
    [...log, body].filter((text) => text.includes('hunter2')),
    []
  )
})
