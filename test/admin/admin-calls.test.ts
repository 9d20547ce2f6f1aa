import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import {
  bearer,
  decodePart,
  type Method,
  send,
  signIn,
  signUp,
  start,
  startService,
  transports
} from '../support/helper.js'

const now = start / 1000
const key = 'a-key-of-the-operator-of-more-than-32-characters'

/** The service with the operator's calls, and a function that makes them. */
async function startOperated(t: Test, environment: Environment = {}) {
  const { app, clock, log } = await startService(t, {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: key,
    ...environment
  })
  const call = async (method: Method, path: string, body?: object | string, headers = {}) => {
    const reply = await app.inject({
      method,
      url: `/admin${path}`,
      headers: {
        ...bearer(key),
        ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { payload: body })
    })
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: reply.body === '' ? undefined : reply.json()
    }
  }
  return { app, clock, log, call }
}

t.test('an account is made, found, read, changed and deleted', async (t) => {
  const { app, call } = await startOperated(t)
  const made = await call('POST', '/users', { user: 'alice', pass: 'wonderland', groups: ['ops', 'family'] })
  t.match(made, {
    status: 201,
    body: { user: 'alice', has_password: true, groups: ['family', 'ops'], claims: {} }
  })
  const { uid } = made.body
  t.equal(made.headers.location, `/admin/users/${uid}`)
  await signIn(app)
  const read = await call('GET', `/users/${uid}`)
  t.match(read.body, { user: 'alice', state: 'active', sessions: 0, factors: 0, created_at: now })
  t.same((await call('GET', '/users/by-name/alice')).body, read.body)
  t.match((await call('GET', '/users?q=al')).body, { users: [{ uid }] })
  const changed = await call('PATCH', `/users/${uid}`, { user: 'Ünal', claims: { role: 'x' } })
  t.match(changed, { status: 200, body: { user: 'Ünal', claims: { role: 'x' } } })
  t.equal((await call('GET', `/users/by-name/${encodeURIComponent('Ünal')}`)).status, 200)
  t.match(await call('DELETE', `/users/${uid}`), { status: 204, body: undefined })
  t.equal((await call('GET', `/users/${uid}`)).body.state, 'deleted')
  t.equal((await call('DELETE', `/users/${uid}?purge=true`)).status, 204)
  t.match(await call('GET', `/users/${uid}`), { status: 404, body: { error_name: 'UserDoesNotExistError' } })
  t.equal((await call('DELETE', `/users/${uid}`, { free_name: true })).status, 204)
  for (const user of ['Ünal', 'alice'])
    t.equal((await call('POST', '/users', { user })).status, 201, 'both names are free')
})

t.test('a change with If-Match is made of the account as it was read, or not at all', async (t) => {
  const { call } = await startOperated(t)
  const { uid } = (await call('POST', '/users', { user: 'alice' })).body
  const { etag = '' } = (await call('GET', `/users/${uid}`)).headers
  const change = (ifMatch: string) =>
    call('PATCH', `/users/${uid}`, { display_name: ifMatch.replaceAll('"', '') }, { 'if-match': ifMatch })
  const first = await change(String(etag))
  t.equal(first.status, 200)
  t.not(first.headers.etag, etag)
  t.equal(first.headers.etag, (await call('GET', `/users/${uid}`)).headers.etag)
  for (const ifMatch of [String(etag), 'W/"1"', '"x", "y"', '1']) {
    t.match(await change(ifMatch), { status: 412, body: { error_name: 'PreconditionFailedError' } }, ifMatch)
  }
  t.equal((await change(`"x", ${first.headers.etag}`)).status, 200)
  t.equal((await change('*')).status, 200)
})

t.test('a patch is taken as application/merge-patch+json, too', async (t) => {
  const { call } = await startOperated(t)
  const { uid } = (await call('POST', '/users', { user: 'alice', display_name: 'A' })).body
  const type = { 'content-type': 'application/merge-patch+json' }
  const { status, body } = await call(
    'PATCH',
    `/users/${uid}`,
    '{"display_name":null,"groups":["ops"]}',
    type
  )
  t.match([status, body.groups, body.display_name], [200, ['ops'], undefined])
})

