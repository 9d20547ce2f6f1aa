import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { type Postern, startPostern } from '../../src/fixture/testing.js'
import { posternAuth as expressAuth } from '../../src/verifier/express.js'
import { posternAuth as fastifyAuth } from '../../src/verifier/fastify.js'
import { createRevokedTokens } from '../../src/verifier/revoked-tokens.js'
import { createVerifier, type Verifier, type VerifierOptions } from '../../src/verifier/verifier.js'
import { bearer } from '../support/helper.js'

const client = { id: 'a shop', secret: 'secret: of the shop' }
const env = { POSTERN_OAUTH_CLIENTS: `${client.id}:${client.secret}` }
const users = { alice: 'wonderland', bob: 'builder' }
const revoked = { name: 'TokenRefusedError', reason: 'revoked' }
const unreachable = { name: 'PosternUnreachableError', code: 'POSTERN_UNREACHABLE' }

/** A verifier with the feed of this Postern, until the end of the test. */
function follow(t: Test, options: Partial<VerifierOptions> & { url: string }): Verifier {
  const verifier = createVerifier({ mode: 'feed', client, fixture: true, ...options })
  t.teardown(() => verifier.close())
  return verifier
}

/** Resolves with the refusal of a token that is good at first. */
async function refusalOf(verifier: Verifier, token: string): Promise<unknown> {
  for (;;) {
    try {
      await verifier.verify(token)
    } catch (error) {
      return error
    }
    await new Promise(setImmediate)
  }
}

/** A feed, and a place to ask about tokens, that do what the test says. */
async function startFeed(t: Test) {
  const state = {
    status: 200,
    entries: [] as object[],
    full: [] as object[],
    questions: [] as string[],
    /** Each answer has the entries, not only the next one. */
    isEndless: false,
    checks: 0,
    isHeld: false,
    /** The status is for questions with a cursor alone. */
    isCursorRefused: false
  }
  const held = new Set<ServerResponse>()
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/check') {
      state.checks += 1
      response.writeHead(503).end()
      return
    }
    const isFull = !request.url?.includes('cursor=')
    state.questions.push(isFull ? 'all' : 'more')
    if (state.isHeld && !isFull) held.add(response)
    else answer(response, isFull)
  })
  function answer(response: ServerResponse, isFull: boolean): void {
    const entries = isFull ? state.full : state.isEndless ? state.entries : state.entries.splice(0)
    const status = isFull && state.isCursorRefused ? 200 : state.status
    response.writeHead(status).end(JSON.stringify({ cursor: 'a cursor', entries }))
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { state, url, held }
}

/** A verifier with the keys of a Postern, and with a feed that does what the test says. */
async function followFeed(t: Test, options: Partial<VerifierOptions> = {}) {
  const postern = await startPostern({ users, env })
  t.teardown(() => postern.stop())
  const feed = await startFeed(t)
  const jwksUrl = `${postern.url}/.well-known/jwks.json`
  return { postern, ...feed, verifier: follow(t, { url: feed.url, jwksUrl, ...options }) }
}

