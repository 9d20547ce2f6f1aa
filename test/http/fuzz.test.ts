import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import type { Store } from '../../src/store/store.js'
import { call, edit, edited, type Issued, secret, text, toInject } from '../support/arbitrary-calls.js'
import {
  bearer,
  decodePart,
  forge,
  refreshToken,
  send,
  signUp,
  startService,
  transports
} from '../support/helper.js'

const changing = ['createUser', 'replaceUser', 'revokeToken', 'endSession'] as const

/** The service with a count of the changes that its store has made, and with tokens of a user that nothing has happened to. */
async function startCounted(t: Test) {
  const { app, log } = await startService(t)
  let changes = 0
  const counted = <Name extends (typeof changing)[number]>(name: Name) => {
    const change = app.store[name].bind(app.store) as (...args: unknown[]) => Promise<unknown>
    app.store[name] = (async (...args: unknown[]) => {
      const outcome = await change(...args)
      if (outcome !== false) changes += 1
      return outcome
    }) as Store[Name]
  }
  for (const name of changing) counted(name)
  let users = 0
  let issued: Issued | undefined
  const issue = async (): Promise<Issued> => {
    if (issued === undefined || changes > 0) issued = await makeTokens()
    changes = 0
    log.length = 0
    return issued
  }
  async function makeTokens(): Promise<Issued> {
    users += 1
    const access = await signUp(app, `user ${users}`, secret)
    const refresh = await refreshToken(app, access)
    const revoked = await refreshToken(app, access)
    await send(app, 'DELETE', '/refresh_token', { refresh_token: revoked }, { headers: bearer(access) })
    const refreshed = (await send(app, 'GET', '/token', { user: refresh })).body
    return { access, refreshed, refresh, revoked }
  }
  return { app, log, issue, changes: () => changes }
}

const changingCalls = new Set([
  'POST /user',
  'POST /us%65r',
  'PATCH /user',
  'DELETE /user',
  'DELETE /refresh_token',
  'POST /user/totp'
])

function assertSound(response: LightMyRequestResponse, method: string, log: string[], issued: Issued) {
  const { statusCode, headers, body } = response
  const signatures = Object.values(issued).map((token) => token.split('.')[2] ?? '')
  // The audit log tells user names, one of which may be the very word that is a secret elsewhere.
  const logged = log.map((line) => JSON.stringify({ ...JSON.parse(line), user: undefined }))
  const said = statusCode >= 400 ? [...logged, body, JSON.stringify(headers)] : logged
  for (const line of said) {
    for (const hidden of [secret, ...signatures]) assert(!line.includes(hidden), `a secret is told: ${line}`)
  }
  for (const line of log) assert(JSON.parse(line).level < 50, line)
  assert(statusCode < 500, body)
  if (statusCode < 400) return
  assert.equal(headers['cache-control'], 'no-store')
  if (statusCode === 405) assert(headers.allow)
  if (statusCode === 401)
    assert.match(String(headers['www-authenticate']), /^(?:Basic|Bearer) realm="postern"/)
  if (method === 'HEAD') return assert.equal(body, '')
  const error = JSON.parse(body)
  assert.deepEqual(Object.keys(error), ['statusCode', 'error', 'error_name', 'message'])
  assert.equal(error.statusCode, statusCode)
}

t.test(
  'whatever is sent: no 5xx, no change without a 2xx, errors of one shape, and no secret told',
  async (t) => {
    const { app, log, issue, changes } = await startCounted(t)
    const outcomes = new Map<string, number>()
    const property = fc.asyncProperty(call, async (given) => {
      const issued = await issue()
      const response = await app.inject(toInject(given, issued))
      const { statusCode } = response
      const [method = ''] = given.target.split(' ')
      assertSound(response, method, log, issued)
      const isSuccess = statusCode >= 200 && statusCode <= 299
      assert.equal(changes(), isSuccess && changingCalls.has(given.target) ? 1 : 0)
      const outcome = `${changes() > 0 ? `${given.target} ` : ''}${statusCode}`
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    })
    await t.resolves(fc.assert(property, { numRuns: 400 }))
    t.comment('answers', Object.fromEntries([...outcomes].sort()))
  }
)

t.test('whatever a proxy hands on, it is told 204, 401 or 403, and who it is only with a 204', async (t) => {
  const { app, log, issue, changes } = await startCounted(t)
  const seen = new Set<number>()
  const method = fc.constantFrom('GET', 'HEAD')
  const property = fc.asyncProperty(call, call, method, async (given, page, method) => {
    const issued = await issue()
    const request = toInject({ ...given, target: `${method} /forward-auth` }, issued)
    request.headers['x-original-uri'] = toInject(page, issued).url
    const response = await app.inject(request)
    const { statusCode, headers } = response
    assertSound(response, method, log, issued)
    assert([204, 401, 403].includes(statusCode), response.body)
    const { user = '', uid = '' } = statusCode === 204 ? decodePart(issued.access, 1) : {}
    assert.equal(headers['remote-user'], encodeURIComponent(String(user)))
    assert.equal(headers['remote-uid'], uid)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(changes(), 0)
    seen.add(statusCode)
  })
  await t.resolves(fc.assert(property, { numRuns: 300 }))
  t.ok(seen.has(204) && seen.has(401))
})