t.test(
  'an argument that is unknown or not to be set is refused by its name, and changes nothing',
  async (t) => {
    const { call } = await startOperated(t)
    const { uid } = (await call('POST', '/users', { user: 'alice' })).body
    const before = (await call('GET', `/users/${uid}`)).body
    const cases: [Method, string, object | undefined, string][] = [
      ['POST', '/users', { user: 'bob', uid }, 'uid'],
      ['POST', '/users', { user: 'bob', active: true }, 'active'],
      ['POST', '/users?user=bob', undefined, 'user'],
      ['POST', '/users', {}, 'user'],
      ['PATCH', `/users/${uid}`, { hash: 'x' }, 'hash'],
      ['PATCH', `/users/${uid}`, { gen: 1 }, 'gen'],
      ['PATCH', `/users/${uid}`, { groups: 'ops' }, 'groups'],
      ['PATCH', `/users/${uid}`, { groups: ['a b'] }, 'groups'],
      ['PATCH', `/users/${uid}`, { state: 'gone' }, 'state'],
      ['PATCH', `/users/${uid}`, { email: 'nobody' }, 'email'],
      ['PATCH', `/users/${uid}?groups=ops`, {}, 'groups'],
      ['DELETE', `/users/${uid}?purge=yes`, undefined, 'purge'],
      ['DELETE', `/users/${uid}`, { purge: 'true' }, 'purge'],
      ['DELETE', `/users/${uid}`, { everything: true }, 'everything'],
      ['GET', '/users?limit=201', undefined, 'limit'],
      ['GET', '/users?limit=0', undefined, 'limit'],
      ['GET', '/users?state=gone', undefined, 'state'],
      ['GET', '/users?name=x', undefined, 'name'],
      ['POST', `/users/${uid}/password-link`, { expires_in: 604_801 }, 'expires_in'],
      ['POST', '/invites', { expires_in: 0 }, 'expires_in'],
      ['POST', '/invites', { email_verified: true }, 'email_verified']
    ]
    for (const [method, path, body, argument] of cases) {
      const reply = await call(method, path, body)
      t.match(reply, { status: 400, body: { error_name: 'InvalidArgumentError' } }, `${method} ${path}`)
      t.match(reply.body.message, argument)
    }
    t.same((await call('GET', `/users/${uid}`)).body, before)
  }
)