async function untilAsked(questions: readonly string[], count: number): Promise<void> {
  while (questions.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The questions of a verifier within some turns, to a feed in this state. */
async function questionsAtOnce(t: Test, change: { status?: number; isCursorRefused?: boolean }) {
  const { postern, state, verifier } = await followFeed(t, { maxStale: 150 })
  Object.assign(state, change)
  await verifier.verify(await postern.token('alice'))
  await untilAsked(state.questions, 2)
  for (let turns = 0; turns < 200; turns += 1) await new Promise(setImmediate)
  return state.questions
}

/** Has time pass for the verifier. */
function moveTime(t: Test) {
  const now = Date.now
  let passed = 0
  t.intercept(Date, 'now', { value: () => now() + passed })
  return (seconds: number) => {
    passed += seconds * 1000
  }
}

const ends: Record<string, (postern: Postern, token: string) => Promise<unknown>> = {
  'a revocation': (postern, token) =>
    fetch(`${postern.url}/oauth/revoke`, { method: 'POST', body: new URLSearchParams({ token }) }),
  'a password change': async (postern) =>
    fetch(`${postern.url}/user`, {
      method: 'PATCH',
      headers: { ...bearer(await postern.token('alice')), 'content-type': 'application/json' },
      body: JSON.stringify({ pass: 'looking-glass' })
    }),
  'a deletion': async (postern) =>
    fetch(`${postern.url}/user`, { method: 'DELETE', headers: bearer(await postern.token('alice')) }),
  'a disabled account': (postern) => postern.putUser('alice', { state: 'disabled' })
}

for (const [name, end] of Object.entries(ends)) {
  t.test(
    `${name} is seen by a verifier that asks about no token, and by one that starts after it`,
    async (t) => {
      await using postern = await startPostern({ users, env })
      const verifier = follow(t, { url: postern.url })
      const [alice, bob] = [await postern.token('alice'), await postern.token('bob')]
      t.match(await verifier.verify(alice), { user: 'alice' })
      await end(postern, alice)
      t.match(await refusalOf(verifier, alice), revoked)
      t.match(await verifier.verify(bob), { user: 'bob' })
      await t.rejects(follow(t, { url: postern.url }).verify(alice), revoked)
      t.equal(postern.requests.filter(({ path }) => path === '/check').length, 0)
    }
  )
}

t.test('the token that was presented for a password change goes on', async (t) => {
  await using postern = await startPostern({ users, env })
  const verifier = follow(t, { url: postern.url })
  const [other, kept] = [await postern.token('alice'), await postern.token('alice')]
  await verifier.verify(other)
  await fetch(`${postern.url}/user`, {
    method: 'PATCH',
    headers: { ...bearer(kept), 'content-type': 'application/json' },
    body: JSON.stringify({ pass: 'looking-glass' })
  })
  t.match(await refusalOf(verifier, other), revoked)
  t.match(await verifier.verify(kept), { user: 'alice' })
  t.match(await verifier.verify(await postern.token('alice')), { user: 'alice' })
})

t.test('a token that is wrong in any other way is refused as offline', async (t) => {
  await using postern = await startPostern({ users, env })
  const verifier = follow(t, { url: postern.url })
  for (const [preset, reason] of [
    ['expired', 'expired'],
    ['wrong_key', 'bad_signature'],
    ['alg_none', 'malformed']
  ] as const) {
    await t.rejects(verifier.verify(await postern.token('alice', { preset })), {
      name: 'TokenRefusedError',
      reason
    })
  }
})

t.test('plugins of Fastify and Express take the mode, and see the feed', async (t) => {
  await using postern = await startPostern({ users, env })
  const options = { url: postern.url, mode: 'feed', client, fixture: true } as const
  const app = Fastify()
  await app.register(fastifyAuth, options)
  app.get('/me', { onRequest: app.authenticate }, async ({ postern }) => postern.user)
  const auth = expressAuth(options)
  const router = express().get(
    '/me',
    auth.authenticate,
    (request, response) => void response.send(request.postern.user)
  )
  const server = router.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    auth.close()
    server.close().closeAllConnections()
    await app.close()
  })
  const urls = [
    `${await app.listen({ host: '127.0.0.1', port: 0 })}/me`,
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/me`
  ]
  const token = await postern.token('alice')
  for (const url of urls) t.equal(await (await fetch(url, { headers: bearer(token) })).text(), 'alice')
  await postern.putUser('alice', { state: 'disabled' })
  for (const url of urls) {
    let status = 200
    while (status === 200) status = (await fetch(url, { headers: bearer(token) })).status
    t.equal(status, 401)
  }
})

t.test('while the feed is stale, the option says what becomes of a token', async (t) => {
  await using postern = await startPostern({ users, env })
  const move = moveTime(t)
  const { state, url } = await startFeed(t)
  const jwksUrl = `${postern.url}/.well-known/jwks.json`
  const token = await postern.token('alice')
  const verifiers = {
    check: follow(t, { url, jwksUrl }),
    refuse: follow(t, { url, jwksUrl, whenStale: 'refuse' }),
    allow: follow(t, { url, jwksUrl, whenStale: 'allow' })
  }
  for (const verifier of Object.values(verifiers)) t.match(await verifier.verify(token), { user: 'alice' })
  t.equal(state.checks, 0)
  state.status = 503
  move(6)
  await t.rejects(verifiers.check.verify(token), unreachable)
  t.equal(state.checks, 1, 'Postern was asked about it')
  await t.rejects(verifiers.refuse.verify(token), { ...unreachable, message: /too old/ })
  t.match(await verifiers.allow.verify(token), { user: 'alice' })
  t.equal(state.checks, 1)

  state.status = 200
  while (!(await verifiers.refuse.verify(token).catch(() => undefined))) await new Promise(setImmediate)
  t.pass('it recovers by itself')
})

t.test('when Postern is back, the keys are fetched again: one may have been retired meanwhile', async (t) => {
  const move = moveTime(t)
  const { postern, state, verifier } = await followFeed(t)
  const fetched = () => postern.requests.filter(({ path }) => path === '/.well-known/jwks.json').length
  await verifier.verify(await postern.token('alice'))
  t.equal(fetched(), 1)
  state.status = 503
  await untilAsked(state.questions, state.questions.length + 2)
  move(6)
  state.status = 200
  while (fetched() < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  t.equal(fetched(), 2)
})

t.test('an answer that was held up is as old as its question', async (t) => {
  const move = moveTime(t)
  const { postern, state, held, verifier } = await followFeed(t, { whenStale: 'refuse' })
  const token = await postern.token('alice')
  state.isHeld = true
  await verifier.verify(token)
  await untilAsked(state.questions, 2)
  move(6)
  const [response] = held
  response?.end(JSON.stringify({ cursor: 'a cursor', entries: [] }))
  while (state.questions.length < 3) await new Promise(setImmediate)
  await t.rejects(verifier.verify(token), unreachable)
})

t.test('nothing is allowed before all that is in force was told once', async (t) => {
  const { postern, state, verifier } = await followFeed(t, { whenStale: 'allow' })
  state.status = 503
  await t.rejects(verifier.verify(await postern.token('alice')), unreachable)
})

for (const status of [410, 400, 414, 431]) {
  t.test(`after ${status} it asks for everything anew, which takes the place of what it knew`, async (t) => {
    const { postern, state, verifier } = await followFeed(t)
    const [alice, bob] = [await postern.token('alice'), await postern.token('bob')]
    const uidOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).uid
    state.full = [{ uid: uidOf(alice), ended: true }]
    await t.rejects(verifier.verify(alice), revoked)
    t.match(await verifier.verify(bob), { user: 'bob' })
    state.full = [{ uid: uidOf(bob), ended: true }]
    state.isCursorRefused = true
    state.status = status
    t.match(await refusalOf(verifier, bob), revoked)
    t.match(await verifier.verify(alice), { user: 'alice' })
  })
}

t.test('a reader that is refused itself keeps what it knows', async (t) => {
  const { postern, state, verifier } = await followFeed(t)
  await verifier.verify(await postern.token('alice'))
  for (const status of [401, 403, 429]) {
    state.status = status
    await untilAsked(state.questions, state.questions.length + 2)
  }
  t.same(new Set(state.questions.slice(1)), new Set(['more']))
})

t.test('what answers at once and tells nothing is not asked without a pause', async (t) => {
  t.same(await questionsAtOnce(t, {}), ['all', 'more'])
})

t.test('what refuses each cursor is not asked for everything without a pause', async (t) => {
  t.same(await questionsAtOnce(t, { status: 410, isCursorRefused: true }), ['all', 'more'])
})

t.test('what always has something to tell is asked at intervals', async (t) => {
  const { postern, state, verifier } = await followFeed(t)
  state.isEndless = true
  state.entries = [{ kid: 'another key' }]
  await verifier.verify(await postern.token('alice'))
  await untilAsked(state.questions, 2)
  const began = performance.now()
  await untilAsked(state.questions, 12)
  t.ok(performance.now() - began > 150, 'ten intervals of 20 ms, but for what the first had passed')
})

t.test('wrong credentials are told to the operator, once, and tokens are asked about', async (t) => {
  await using postern = await startPostern({ users, env })
  const warnings: string[] = []
  const listener = (warning: Error & { code?: string }) => {
    if (warning.code === 'POSTERN_FEED_REFUSED') warnings.push(warning.message)
  }
  process.on('warning', listener)
  t.teardown(() => process.off('warning', listener))
  const verifier = follow(t, { url: postern.url, client: { id: 'a shop', secret: 'wrong' } })
  t.match(await verifier.verify(await postern.token('alice')), { user: 'alice' })
  const asked = () => postern.requests.filter(({ path }) => path === '/revocations').length
  while (asked() < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  t.equal(warnings.length, 1)
  t.match(warnings[0], /401.*credentials are wrong/)
  t.notMatch(warnings[0], 'wrong"')
  t.equal(postern.requests.filter(({ path }) => path === '/check').length, 1)
})

t.test('a closed verifier asks nothing more, and verifies nothing', async (t) => {
  await using postern = await startPostern({ users, env })
  const verifier = follow(t, { url: postern.url })
  const token = await postern.token('alice')
  await verifier.verify(token)
  while (postern.app.revocationFeed.waiting === 0) await new Promise(setImmediate)
  verifier.close()
  while (postern.app.revocationFeed.waiting === 1) await new Promise(setImmediate)
  await t.rejects(verifier.verify(token), unreachable)
})

t.test('an option of the feed that is wrong or missing throws at once', (t) => {
  const url = 'http://127.0.0.1:1'
  for (const [options, message] of [
    [{}, /client or apiKey/],
    [{ client, apiKey: 'pak_1' }, /client or apiKey/],
    [{ client: { id: 'shop', secret: '' } }, /client takes id and secret/],
    [{ client: { id: '', secret: client.secret } }, /client takes id and secret/],
    [{ apiKey: '' }, /apiKey is empty/],
    [{ client, maxStale: 0 }, /maxStale/],
    [{ client, maxStale: 151 }, /maxStale/],
    [{ client, maxStale: Number.NaN }, /maxStale/],
    [{ client, whenStale: 'never' as 'check' }, /whenStale/]
  ] as const) {
    t.throws(() => createVerifier({ url, mode: 'feed', ...options }), message)
  }
  t.end()
})

t.test('the entries of the feed say which tokens have ended', (t) => {
  const token = { uid: 'u', gen: 5, jti: 'j', sid: 's' }
  const isEnded = (entries: unknown[], changes: object = {}, kid = 'k') => {
    const revoked = createRevokedTokens()
    for (const entry of entries) revoked.add(entry)
    return revoked.includes({ ...token, ...changes }, kid)
  }
  t.equal(isEnded([]), false)
  t.equal(isEnded([{ uid: 'u', gen_below: 6 }]), true)
  t.equal(isEnded([{ uid: 'u', gen_below: 5 }]), false)
  t.equal(isEnded([{ uid: 'v', gen_below: 6 }]), false)
  t.equal(isEnded([{ uid: 'u', gen_below: 6, except: 'j' }]), false)
  t.equal(isEnded([{ uid: 'u', gen_below: 6, except: 'other' }]), true)
  t.equal(isEnded([{ uid: 'u', gen_below: 6, except: 'j' }, { sid: 's' }]), false, 'it outlives its session')
  t.equal(
    isEnded([
      { uid: 'u', gen_below: 6, except: 'j' },
      { jti: 'j', exp: 9 }
    ]),
    true
  )
  t.equal(isEnded([{ uid: 'u', gen_below: 6, except: 'j' }, { kid: 'k' }]), true)
  t.equal(
    isEnded([
      { uid: 'u', gen_below: 6, except: 'j' },
      { uid: 'u', gen_below: 7 }
    ]),
    true,
    'the later one'
  )
  t.equal(isEnded([{ uid: 'u', ended: true }]), true)
  t.equal(
    isEnded([
      { uid: 'u', ended: true },
      { uid: 'u', gen_below: 5 }
    ]),
    false,
    'active again'
  )
  t.equal(isEnded([{ uid: 'u', gen_below: 1 }], { gen: undefined }), true)
  t.equal(isEnded([{ sid: 's' }]), true)
  t.equal(isEnded([{ sid: 's' }], { sid: undefined }), false)
  t.equal(isEnded([{ jti: 'j', exp: 9 }]), true)
  t.equal(isEnded([{ kid: 'other' }]), false)
  t.equal(isEnded([null, 7, 'x', [], { unknown: 'u' }]), false)
  t.end()
})