t.test('only a token that was issued is accepted, in its one spelling, and in its place', async (t) => {
  const { app, log, issue, changes } = await startCounted(t)
  let accepted = 0
  const property = fc.asyncProperty(edit, async (given) => {
    const issued = await issue()
    const token = edited(issued, given)
    const expectStatus = async (
      request: Promise<LightMyRequestResponse>,
      isGood: boolean,
      refusal: number
    ) => {
      const response = await request
      assertSound(response, 'GET', log, issued)
      if (isGood) accepted += 1
      else assert.equal(response.statusCode, refusal)
      if (isGood) assert.equal(response.statusCode, 200)
    }
    const isAccess = token === issued.access || token === issued.refreshed
    await expectStatus(send(app, 'GET', '/check', { access_token: token }), isAccess, 400)
    await expectStatus(send(app, 'GET', '/user', { access_token: token }), isAccess, 204)
    await expectStatus(
      send(app, 'GET', '/refresh_token', { access_token: token }),
      token === issued.access,
      token === issued.refreshed ? 403 : 401
    )
    await expectStatus(send(app, 'GET', '/token', { user: token }), token === issued.refresh, 400)
    assert.equal(changes(), 0)
  })
  await t.resolves(fc.assert(property, { numRuns: 200 }))
  t.ok(accepted > 0)
})

t.test(
  'a token with any header and claims, signed with the key, is never a 5xx, and good only as issued',
  async (t) => {
    const { app, log, issue, changes } = await startCounted(t)
    const claim = fc.constantFrom(
      'exp',
      'nbf',
      'iat',
      'uid',
      'sub',
      'jti',
      'gen',
      'user',
      'token_type',
      'authentication_method'
    )
    const odd = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom(-1, 2 ** 53, '__proto__', null, [], {}))
    const forged = fc.record({
      header: fc.dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'jwk', 'b64', '__proto__'), odd, {
        maxKeys: 1
      }),
      claims: fc.dictionary(claim, odd, { maxKeys: 2 }),
      payload: fc.option(fc.jsonValue(), { freq: 5, nil: undefined })
    })
    const property = fc.asyncProperty(forged, async ({ header, claims, payload }) => {
      const issued = await issue()
      const original = decodePart(issued.access, 1)
      const given = payload === undefined ? { ...original, ...claims } : payload
      const token = forge(app.keys.signing, { ...decodePart(issued.access, 0), ...header }, given)
      const response = await send(app, 'GET', '/check', { access_token: token })
      assertSound(response, 'GET', log, issued)
      const patched = await send(app, 'PATCH', '/user', { pass: '' }, { headers: bearer(token) })
      assertSound(patched, 'PATCH', log, issued)
      assert.equal(changes(), 0)
      if (response.statusCode !== 200) return assert.equal(response.statusCode, 400)
      assert.equal(response.json().uid, original.uid)
      assert.equal(response.json().gen, original.gen)
    })
    await t.resolves(fc.assert(property, { numRuns: 200 }))
  }
)

t.test(
  'whoever can sign up with a name and password can sign in with them, however they are sent',
  async (t) => {
    const { app, log, issue, changes } = await startCounted(t)
    let signedUp = 0
    // A form cannot carry a lone surrogate, which JSON can: there the service refuses it.
    const wellFormed = text.map((value) => value.toWellFormed())
    const credentials = fc.record({ user: wellFormed, pass: wellFormed, by: fc.constantFrom(...transports) })
    const property = fc.asyncProperty(credentials, async ({ user, pass, by }) => {
      const issued = await issue()
      const made = await send(app, 'POST', '/user', { user, pass }, { by })
      assertSound(made, 'POST', log, issued)
      assert.equal(changes(), made.statusCode === 201 ? 1 : 0)
      if (made.statusCode !== 201) return assert([400, 403].includes(made.statusCode))
      signedUp += 1
      for (const by of transports) {
        for (const form of ['NFC', 'NFD'] as const) {
          const values = { user: user.normalize(form), pass: pass.normalize(form) }
          const response = await send(app, 'GET', '/token', values, { by })
          assert.equal(response.statusCode, 200)
          assert.equal(decodePart(response.body, 1).user, user.normalize('NFC'))
        }
        const wrong = await send(app, 'GET', '/token', { user, pass: `${pass}x` }, { by })
        assert([400, 404].includes(wrong.statusCode))
      }
    })
    await t.resolves(fc.assert(property, { numRuns: 100 }))
    t.ok(signedUp > 0)
  }
)