t.test('sessions, sign-out, links and invitations have their calls', async (t) => {
  const { app, call } = await startOperated(t)
  const { uid } = (await call('POST', '/users', { user: 'alice', pass: 'wonderland' })).body
  const token = await signIn(app)
  await send(app, 'GET', '/refresh_token', {}, { by: 'query', headers: bearer(token) })
  const { refresh_tokens: sessions } = (await call('GET', `/users/${uid}/sessions`)).body
  t.same(
    sessions,
    (await app.inject({ url: '/refresh_tokens', headers: bearer(token) })).json().refresh_tokens
  )
  const requester = { address: '192.0.2.7' }
  const complete = await app.signIn.atOnce({ name: 'alice', password: 'wonderland' }, requester)
  const cookie = await app.browserSessions.begin(complete, requester)
  t.equal((await call('GET', `/users/${uid}/sessions`)).body.refresh_tokens.length, 1)
  const { refresh_tokens: all } = (await call('GET', `/users/${uid}/sessions?kind=all`)).body
  t.match(all, [{ kind: 'refresh_token' }, { kind: 'browser', address: '192.0.2.7' }])
  t.match(await call('GET', `/users/${uid}/sessions?kind=none`), { status: 400, body: { message: /kind/ } })
  t.equal((await call('DELETE', `/users/${uid}/sessions/${all[1].jti}`)).status, 204)
  t.equal(await app.browserSessions.find(cookie), undefined)
  t.equal((await call('DELETE', `/users/${uid}/sessions/${sessions[0].jti}`)).status, 204)
  t.match(await call('DELETE', `/users/${uid}/sessions/x`), {
    status: 404,
    body: { error_name: 'SessionDoesNotExistError' }
  })
  t.equal((await call('DELETE', `/users/${uid}/sessions`)).status, 204)
  t.equal((await call('POST', `/users/${uid}/sign-out`)).status, 204)
  const link = await call('POST', `/users/${uid}/password-link`)
  t.match(link, { status: 201, body: { url: /\/link\//, expires_at: now + 1800 } })
  const invitation = await call('POST', '/invites', { user: 'bob', groups: ['ops'] })
  t.match(invitation, { status: 201, body: { id: /^[0-9a-f]{32}$/, expires_at: now + 604_800 } })
  const { invites } = (await call('GET', '/invites')).body
  t.match(invites, [{ id: invitation.body.id, user: 'bob', groups: ['ops'] }])
  t.equal((await call('DELETE', `/invites/${invitation.body.id}`)).status, 204)
  t.equal((await call('DELETE', `/invites/${invitation.body.id}`)).status, 404)
})

t.test('a claim of any name comes back as it was given', async (t) => {
  const { call } = await startOperated(t)
  const claims = '{"__proto__":{"a":1},"constructor":"x","a\\nb":[{"__proto__":2}]}'
  const { uid } = (await call('POST', '/users', `{"user":"alice","claims":${claims}}`)).body
  t.equal(JSON.stringify((await call('GET', `/users/${uid}`)).body.claims), claims)
  await call('PATCH', `/users/${uid}`, '{"claims":{"__proto__":{"b":2},"constructor":null}}')
  const merged = '{"__proto__":{"a":1,"b":2},"a\\nb":[{"__proto__":2}]}'
  t.equal(JSON.stringify((await call('GET', `/users/${uid}`)).body.claims), merged)
  const deep = await call(
    'PATCH',
    `/users/${uid}`,
    `{"claims":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`
  )
  t.match(deep, { status: 400, body: { error_name: 'InvalidArgumentError' } })
})

t.test('a new account has its claims as they were given; in a patch null removes one', async (t) => {
  const { call } = await startOperated(t)
  const { uid, claims } = (
    await call('POST', '/users', { user: 'alice', claims: { a: null, b: { c: null } } })
  ).body
  t.same(claims, { a: null, b: { c: null } })
  t.same((await call('PATCH', `/users/${uid}`, { claims: { a: null, d: 1 } })).body.claims, {
    b: { c: null },
    d: 1
  })
})

t.test('no reply of the operator holds a hash, and no log a password or a link', async (t) => {
  const { app, call, log } = await startOperated(t)
  const said: unknown[] = []
  const { uid } = (await call('POST', '/users', { user: 'alice', pass: 'hunter2' })).body
  const { hash = '' } = await app.userAdministration.requireById(uid)
  said.push(await call('POST', '/users', { user: 'bob', hash }))
  const { url } = (await call('POST', `/users/${uid}/password-link`)).body
  for (const path of ['/users', `/users/${uid}`, `/users/${uid}/sessions`, '/invites'])
    said.push(await call('GET', path))
  said.push(await call('PATCH', `/users/${uid}`, { pass: 'hunter2-2' }))
  said.push(await call('PATCH', `/users/${uid}`, { pass: { hunter2: 1 } }))
  said.push(await call('POST', '/users', { user: 'carol', hash: 'hunter2' }))
  const text = JSON.stringify(said)
  t.notMatch(text + log.join(''), /hunter2|argon2id|"digest"/)
  t.notOk((text + log.join('')).includes(url.slice(-43)))
  t.notOk(log.join('').includes(key))
})

// The ways in which somebody may try to give himself what only the operator gives.
const coveted = fc.constantFrom(
  '"groups":["postern-admins"]',
  '"groups":"postern-admins"',
  '"claims":{"groups":["postern-admins"]}',
  '"claims":{"role":"admin"}',
  '"role":"admin"',
  '"state":"active"',
  '"email":"eve@example.org","email_verified":true',
  '"__proto__":{"groups":["postern-admins"]}',
  '"constructor":{"prototype":{"groups":["postern-admins"]}}',
  '"user":"root"',
  '"gen":0'
)

t.test('no user gives himself groups, claims or an address, by any transport', async (t) => {
  const { app } = await startOperated(t)
  let count = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(coveted, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('json', 'merge-patch', ...transports.filter((by) => by !== 'json')),
      async (members, by) => {
        count += 1
        const user = `user-${count}`
        await tryAll(app, user, members, by)
        const record = await app.userAdministration.requireByName(user)
        t.same(
          [record.groups, record.claims, record.email, record.emailVerified, record.state],
          [undefined, undefined, undefined, undefined, 'active']
        )
        const claims = decodePart(await signIn(app, user), 1)
        t.notOk('groups' in claims || 'role' in claims || 'email' in claims)
      }
    ),
    { numRuns: 40 }
  )
  t.equal(({} as { groups?: unknown }).groups, undefined)
})

/** Signs up and changes the password with these members among the arguments. */
async function tryAll(app: FastifyInstance, user: string, members: string[], by: string) {
  const withMembers = (own: object) => `{${[JSON.stringify(own).slice(1, -1), ...members].join(',')}}`
  const calls: [Method, string, Record<string, string>][] = [
    ['POST', '/user', { user, pass: 'wonderland' }],
    ['PATCH', '/user', { pass: 'wonderland' }]
  ]
  await signUp(app, user).catch(() => {})
  for (const [method, url, own] of calls) {
    const headers = method === 'PATCH' ? bearer(await signIn(app, user)) : {}
    if (by === 'json' || by === 'merge-patch') {
      const type = by === 'json' ? 'application/json' : 'application/merge-patch+json'
      await app.inject({
        method,
        url,
        headers: { ...headers, 'content-type': type },
        payload: withMembers(own)
      })
    } else {
      // A form has texts only: each member as JSON, and in the spelling of brackets.
      const values = Object.entries(JSON.parse(withMembers({ x: 1 })) as object).flatMap(([name, value]) => [
        [name, typeof value === 'string' ? value : JSON.stringify(value)],
        [`${name}[]`, 'postern-admins'],
        [`${name}[groups][]`, 'postern-admins']
      ])
      await send(app, method, url, { ...Object.fromEntries(values), ...own }, { by: by as 'form', headers })
    }
  }
}
